package org.jlvs.monitor.log;

import java.io.PrintStream;
import java.time.InstantSource;
import java.time.ZoneId;

/** A log on a stream, for a monitor in the foreground. */
public final class StreamLog implements MonitorLog {
  private final PrintStream stream;
  private final InstantSource clock;

  public StreamLog(PrintStream stream, InstantSource clock) {
    this.stream = stream;
    this.clock = clock;
  }

  @Override
  public synchronized void line(String message) {
    stream.println(LogFormat.streamLine(clock.instant(), ZoneId.systemDefault(), message));
    stream.flush();
  }
}
