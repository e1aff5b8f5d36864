package org.jlvs.monitor.command;

import java.io.IOException;
import java.util.List;
import java.util.function.IntConsumer;

/** Signals of the host. */
public final class HostSignals implements Signals {
  private final IntConsumer heeding;

  /**
   * @param heeding has this process heed the signal of this number that it was started to ignore
   */
  public HostSignals(IntConsumer heeding) {
    this.heeding = heeding;
  }

  @Override
  public void handle(String name, Runnable action) {
    sun.misc.Signal signal = new sun.misc.Signal(name);
    heeding.accept(signal.getNumber());
    sun.misc.Signal.handle(signal, _ -> action.run());
  }

  @Override
  public void send(long pid, String name) throws IOException {
    // The JDK itself sends only TERM and KILL; every POSIX shell has kill built in.
    List<String> command = List.of("/bin/sh", "-c", "kill -s " + name + " " + pid);
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      if (process.waitFor() != 0) {
        throw new IOException("cannot send " + name + " to process " + pid);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while sending " + name + " to process " + pid, stopped);
    }
  }
}
