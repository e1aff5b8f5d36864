package org.jlvs.core.engine;

import static org.jlvs.core.connection.ConnectionLayout.ENTRY_REPLY;
import static org.jlvs.core.engine.Headers.SCTP;
import static org.jlvs.core.engine.Headers.TCP;
import static org.jlvs.core.engine.Headers.TCP_SYN;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.connection.ConnectionKey;
import org.jlvs.core.connection.ConnectionSlots;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.control.Explanation;
import org.jlvs.core.control.Explanation.Outcome;
import org.jlvs.core.control.FlowQuery;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.jlvs.core.net.Packet;
import org.jlvs.core.net.Protocol;
import org.jlvs.core.payload.SipMessage;
import org.jlvs.core.scheduler.Choice;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.core.service.VirtualService;
import org.jspecify.annotations.Nullable;

/**
 * Says what the engine would do with the first packet of a connection, and why, and does nothing:
 * the same questions in the same order as {@link PacketEngine} and {@link NewConnections} ask them.
 * For the engine thread.
 */
final class Explainer {
  private static final int SMALLEST_SYN_BYTES = 40;
  private static final int FTP_PORT = 21;
  private static final long NANOS_PER_MILLI = 1_000_000;

  /** Whether a packet that begins a connection does so although there is one of the same ports. */
  @FunctionalInterface
  interface ReuseRule {
    boolean startsAnew(int protocol, int slot, @Nullable RealServer server);
  }

  private final ServiceTable services;
  private final ConnectionTable connections;
  private final ConnectionSlots slots;
  private final Host host;
  private final ConnectionLife life;
  private final NewConnections newConnections;
  private final Templates templates;
  private final Forwarder forwarder;
  private final SlowStart slowStart;
  private final Failover failover;
  private final Draining draining;
  private final ReuseRule reuse;
  private final ConnectionKey key = new ConnectionKey();

  Explainer(
      ServiceTable services,
      ConnectionTable connections,
      Host host,
      ConnectionLife life,
      NewConnections newConnections,
      Templates templates,
      Forwarder forwarder,
      SlowStart slowStart,
      Failover failover,
      Draining draining,
      ReuseRule reuse) {
    this.services = services;
    this.connections = connections;
    this.slots = connections.slots();
    this.host = host;
    this.life = life;
    this.newConnections = newConnections;
    this.templates = templates;
    this.forwarder = forwarder;
    this.slowStart = slowStart;
    this.failover = failover;
    this.draining = draining;
    this.reuse = reuse;
  }

  Explanation explain(FlowQuery query, long now) {
    return new Case(query, now).explain();
  }

  /** One question, and what is found out about it bit by bit. */
  private final class Case {
    private final FlowQuery query;
    private final long now;
    private final Flow flow = new Flow();
    private final List<Explanation.Candidate> candidates = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private MarkReport mark = new MarkReport(0, List.of(), false);
    private Optional<Explanation.Existing> connection = Optional.empty();
    private Optional<Explanation.Template> template = Optional.empty();
    private Optional<Explanation.Scheduling> scheduling = Optional.empty();
    private Optional<Explanation.Way> way = Optional.empty();

    Case(FlowQuery query, long now) {
      this.query = query;
      this.now = now;
      flow.family = query.source().family();
      flow.protocol = query.protocol();
      flow.source(query.source());
      flow.sourcePort = query.sourcePort();
      flow.destination(query.destination());
      flow.destinationPort = query.destinationPort();
      flow.tcpFlags = query.protocol() == TCP ? TCP_SYN : 0;
      flow.length = SMALLEST_SYN_BYTES;
      flow.now = now;
      flow.inInterface = query.inInterface();
      if (flow.inInterface == 0 && host.route(query.source()) instanceof Host.Route.Via(Hop hop)) {
        flow.inInterface = hop.interfaceIndex();
      }
    }

    Explanation explain() {
      if (!services.hasServices(flow.family)) {
        return end(Outcome.HOST, "the director has no %s service".formatted(familyName()));
      }
      int entry = connections.find(key.set(flow));
      if (entry < 0) {
        return answerOf(entry & ~ENTRY_REPLY);
      }
      if (entry > 0 && flow.sourcePort != 0) {
        Optional<Explanation> ended = existing(entry);
        if (ended.isPresent()) {
          return ended.get();
        }
      }
      boolean isLocal = host.route(query.destination()) instanceof Host.Route.Local;
      if (!isLocal && !isTakenByMark()) {
        return end(
            Outcome.HOST,
            "%s is not an address of this host, so its packets only pass; a service's address has to be one of the host's"
                .formatted(query.destination()));
      }
      if (host.route(query.source()) instanceof Host.Route.Local) {
        return end(
            Outcome.HOST,
            "%s is this host's own address: what the host itself sends is not balanced"
                .formatted(query.source()));
      }
      if (Headers.isImpossibleSource(flow)) {
        return end(Outcome.HOST, "no packet can come from %s".formatted(query.source()));
      }
      return first();
    }

