package org.jlvs.core.service;

import java.util.ArrayList;
import java.util.List;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerHandshakes;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jspecify.annotations.Nullable;

/**
 * How TCP handshakes with one real server have gone. Its clients are remembered because one of them
 * alone, whom the server has locked out, says nothing about the server. For the engine thread.
 */
public final class Handshakes {
  private static final int HIGH = 0;
  private static final int LOW = 1;
  private static final int NANOS = 2;
  private static final int FIELDS = 3;
  private static final long NANOS_PER_MILLI = 1_000_000;

  public long answered;
  public long unanswered;
  public long refused;
  public long reset;

  /** Clients of the last failures, {@link #FIELDS} numbers each; made with the first failure. */
  private long @Nullable [] clients;

  private int clientCount;

  /** Notes whose handshake has failed; in place of the one longest ago where there is no room. */
  public void failed(long clientHigh, long clientLow, long now) {
    long[] known = clients;
    if (known == null) {
      known = new long[ServerHandshakes.MOST_CLIENTS * FIELDS];
      clients = known;
    }
    int oldest = 0;
    for (int i = 0; i < clientCount; i++) {
      int at = i * FIELDS;
      if (known[at + HIGH] == clientHigh && known[at + LOW] == clientLow) {
        known[at + NANOS] = now;
        return;
      }
      if (known[at + NANOS] - known[oldest + NANOS] < 0) {
        oldest = at;
      }
    }
    int place = clientCount < ServerHandshakes.MOST_CLIENTS ? clientCount++ * FIELDS : oldest;
    known[place + HIGH] = clientHigh;
    known[place + LOW] = clientLow;
    known[place + NANOS] = now;
  }

  /** Whether there is anything to tell. */
  public boolean any() {
    return (answered | unanswered | refused | reset) != 0;
  }

  /**
   * @param server whose handshakes these are
   */
  public ServerHandshakes view(RealServer server, long now) {
    List<ServerHandshakes.FailedClient> failed = new ArrayList<>(clientCount);
    long[] known = clients;
    if (known != null) {
      Family family = server.service().key().family();
      for (int at = 0; at < clientCount * FIELDS; at += FIELDS) {
        failed.add(
            new ServerHandshakes.FailedClient(
                new Address(family, known[at + HIGH], known[at + LOW]),
                (now - known[at + NANOS]) / NANOS_PER_MILLI));
      }
    }
    return new ServerHandshakes(
        server.service().key(),
        server.key(),
        server.forwarding() == ForwardingMethod.MASQUERADE,
        answered,
        unanswered,
        refused,
        reset,
        failed);
  }
}
