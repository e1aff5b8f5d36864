package org.jlvs.monitor.check;

import java.time.Duration;
import java.util.List;
import org.jlvs.core.net.Address;

/** How one real server's agent is asked, as a value: two equal questions do the same. */
public sealed interface AgentQuestion {

  /** The agent speaks when it is connected to, and closes. */
  record Tcp(Address address, int port, Duration timeout) implements AgentQuestion {}

  /**
   * A page is asked for; the first line of its body is the answer.
   *
   * @param identity whose certificate it has to show, where {@code tls}
   * @param target begins with a slash
   */
  record Page(
      boolean tls,
      Address address,
      Check.Identity identity,
      int port,
      String target,
      Duration timeout)
      implements AgentQuestion {}

  /** A command is run; the first line of its output is the answer, else its exit status. */
  record Command(List<String> command, Duration timeout) implements AgentQuestion {
    public Command {
      command = List.copyOf(command);
    }
  }
}
