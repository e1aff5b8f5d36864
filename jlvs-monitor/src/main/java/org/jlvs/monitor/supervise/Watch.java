package org.jlvs.monitor.supervise;

import java.time.Duration;
import java.util.Optional;
import org.jlvs.monitor.check.Check;
import org.jlvs.monitor.config.RealServer;
import org.jlvs.monitor.config.VirtualServer;

/** A check that is to be performed again and again. */
public record Watch(ServerId id, VirtualServer virtual, RealServer real, Check check) {

  /** From the start of one check to that of the next. */
  public Duration interval() {
    return virtual.checkInterval();
  }

  /** Where each of its results is written, besides the log. */
  public Optional<String> monitorFile() {
    return virtual.monitorFile();
  }

  /** Whether going on with {@code other} makes no difference to the server. */
  boolean samePace(Watch other) {
    return check.equals(other.check)
        && interval().equals(other.interval())
        && monitorFile().equals(other.monitorFile());
  }
}