    /** Whether a routing rule for the packet's mark makes it this host's. */
    private boolean isTakenByMark() {
      return host.hasMarkedRoutes(flow.family)
          && !Headers.isOfOneLink(flow)
          && host.takesMarked(flow.family, newConnections.explainMark(flow).mark());
    }

    private String familyName() {
      return flow.family == Family.IPV4 ? "IPv4" : "IPv6";
    }

    private Explanation end(Outcome outcome, String reason) {
      return new Explanation(
          query,
          outcome,
          reason,
          flow.inInterface,
          mark.mark(),
          mark.rules(),
          connection,
          candidates,
          template,
          scheduling,
          way,
          notes);
    }

    private Explanation answerOf(int slot) {
      return end(
          Outcome.HOST,
          "these are the addresses of a masqueraded server's answers to %s:%d, which go to that client"
              .formatted(slots.client(slot), slots.clientPort(slot)));
    }

    /** What a connection of the same addresses and ports means; empty when it does not count. */
    private Optional<Explanation> existing(int slot) {
      RealServer server = services.numbered(slots.server(slot));
      ServerKey serverKey = new ServerKey(slots.serverAddress(slot), slots.serverPort(slot));
      connection =
          Optional.of(
              new Explanation.Existing(
                  serverKey,
                  LocalDirector.stateName(slots, slot),
                  life.nanosLeft(slot, now) / NANOS_PER_MILLI));
      if (failover.concerns(slot, server)) {
        notes.add("the connection's server was taken out, so the packet begins a new one");
        return Optional.empty();
      }
      if (flow.protocol != Protocol.UDP.number() && reuse.startsAnew(flow.protocol, slot, server)) {
        notes.add("the connection has ended, so its ports are used again for a new one");
        return Optional.empty();
      }
      if (server != null && !server.available()) {
        if (services.settings().expireNoDestination()) {
          notes.add("the connection's server was deleted, so the packet begins a new one");
          return Optional.empty();
        }
        return Optional.of(
            end(
                Outcome.DROPPED,
                "the connection's server was deleted (net.ipv4.vs.expire_nodest_conn or jlvs.prompt_failover would end it)"));
      }
      ForwardingMethod method = method(slots.forwarding(slot));
      String reason = "a connection of these addresses and ports exists";
      if (method == ForwardingMethod.BYPASS) {
        return Optional.of(bypass(Outcome.EXISTING, reason));
      }
      Tunnel tunnel = server == null ? Tunnel.IPIP : server.tunnel();
      go(serverKey, method, tunnel);
      return Optional.of(end(Outcome.EXISTING, reason));
    }

    private static ForwardingMethod method(int number) {
      for (ForwardingMethod method : ForwardingMethod.values()) {
        if (method.number() == number) {
          return method;
        }
      }
      throw new IllegalArgumentException("no forwarding method " + number);
    }

    private void go(ServerKey server, ForwardingMethod method, Tunnel tunnel) {
      Explanation.Link link =
          switch (host.route(server.address())) {
            case Host.Route.Via(Hop hop) ->
                new Explanation.Link.Hop(hop.number(), hop.interfaceIndex(), hop.mtu());
            case Host.Route.Local() -> new Explanation.Link.Local();
            case Host.Route.Unreachable() -> new Explanation.Link.None();
          };
      if (link instanceof Explanation.Link.None) {
        notes.add(
            "there is no route to %s: the client is told \"host unreachable\""
                .formatted(server.address()));
      }
      way = Optional.of(new Explanation.Way(server, method, tunnel, link));
    }

