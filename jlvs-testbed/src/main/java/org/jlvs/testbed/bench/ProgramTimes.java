package org.jlvs.testbed.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.jlvs.xdp.ProgramBench;

/**
 * What jlvs' program in the kernel needs for a packet, with so many established connections.
 *
 * @param forwarding how, in words
 * @param nanos nanoseconds a packet, without what it costs to make it
 */
record ProgramTimes(String forwarding, int flows, Samples nanos) {
  private static final List<Integer> FLOWS = List.of(1000, 1 << 16, 1 << 20);
  private static final int ROUNDS = 5;
  private static final int PACKETS = 1_000_000;

  /** Measures each way of forwarding. */
  static List<ProgramTimes> measure(PrintStream progress) throws Exception {
    FutureTask<List<ProgramTimes>> task =
        new FutureTask<>(
            () -> {
              Processor.pinThisThread();
              List<ProgramTimes> times = new ArrayList<>();
              for (int flows : FLOWS) {
                for (ProgramBench.Way way : ProgramBench.Way.values()) {
                  times.add(one(flows, way, progress));
                }
              }
              return times;
            });
    // A thread of its own, as it stays on that processor for good.
    Thread.ofPlatform().name("program").start(task);
    return task.get();
  }

  private static ProgramTimes one(int flows, ProgramBench.Way way, PrintStream progress)
      throws IOException {
    progress.println("the program alone, " + flows + " flows: " + way.words());
    List<Double> nanos = new ArrayList<>();
    try (ProgramBench bench = ProgramBench.fill(flows, way)) {
      bench.round(PACKETS);
      for (int round = 0; round < ROUNDS; round++) {
        nanos.add((double) bench.round(PACKETS).net());
      }
    }
    return new ProgramTimes(way.words(), flows, new Samples(nanos));
  }
}
