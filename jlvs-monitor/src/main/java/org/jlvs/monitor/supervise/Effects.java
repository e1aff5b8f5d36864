package org.jlvs.monitor.supervise;

/** What supervision asks of the world besides the table. No call waits or fails. */
public interface Effects {

  /** Writes a line into the monitor's log. */
  void log(String line);

  /** Lets those know whom the virtual server's settings name. */
  void tell(ServerEvent event);

  /** Starts a command of the operator. */
  void run(OperatorCommand command);
}