    /** The first packet of a connection, to one of the host's addresses. */
    private Explanation first() {
      mark = newConnections.explainMark(flow);
      flow.mark = mark.mark();
      if (mark.dropped()) {
        notes.add("a firewall rule drops the packet in mangle; the director gives it no mark");
      }
      VirtualService service =
          services.lookup(
              flow.family,
              flow.mark,
              flow.protocol,
              flow.destinationHigh,
              flow.destinationLow,
              flow.destinationPort);
      rank(service);
      if (service == null) {
        return end(Outcome.HOST, noService());
      }
      if (newConnections.isFtpData(flow)) {
        return end(
            Outcome.HOST, "source port 20 is that of active FTP's data, which servers begin");
      }
      if (services.settings().defense().dropsNextPacket()) {
        return end(Outcome.DROPPED, "net.ipv4.vs.drop_packet drops it");
      }
      int port = NewConnections.servicePort(service);
      if (service.spec().persistent()) {
        Optional<Explanation> kept = byTemplate(service, port);
        if (kept.isPresent()) {
          return kept.get();
        }
      } else if (port != flow.destinationPort && service.key() instanceof ServiceKey.Endpoint) {
        return nobody(
            port, "only a persistent service takes connections to other ports than its own");
      }
      return schedule(service, port);
    }

    private String noService() {
      String what =
          Protocol.of(flow.protocol)
              + " "
              + new ServerKey(query.destination(), query.destinationPort());
      return flow.mark == 0
          ? "no service is for " + what
          : "no service is for %s or firewall mark %s"
              .formatted(what, Integer.toUnsignedString(flow.mark));
    }

    /** All services that the packet could belong to, the chosen one first. */
    private void rank(@Nullable VirtualService chosen) {
      if (flow.mark != 0) {
        rank(
            services.find(new ServiceKey.Mark(flow.mark, flow.family)),
            chosen,
            "its firewall mark goes before address and port");
      }
      Protocol protocol = Protocol.of(flow.protocol);
      Address address = query.destination();
      rank(
          services.find(new ServiceKey.Endpoint(protocol, address, flow.destinationPort)),
          chosen,
          "its protocol, address and port");
      if (flow.destinationPort != FTP_PORT) {
        VirtualService ftp = services.find(new ServiceKey.Endpoint(protocol, address, FTP_PORT));
        if (ftp != null && ftp == chosen) {
          rank(ftp, chosen, "the port may be that of an FTP data connection");
        }
      }
      if (flow.destinationPort != 0) {
        rank(
            services.find(new ServiceKey.Endpoint(protocol, address, 0)),
            chosen,
            "its address's service of all ports");
      }
    }

    private void rank(
        @Nullable VirtualService service, @Nullable VirtualService chosen, String why) {
      if (service == null) {
        return;
      }
      if (service == chosen) {
        candidates.add(new Explanation.Candidate(service.spec(), true, why));
      } else {
        String first =
            chosen != null && chosen.key() instanceof ServiceKey.Mark
                ? "a service of its firewall mark goes first"
                : "a service of its very port goes first";
        candidates.add(new Explanation.Candidate(service.spec(), false, first));
      }
    }

    /** What the client's template says; empty when it has none that holds. */
    private Optional<Explanation> byTemplate(VirtualService service, int port) {
      boolean isSip = service.spec().persistenceEngine().isPresent();
      if (isSip && flow.protocol != Headers.UDP) {
        return Optional.of(
            end(Outcome.DROPPED, "the service's persistence engine, sip, reads UDP alone"));
      }
      if (isSip && query.callId().isEmpty()) {
        notes.add(
            "a template of this service is a call's: what follows is for a new call, and"
                + " 'jlvs explain --call-id ID' asks about a certain one; a packet without Call-ID is dropped");
        return Optional.empty();
      }
      Packet message = message(query.callId().orElse(""));
      if (!templates.read(service, flow.protocol, message, 0)) {
        return Optional.of(
            end(
                Outcome.DROPPED,
                "\"%s\" is no Call-ID (RFC 3261: a word, or two with @ between, of 1 to %d bytes)"
                    .formatted(query.callId().orElse(""), SipMessage.LONGEST_CALL_ID)));
      }
      int slot = templates.find(service, port, flow);
      if (slot == 0) {
        notes.add(
            "the %s has no template yet; this connection would make one"
                .formatted(isSip ? "call" : "client"));
        return Optional.empty();
      }
      RealServer server = services.numbered(slots.server(slot));
      String fault = templates.fault(server);
      template =
          Optional.of(
              new Explanation.Template(
                  slots.client(slot),
                  Optional.ofNullable(server).map(RealServer::key),
                  life.nanosLeft(slot, now) / NANOS_PER_MILLI,
                  fault.isEmpty(),
                  fault.isEmpty() ? "it holds" : fault));
      if (server == null || !fault.isEmpty()) {
        return Optional.empty();
      }
      boolean full = isFull(1);
      return Optional.of(
          full
              ? tableFull()
              : connect(
                  Outcome.PERSISTENT,
                  "the %s's template names %s".formatted(isSip ? "call" : "client", server.key()),
                  server,
                  flow.destinationPort == port));
    }

