package org.jlvs.monitor.log;

/** Where the monitor writes what it does. May be called by any thread; never fails. */
public interface MonitorLog {

  /**
   * @param message one line without its end
   */
  void line(String message);
}
