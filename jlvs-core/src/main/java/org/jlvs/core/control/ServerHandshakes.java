package org.jlvs.core.control;

import java.util.List;
import org.jlvs.core.net.Address;

/**
 * How TCP handshakes with one real server have gone since the director counts them for it; the
 * counts only grow, and begin anew with the director.
 *
 * @param answersSeen whether the server's answers pass the director, as they do when it is
 *     masqueraded; if not, {@code unanswered} may be the clients' doing
 * @param answered SYNs that the server answered by anything but a reset; where its answers are not
 *     seen, handshakes that the client has completed
 * @param unanswered SYNs that clients had to repeat after half a second or more, each connection
 *     once
 * @param refused SYNs answered by a reset
 * @param reset connections that the server reset within a second, before it has sent or taken any
 *     data
 * @param failedClients the clients of the last failures (the last three counts), each once, at most
 *     {@link #MOST_CLIENTS}, in no order
 */
public record ServerHandshakes(
    ServiceKey service,
    ServerKey server,
    boolean answersSeen,
    long answered,
    long unanswered,
    long refused,
    long reset,
    List<FailedClient> failedClients) {
  public static final int MOST_CLIENTS = 8;

  public ServerHandshakes {
    failedClients = List.copyOf(failedClients);
  }

  /** A client whose handshake has failed, and how long ago the last time was. */
  public record FailedClient(Address address, long millisAgo) {}

  public long failures() {
    return unanswered + refused + reset;
  }
}
