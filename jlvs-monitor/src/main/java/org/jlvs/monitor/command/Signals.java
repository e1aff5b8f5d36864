package org.jlvs.monitor.command;

import java.io.IOException;

/** Signals of the operating system, under their names without SIG. */
public interface Signals {

  /** Has {@code action} run, on a thread of its own, each time this process gets the signal. */
  void handle(String name, Runnable action);

  /** Sends a signal to another process. */
  void send(long pid, String name) throws IOException;
}