    /** A UDP header's room and a SIP message, as a persistence engine reads it. */
    private static Packet message(String callId) {
      byte[] text =
          (" ".repeat(Headers.UDP_BYTES) + "INVITE\r\nCall-ID: " + callId + "\r\n\r\n")
              .getBytes(StandardCharsets.UTF_8);
      return new Packet().wrap(MemorySegment.ofArray(text), 0, text.length, 0);
    }

    private Explanation schedule(VirtualService service, int port) {
      Choice choice = slowStart.look(service, flow, now);
      scheduling =
          Optional.of(
              new Explanation.Scheduling(
                  service.scheduler().name(),
                  choice.reason(),
                  choice.candidates().stream()
                      .map(candidate -> server(candidate, choice.server()))
                      .toList()));
      RealServer server = choice.server();
      if (server == null && newConnections.bypasses(service, flow)) {
        return isFull(1)
            ? tableFull()
            : bypass(Outcome.BYPASS, choice.reason() + " (net.ipv4.vs.cache_bypass)");
      }
      if (server == null) {
        return nobody(port, choice.reason());
      }
      if (isFull(service.spec().persistent() ? 2 : 1)) {
        return tableFull();
      }
      if (service.spec().onePacket() && flow.protocol == Protocol.UDP.number()) {
        notes.add("one-packet scheduling: each datagram is scheduled anew");
      }
      boolean ownPort = !service.spec().persistent() || flow.destinationPort == port;
      return connect(
          Outcome.SCHEDULED,
          "%s chooses %s".formatted(service.scheduler().name(), server.key()),
          server,
          ownPort);
    }

    private Explanation.Server server(Choice.Candidate candidate, @Nullable RealServer chosen) {
      RealServer server = candidate.server();
      long drains = draining.nanosLeft(server, now);
      if (drains >= 0) {
        notes.add(
            "%s drains: it leaves with its last connection, in %d s at the latest"
                .formatted(server.key(), drains / (1000 * NANOS_PER_MILLI)));
      }
      return new Explanation.Server(
          server.key(),
          server.forwarding(),
          server.weight(),
          slowStart.step(server, now),
          server.activeConnections,
          server.inactiveConnections,
          server.persistentConnections,
          server.upperThreshold(),
          server.lowerThreshold(),
          server.overloaded(),
          server == chosen,
          candidate.figure(),
          candidate.verdict());
    }

    private Explanation connect(
        Outcome outcome, String reason, RealServer server, boolean toServersPort) {
      int serverPort = server.key().port();
      int port = toServersPort && serverPort != 0 ? serverPort : flow.destinationPort;
      go(new ServerKey(server.key().address(), port), server.forwarding(), server.tunnel());
      return end(outcome, reason);
    }

    /** ip_vs_bypass_xmit, which takes nothing to the host itself. */
    private Explanation bypass(Outcome outcome, String reason) {
      go(
          new ServerKey(query.destination(), query.destinationPort()),
          ForwardingMethod.BYPASS,
          Tunnel.IPIP);
      return host.route(query.destination()) instanceof Host.Route.Local
          ? end(Outcome.DROPPED, reason + ", and what is bound for this host can't go on")
          : end(outcome, reason);
    }

    /** ip_vs_leave. */
    private Explanation nobody(int servicePort, String why) {
      if (servicePort == FTP_PORT && flow.destinationPort != FTP_PORT) {
        return end(Outcome.HOST, why + "; the port may be the host's own");
      }
      String told = flow.protocol == SCTP || flow.protocol == TCP ? "for TCP too" : "as is usual";
      notes.add(
          forwarder.mayTell(flow)
              ? "the client is told by ICMP \"port unreachable\", " + told
              : "the client is told nothing, as no error can come from another host's address");
      return end(Outcome.NO_SERVER, why);
    }

    private boolean isFull(int wanted) {
      return connections.connectionCount() + connections.templateCount() + wanted
          > connections.capacity();
    }

    private Explanation tableFull() {
      return end(
          Outcome.DROPPED,
          "the connection table of %d is full ('jlvs director --connections' makes it larger)"
              .formatted(connections.capacity()));
    }
  }
}
