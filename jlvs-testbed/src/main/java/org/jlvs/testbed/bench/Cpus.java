package org.jlvs.testbed.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Host;

/**
 * Which processor does what, the same for every contender: one sends, one is the director's, and
 * the receiver has a third where there is one, else the sender's.
 */
record Cpus(int sender, int director, int receiver) {
  private static final Path PROCESSES = Path.of("/proc");

  /** The roles on a machine with so many processors. */
  static Cpus of(int processors) {
    return switch (processors) {
      case 1 -> new Cpus(0, 0, 0);
      case 2 -> new Cpus(0, 1, 0);
      default -> new Cpus(0, 1, 2);
    };
  }

  /** Keeps the calling platform thread on a processor. */
  static void pinThisThread(int cpu) {
    try {
      Path self = Files.readSymbolicLink(PROCESSES.resolve("thread-self"));
      pin(self.getFileName().toString(), cpu);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Has a veth device receive in a kernel thread of its own instead of on the sender's processor,
   * and keeps that thread on one.
   *
   * @param urgent whether it goes before ordinary threads, as the interrupt of a network card does
   */
  static void receiveOn(Host host, String device, int cpu, boolean urgent) {
    host.require("sh", "-c", "echo 1 > /sys/class/net/" + device + "/threaded");
    List<String> threads = kernelThreads("napi/" + device + "-");
    if (threads.isEmpty()) {
      throw new IllegalStateException(
          device
              + " has no receiving thread: /sys/class/net/"
              + device
              + "/threaded had no effect");
    }
    for (String thread : threads) {
      pin(thread, cpu);
      if (urgent) {
        Command.require("chrt", "-f", "-p", "1", thread);
      }
    }
  }

  /** Also lets it go before whatever else the machine does, which is not to be measured. */
  private static void pin(String thread, int cpu) {
    Command.require("renice", "-n", "-20", "-p", thread);
    Command.require("taskset", "-pc", Integer.toString(cpu), thread);
  }

  private static List<String> kernelThreads(String beginning) {
    try (Stream<Path> processes = Files.list(PROCESSES)) {
      return processes
          .filter(process -> process.getFileName().toString().matches("\\d+"))
          .filter(process -> name(process).startsWith(beginning))
          .map(process -> process.getFileName().toString())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String name(Path process) {
    try {
      return Files.readString(process.resolve("comm"));
    } catch (IOException e) {
      // It has ended meanwhile.
      return "";
    }
  }
}
