package org.jlvs.core.control;

import java.util.List;
import java.util.Optional;
import org.jlvs.core.net.Address;

/**
 * What a director would do with the first packet of a connection, and why.
 *
 * @param outcome what becomes of the packet
 * @param reason why, a sentence without its full stop
 * @param inInterface index of the interface it is taken to come in by, 0 when unknown
 * @param mark its firewall mark, unsigned, 0 for none
 * @param markRules the texts of the rules that set the mark, in order
 * @param connection the connection that has these addresses and ports already
 * @param services those that the packet could belong to, the one it belongs to first
 * @param template the persistence template of the client
 * @param scheduling what the scheduler says, when it is asked
 * @param way where the packet goes, when it goes to a server
 * @param notes what else an operator may want to know
 */
public record Explanation(
    FlowQuery flow,
    Outcome outcome,
    String reason,
    int inInterface,
    int mark,
    List<String> markRules,
    Optional<Existing> connection,
    List<Candidate> services,
    Optional<Template> template,
    Optional<Scheduling> scheduling,
    Optional<Way> way,
    List<String> notes) {
  public Explanation {
    markRules = List.copyOf(markRules);
    services = List.copyOf(services);
    notes = List.copyOf(notes);
  }

  /** What becomes of the packet. */
  public enum Outcome {
    /** It goes to the server of a connection that there is. */
    EXISTING,
    /** It goes to the server of its client's template. */
    PERSISTENT,
    /** It goes to the server that the scheduler chooses. */
    SCHEDULED,
    /** No server takes it, and it goes on to where it was bound ({@code cache_bypass}). */
    BYPASS,
    /** No server takes it: the client is told "port unreachable". */
    NO_SERVER,
    /** It is not the director's, and goes to the host's own stack. */
    HOST,
    /** It vanishes. */
    DROPPED
  }

  /**
   * A connection that there is.
   *
   * @param state as {@code ipvsadm -Lnc} shows it
   * @param expiresMillis until it ends when no packet comes
   */
  public record Existing(ServerKey server, String state, long expiresMillis) {}

  /**
   * A service that the packet could belong to.
   *
   * @param verdict why it belongs to it, or why not
   */
  public record Candidate(ServiceSpec service, boolean chosen, String verdict) {}

  /**
   * A persistence template.
   *
   * @param client the client's address, or its network's
   * @param server the server it names; empty when that is gone
   * @param expiresMillis until it ends when no connection is made by it
   * @param verdict whether it holds, or why not
   */
  public record Template(
      Address client,
      Optional<ServerKey> server,
      long expiresMillis,
      boolean holds,
      String verdict) {}

  /**
   * A scheduler's choice.
   *
   * @param reason why that server, or why none
   */
  public record Scheduling(String scheduler, String reason, List<Server> servers) {
    public Scheduling {
      servers = List.copyOf(servers);
    }
  }

  /**
   * A server as the scheduler sees it.
   *
   * @param step of ten of its slow start, 0 when it is in none
   * @param figure the number the scheduler weighs it by, as text; empty when it uses none
   * @param verdict "chosen", or why not
   */
  public record Server(
      ServerKey key,
      ForwardingMethod forwarding,
      int weight,
      int step,
      int active,
      int inactive,
      int persistent,
      int upperThreshold,
      int lowerThreshold,
      boolean overloaded,
      boolean chosen,
      String figure,
      String verdict) {}

  /**
   * The way to a server.
   *
   * @param server with the port that packets are sent to
   */
  public record Way(ServerKey server, ForwardingMethod forwarding, Tunnel tunnel, Link link) {}

  /** How the host reaches a server. */
  public sealed interface Link {
    /**
     * By a next hop.
     *
     * @param hop its number in the hop table, 0 when it has none
     */
    record Hop(int hop, int interfaceIndex, int mtu) implements Link {}

    /** It is the host itself. */
    record Local() implements Link {}

    /** There is no route. */
    record None() implements Link {}
  }
}
