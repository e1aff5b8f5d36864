package org.jlvs.monitor.supervise;

import java.util.List;

/** What supervision asks of the world besides the table. Neither call waits or fails. */
public interface Effects {

  /** Writes a line into the monitor's log. */
  void log(String line);

  /** Starts a command of the operator. */
  void run(List<String> command);
}
