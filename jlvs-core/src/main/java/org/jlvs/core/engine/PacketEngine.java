package org.jlvs.core.engine;

import static org.jlvs.core.connection.ConnectionLayout.ENTRY_REPLY;
import static org.jlvs.core.engine.Headers.ICMP;
import static org.jlvs.core.engine.Headers.ICMPV6;
import static org.jlvs.core.engine.Headers.IPV4_BYTES;
import static org.jlvs.core.engine.Headers.IPV6_BYTES;
import static org.jlvs.core.engine.Headers.SCTP;
import static org.jlvs.core.engine.Headers.TCP;
import static org.jlvs.core.engine.Headers.TCP_RST;
import static org.jlvs.core.engine.Headers.TCP_SYN;
import static org.jlvs.core.engine.Headers.UDP;

import java.util.Collection;
import java.util.List;
import org.jlvs.core.connection.ConnectionKey;
import org.jlvs.core.connection.ConnectionSlots;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.connection.FtpControls;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.Explanation;
import org.jlvs.core.control.FlowQuery;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerHandshakes;
import org.jlvs.core.control.Timeouts;
import org.jlvs.core.net.Checksum;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Packet;
import org.jlvs.core.protocol.SctpState;
import org.jlvs.core.protocol.SctpStateMachine;
import org.jlvs.core.protocol.StateTimeouts;
import org.jlvs.core.protocol.TcpState;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.core.settings.Settings;
import org.jspecify.annotations.Nullable;

/**
 * The director's decisions: packets and time in; packets and changes of the connection table out,
 * equal to what IPVS of kernel 6.1 does at its hooks (ip_vs_core.c). No clock, no I/O; for one
 * thread. Bytes from outside can't break it: what is not a whole IP packet is dropped.
 */
public final class PacketEngine {
  /** Where the time to live is. */
  private static final int IPV4_TTL = 8;

  /** How many timers one call looks at, so that packets needn't wait for a million of them. */
  private static final int TIMERS_AT_ONCE = 4096;

  private static final int REUSE_FIN_WAIT = 2;
  private static final int MASQUERADE = ForwardingMethod.MASQUERADE.number();

  private final ServiceTable services;
  private final ConnectionTable connections;
  private final ConnectionSlots slots;
  private final Host host;
  private final Settings settings;
  private final StateTimeouts timeouts;
  private final FtpPorts ftpPorts = new FtpPorts();
  private final ConnectionLife life;
  private final FtpHelper ftp;
  private final HandshakeWatch handshakes;
  private final NewConnections newConnections;
  private final IcmpErrors errors;
  private final RelatedErrors relatedErrors;
  private final Forwarder forwarder;
  private final PathMtus pathMtus;
  private final RouteRecheck routeRecheck;
  private final KernelProgram program;
  private final Reassembler reassembler = new Reassembler();
  private final Ipv6Reassembler ipv6Reassembler = new Ipv6Reassembler();
  private final Interests interests;
  private final Defender defender;
  private final SlowStart slowStart;
  private final Failover failover;
  private final Transitions transitions;
  private final Explainer explainer;
  private final EngineCounters counters = new EngineCounters();

  private final ConnectionTable.Expiry expiry = this::expire;
  private final Headers headers = new Headers();
  private final ConnectionKey key = new ConnectionKey();

  /** Where the packet in hand goes, and when it came. */
  private Output output = new Nowhere();

  private long now;
  private Reassembled original = Reassembled.WHOLE;

  /** A connection that ends once the packet in hand is dealt with, or 0. */
  private int endingConnection;

  /** The connection that the packet in hand has begun, or 0. */
  private int begunConnection;

  /** A connection in whose place another one comes with the packet in hand, or 0. */
  private int replacedConnection;

  /** Until the first packet. */
  private static final class Nowhere implements Output {
    @Override
    public void transmit(Hop hop, Packet packet) {}

    @Override
    public void deliver(Packet packet) {}
  }

  /** An engine that all packets come to. */
  public PacketEngine(
      ServiceTable services,
      ConnectionTable connections,
      Host host,
      MarkRules marks,
      long nowNanos) {
    this(services, connections, host, marks, KernelProgram.NONE, nowNanos);
  }

  /**
   * @param connections new or adopted; if adopted, {@code services} is restored to what it was
   * @param program told what it may do by itself beside connections
   * @param nowNanos the clock of all later calls
   */
  public PacketEngine(
      ServiceTable services,
      ConnectionTable connections,
      Host host,
      MarkRules marks,
      KernelProgram program,
      long nowNanos) {
    this.services = services;
    this.connections = connections;
    this.slots = connections.slots();
    this.host = host;
    this.settings = services.settings();
    this.timeouts = services.timeouts();
    services.unusable(host::isBroadcast);
    this.slowStart = new SlowStart(settings);
    FtpControls ftpControls = new FtpControls(connections);
    this.life =
        new ConnectionLife(
            services, connections, settings, timeouts, ftpControls, ftpPorts, nowNanos);
    this.handshakes = new HandshakeWatch(services, slots);
    this.ftp = new FtpHelper(connections, ftpControls, life);
    Templates templates = new Templates(services, connections, life);
    this.newConnections =
        new NewConnections(
            services, connections, life, templates, slowStart, host, marks, counters);
    this.errors = new IcmpErrors(host, nowNanos, this::countError);
    this.pathMtus = new PathMtus();
    this.forwarder = new Forwarder(host, slots, settings, errors, pathMtus, ftp, program);
    this.routeRecheck = new RouteRecheck(services, connections, forwarder);
    this.relatedErrors =
        new RelatedErrors(
            services,
            connections,
            host,
            life,
            newConnections,
            new TunnelErrors(services, connections, errors, pathMtus, host, program, routeRecheck),
            forwarder,
            counters,
            output);
    this.interests = new Interests(services, ftpPorts, host, program);
    this.program = program;
    this.defender = new Defender(services, connections, life, nowNanos);
    this.failover =
        new Failover(services, connections, life, counters, new TcpSegments(host, slots));
    this.transitions =
        new Transitions(services, connections, life, interests, failover, slowStart, nowNanos);
    this.explainer =
        new Explainer(
            services,
            connections,
            host,
            life,
            newConnections,
            templates,
            forwarder,
            slowStart,
            failover,
            transitions.draining(),
            this::startsAnew);
    this.now = nowNanos;
    life.bindAdopted();
    failover.resume();
  }

  public ServiceTable services() {
    return services;
  }

  public ConnectionTable connections() {
    return connections;
  }

  public Settings settings() {
    return settings;
  }

  /** How long connections last in the states that operators may set. */
  Timeouts timeouts() {
    return timeouts.view();
  }

  /** Connections take the new time-outs with their next packet. */
  void setTimeouts(Timeouts changed) throws DirectorException {
    timeouts.set(changed);
    life.timeoutsChanged(now);
  }

  /** As {@link Settings#set}. */
  void changeSetting(String name, String text) throws DirectorException {
    settings.set(name, text);
    defender.settingsChanged();
    transitions.settingsChanged();
    interests.changed();
  }

  /** Nanoseconds until a connection ends, 0 when it is due. */
  long nanosLeft(int slot) {
    return life.nanosLeft(slot, now);
  }

  /** What the engine has dropped, and why. */
  public EngineCounters counters() {
    return counters;
  }

  /**
   * From now on packets are marked by other rules.
   *
   * @param marked the packets that these rules may give a mark
   */
  public void marks(MarkRules rules, Collection<Interest> marked) {
    newConnections.marks(rules);
    interests.marked(marked);
  }

  /**
   * Connections made from now on to masqueraded servers have FTP's helper when they go to one of
   * these ports of their service: the parameter {@code ports} of the module ip_vs_ftp. 21 unless
   * said otherwise.
   *
   * @param ports up to {@link FtpPorts#MOST}; none: no connection has the helper
   */
  public void helpFtp(List<Integer> ports) {
    ftpPorts.set(ports);
    interests.changed();
  }

  /** What packets have to be sent up, and who is told when that changes. */
  public Interests interests() {
    return interests;
  }

  /** How handshakes with the servers have gone so far. */
  List<ServerHandshakes> handshakes() {
    return handshakes.report(now);
  }

  /** The machine this engine runs on. */
  Host host() {
    return host;
  }

  /** How servers and services come and go. */
  Transitions transitions() {
    return transitions;
  }

  /** What would become of a connection's first packet if it came now; changes nothing. */
  public Explanation explain(FlowQuery query) {
    return explainer.explain(query, now);
  }

  /** Whether {@link #advance} has more to do than it did, and should be called again soon. */
  public boolean hasWork() {
    return failover.hasWork();
  }

  /** The host's routes or addresses are others now. */
  public void routesChanged() {
    pathMtus.routesChanged();
    routeRecheck.begin();
    interests.changed();
  }

  /**
   * Takes a packet that came in by an interface. It may be changed.
   *
   * @param nowNanos a monotonic time that never goes back
   */
  public void receive(Packet packet, long nowNanos, Output output) {
    begin(nowNanos, output);
    if (packet.length() > 0) {
      switch (packet.u8(0) >>> 4) {
        case 4 -> receiveIpv4(packet);
        case 6 -> receiveIpv6(packet);
        default -> counters.malformed++;
      }
    }
    end();
  }

  private void begin(long nowNanos, Output output) {
    this.now = nowNanos;
    this.output = output;
    original = Reassembled.WHOLE;
    begunConnection = 0;
  }

  private void end() {
    if (endingConnection != 0) {
      life.ended(endingConnection, begunConnection, now);
      endingConnection = 0;
    }
    if (replacedConnection != 0) {
      life.replaced(replacedConnection, begunConnection, now);
      replacedConnection = 0;
    }
  }

  /** Lets time pass: connections end, fragments are given up, rates are estimated. */
  public void advance(long nowNanos, Output output) {
    begin(nowNanos, output);
    connections.advance(nowNanos, TIMERS_AT_ONCE, expiry);
    reassembler.expire(nowNanos, this::reassemblyTimedOut);
    ipv6Reassembler.expire(nowNanos, this::ipv6ReassemblyTimedOut);
    services.advance(nowNanos);
    transitions.advance(nowNanos);
    failover.advance(nowNanos, output);
    defender.advance(nowNanos);
    routeRecheck.advance();
  }

  private void expire(int slot) {
    if (!failover.asksAgain(slot, now, output)) {
      life.expire(slot, now);
    }
  }

  private void reassemblyTimedOut(Packet first) {
    if (!headers.read(first, 0)) {
      return;
    }
    if (isPassing()) {
      // Gathered by the hook behind ip_forward.
      first.u8(IPV4_TTL, first.u8(IPV4_TTL) - 1);
      Egress.seal(first, headers.transport);
    }
    errors.send(
        first, headers, IcmpErrors.TIME_EXCEEDED, IcmpErrors.REASSEMBLY_CODE, 0, now, output);
  }

  private boolean isPassing() {
    return !isLocal(headers) && !newConnections.isTakenByMark(headers.flow);
  }

  private void ipv6ReassemblyTimedOut(Packet first) {
    if (headers.read(first, 0)) {
      int type = IcmpErrors.V6_TIME_EXCEEDED;
      errors.send(first, headers, type, IcmpErrors.REASSEMBLY_CODE, 0, now, output);
    }
  }

  /** As ip_rcv checks it. */
  private void receiveIpv4(Packet packet) {
    int headerBytes = (packet.u8(0) & 0xf) * 4;
    if (packet.length() < IPV4_BYTES
        || headerBytes < IPV4_BYTES
        || packet.length() < headerBytes
        || packet.u16(2) < headerBytes
        || packet.u16(2) > packet.length()
        || Checksum.of(packet, 0, headerBytes) != 0) {
      counters.malformed++;
      return;
    }
    packet.length(packet.u16(2));
    headers.read(packet, 0);
    if (!services.hasServices(Family.IPV4) || hasOptionsForHost(packet, headerBytes)) {
      deliver(packet);
    } else if (Headers.isIpv4Fragment(packet)) {
      receiveFragment(packet);
    } else {
      dispatch(packet);
    }
  }

  /** Options that end a packet's way: the host tells the sender, or drops it. */
  private static boolean hasOptionsForHost(Packet packet, int headerBytes) {
    return headerBytes > IPV4_BYTES
        && (Ipv4Options.isSourceRouted(packet, headerBytes)
            || Ipv4Options.mistake(packet, headerBytes) != 0);
  }

  /** Until a packet is done with, the connection that it ended is in the table beside its own. */
  private void countError(Packet about, Headers ofAbout, int bytes) {
    if (replacedConnection != 0 && begunConnection != 0) {
      relatedErrors.countSent(begunConnection, bytes);
    } else {
      relatedErrors.sent(about, ofAbout, bytes);
    }
  }

  private void receiveFragment(Packet packet) {
    if (!headers.hasConnections() && headers.flow.protocol != ICMP) {
      deliver(packet);
      return;
    }
    if (headers.isIpsec() && !isLocal(headers)) {
      // What passes need not be whole, as no port is looked at: dont_defrag.
      dispatch(packet);
      return;
    }
    if (packet.u8(IPV4_TTL) <= 1 && isPassing()) {
      errors.timeExceeded(packet, headers, now, output);
      return;
    }
    Packet whole = reassembler.add(packet, now);
    if (whole != null) {
      original = reassembler.original();
      headers.read(whole, 0);
      dispatch(whole);
    }
  }

  private void receiveIpv6(Packet packet) {
    if (packet.length() < IPV6_BYTES || IPV6_BYTES + packet.u16(4) > packet.length()) {
      counters.malformed++;
      return;
    }
    boolean mayBeJumbo = packet.u16(4) == 0 && packet.u8(6) == Ipv6Extensions.HOP_BY_HOP;
    if (mayBeJumbo) {
      deliver(packet);
      return;
    }
    packet.length(IPV6_BYTES + packet.u16(4));
    if (!services.hasServices(Family.IPV6)) {
      deliver(packet);
      return;
    }
    if (!Ipv6Extensions.hasSoundHopByHopOptions(packet)) {
      deliver(packet);
      return;
    }
    switch (ipv6Reassembler.add(packet, now)) {
      case TAKEN -> {}
      case WHOLE -> {
        original = ipv6Reassembler.original();
        readAndDispatch(ipv6Reassembler.whole());
      }
      case UNTOUCHED -> readAndDispatch(packet);
    }
  }

  private void readAndDispatch(Packet packet) {
    if (headers.read(packet, 0)) {
      dispatch(packet);
    } else {
      deliver(packet);
    }
  }

  private void dispatch(Packet packet) {
    if (headers.flow.protocol == (headers.isIpv4() ? ICMP : ICMPV6)) {
      relatedErrors.receive(packet, headers, original, now, output);
    } else if (headers.hasConnections()) {
      receiveTransport(packet);
    } else {
      deliver(packet);
    }
  }

  private void receiveTransport(Packet packet) {
    int entry = headers.namesConnection(packet) ? connections.find(key.set(headers.flow)) : 0;
    if (entry < 0) {
      respond(entry & ~ENTRY_REPLY, packet);
      return;
    }
    int slot = entry != 0 && headers.mayBeRequest() ? entry : awaitedConnection(packet);
    boolean local = isLocal(headers);
    if (!local && !newConnections.isTakenByMark(headers.flow)) {
      // IPVS asks for requests in LOCAL_IN alone, also when their connection is known.
      passingBy(packet);
    } else if (slot != 0) {
      request(slot, packet);
    } else if (local) {
      markAndSchedule(packet);
    } else {
      schedule(packet);
    }
  }

  /** A connection that waits for its client, from whatever port: the second look of it. */
  private int awaitedConnection(Packet packet) {
    if (connections.awaitedConnections() == 0 || !headers.hasPorts(packet)) {
      return 0;
    }
    int entry = connections.find(key.setAwaited(headers.flow));
    boolean isAwaited = entry > 0 && (slots.status(entry) & ConnectionSlots.NO_CLIENT_PORT) != 0;
    return isAwaited ? entry : 0;
  }

  /** A source that is the host's own: IPv4's routing drops such packets as martians. */
  private boolean isOwnSource() {
    return headers.isIpv4()
        && host.route(headers.flow.family, headers.flow.sourceHigh, headers.flow.sourceLow)
            instanceof Host.Route.Local;
  }

  private boolean isLocal(Headers of) {
    return host.route(of.flow.family, of.flow.destinationHigh, of.flow.destinationLow)
        instanceof Host.Route.Local;
  }

  /** A packet of a client on a connection that exists: the middle of ip_vs_in_hook. */
  private void request(int slot, Packet packet) {
    RealServer server = services.numbered(slots.server(slot));
    if (failover.concerns(slot, server)) {
      if (failover.startsAnew(slot, packet, headers, now, output)) {
        markAndSchedule(packet);
      }
      return;
    }
    if (begins(packet) && startsAnew(headers.flow.protocol, slot, server)) {
      replacedConnection = slot;
      markAndSchedule(packet);
      return;
    }
    if (server != null && !server.available()) {
      if (settings.expireNoDestination()) {
        endingConnection = slot;
        markAndSchedule(packet);
      } else {
        counters.serverGone++;
      }
      return;
    }
    forward(slot, server, packet);
  }

  /** Whether a packet asks for a new connection: is_new_conn. */
  private boolean begins(Packet packet) {
    return switch (headers.flow.protocol) {
      case TCP -> (headers.flow.tcpFlags & TCP_SYN) != 0;
      case SCTP ->
          SctpPacket.hasChunk(packet, headers.transport)
              && SctpPacket.firstChunk(packet, headers.transport) == SctpStateMachine.INIT;
      default -> false;
    };
  }

  /** Whether a packet that {@link #begins} on a connection is the first of another one. */
  private boolean startsAnew(int protocol, int slot, @Nullable RealServer server) {
    if (settings.expireNoDestination() && server != null && server.weight() == 0) {
      return true;
    }
    int mode = settings.connectionReuseMode();
    if (mode == 0 || slots.control(slot) != 0) {
      return false;
    }
    if (protocol == SCTP) {
      return SctpState.of(slots.state(slot)) == SctpState.CLOSED;
    }
    return switch (TcpState.of(slots.state(slot))) {
      case TIME_WAIT, CLOSE -> true;
      case FIN_WAIT ->
          (mode & REUSE_FIN_WAIT) != 0 && (slots.status(slot) & ConnectionSlots.NO_OUTPUT) != 0;
      default -> false;
    };
  }

  /** A packet that no connection is known for, or none any more. */
  private void markAndSchedule(Packet packet) {
    newConnections.mark(headers.flow);
    schedule(packet);
  }

  /** As {@link #markAndSchedule}, for a packet that has its mark. */
  private void schedule(Packet packet) {
    if (headers.laterFragment || headers.hasImpossibleSource() || isOwnSource()) {
      deliver(packet);
      return;
    }
    if (headers.isIpsec()) {
      deliver(packet);
      return;
    }
    if (!hasEnoughToBegin(packet)) {
      counters.malformed++;
      return;
    }
    if (!mayBegin(packet)) {
      leaveToHost(packet);
      return;
    }
    headers.flow.now = now;
    switch (newConnections.schedule(headers.flow, packet, headers.transport, now)) {
      case NOT_OURS -> {
        if (headers.flow.protocol == TCP || newConnections.marksFlows()) {
          leaveToHost(packet);
        } else {
          deliver(packet);
        }
      }
      case NO_SERVER -> {
        forwarder.takeOptions(packet, headers);
        if (forwarder.mayTell(headers)) {
          errors.portUnreachable(packet, headers, now, output);
        }
      }
      case DROP -> {}
      case CONNECTED -> {
        begunConnection = newConnections.slot();
        forward(begunConnection, newConnections.server(), packet);
        endIfForOnePacket();
      }
    }
  }

  /** Whether the packet has what conn_schedule of its protocol looks at. */
  private boolean hasEnoughToBegin(Packet packet) {
    return headers.flow.protocol == SCTP
        ? SctpPacket.hasChunk(packet, headers.transport)
        : headers.hasTransportHeader(packet);
  }

  private boolean mayBegin(Packet packet) {
    return switch (headers.flow.protocol) {
      case TCP ->
          (headers.flow.tcpFlags & TCP_RST) == 0 && (settings.sloppyTcp() || begins(packet));
      case SCTP ->
          SctpPacket.firstChunk(packet, headers.transport) != SctpStateMachine.ABORT
              && (settings.sloppySctp() || begins(packet));
      default -> true;
    };
  }

  private void forward(int slot, @Nullable RealServer server, Packet packet) {
    PacketCounts.in(server, packet.length());
    handshakes.fromClient(slot, server, headers, now);
    life.setState(slot, false, headers, now);
    if ((slots.status(slot) & ConnectionSlots.NO_CLIENT_PORT) != 0
        && !connections.learnClientPort(slot, headers.flow.sourcePort)) {
      counters.tableFull++;
      life.close(slot, now);
      return;
    }
    Host.Route route = forwarder.routeToServer(slot, server);
    if (slot != 0) {
      permitFastPath(slot, server, route, null);
    }
    forwarder.toServer(slot, server, route, packet, headers, original, null, now, output);
  }

  private void permitFastPath(
      int slot, @Nullable RealServer server, Host.Route toServer, Host.@Nullable Route toClient) {
    if (toServer instanceof Host.Route.Local) {
      program.servesLocally();
    }
    if (ftp.helps(slot)) {
      // Not even without a director: what goes on untranslated would spoil the connection.
      life.permitFastPath(slot, server, false, 0, 0);
      return;
    }
    boolean local = toServer instanceof Host.Route.Local;
    Host.Route back = toClient;
    if (back == null && (local || slots.forwarding(slot) == MASQUERADE)) {
      back = forwarder.routeToClient(slot);
    }
    int outHop = back == null ? 0 : Forwarder.hopNumber(back);
    boolean simple = forwarder.isSimple(slot, server);
    life.permitFastPath(slot, server, simple, forwarder.hopToServer(slot, toServer), outHop);
  }

  /** A packet that only passes the host: ip_vs_out_hook in FORWARD. */
  private void passingBy(Packet packet) {
    if (!headers.namesConnection(packet)) {
      deliver(packet);
      return;
    }
    int entry = connections.find(key.setInverse(headers.flow));
    if (entry > 0 && slots.forwarding(entry) != MASQUERADE) {
      respondUnchanged(entry, packet);
    } else if (beginsAtServer(packet)) {
      respond(newConnections.slot(), packet);
      endIfForOnePacket();
    } else if (settings.natIcmpSend() && isFromServer(packet)) {
      refuseServer(packet);
    } else {
      leaveToHost(packet);
    }
  }

  /** A packet of a flow that is the host's own, as its next ones will be. */
  private void leaveToHost(Packet packet) {
    boolean isFlow = headers.flow.protocol == TCP || headers.flow.protocol == Headers.UDP;
    if (isFlow && original == Reassembled.WHOLE && headers.flow.inInterface != 0) {
      program.passes(headers.flow, now);
    }
    deliver(packet);
  }

  /** Whether a server's packet has begun a connection to a client: __ip_vs_rs_conn_out. */
  private boolean beginsAtServer(Packet packet) {
    return headers.flow.protocol == UDP
        && forwarder.mayPass(packet, headers, original)
        && newConnections.beginAtServer(headers.flow, packet, headers.transport, now);
  }

  private void endIfForOnePacket() {
    if (newConnections.slot() == 0) {
      life.close(0, now);
    }
  }

  private boolean isFromServer(Packet packet) {
    boolean ends =
        switch (headers.flow.protocol) {
          case TCP -> (headers.flow.tcpFlags & TCP_RST) != 0;
          case SCTP ->
              SctpPacket.hasChunk(packet, headers.transport)
                  && SctpPacket.firstChunk(packet, headers.transport) == SctpStateMachine.ABORT;
          case UDP -> false;
          default -> true;
        };
    return !ends
        && services.hasMasqueradedServer(
            headers.flow.family,
            headers.flow.protocol,
            headers.flow.sourceHigh,
            headers.flow.sourceLow,
            headers.flow.sourcePort);
  }

  private void refuseServer(Packet packet) {
    switch (host.route(
        headers.flow.family, headers.flow.destinationHigh, headers.flow.destinationLow)) {
      case Host.Route.Via(Hop hop) -> {
        if (forwarder.startPassing(packet, headers, hop, original, now, output)) {
          errors.portUnreachable(packet, headers, now, output);
        }
      }
      case Host.Route.Local(), Host.Route.Unreachable() -> deliver(packet);
    }
  }

  /** A server's packet of a connection that needs no translation: the host forwards it. */
  private void respondUnchanged(int slot, Packet packet) {
    if (forwarder.mayPass(packet, headers, original)) {
      RealServer server = services.numbered(slots.server(slot));
      PacketCounts.out(server, packet.length());
      noteAnswer(slot, server, packet);
    }
    deliver(packet);
  }

  private void noteAnswer(int slot, @Nullable RealServer server, Packet packet) {
    handshakes.fromServer(slot, server, packet, headers, now);
    life.setState(slot, true, headers, now);
    permitFastPath(slot, server, forwarder.routeToServer(slot, server), null);
  }

  /** A masqueraded server's packet: handle_response, after the checks of ip_forward. */
  private void respond(int slot, Packet packet) {
    RealServer server = services.numbered(slots.server(slot));
    if (failover.concerns(slot, server)) {
      counters.serverGone++;
      return;
    }
    Host.Route route = forwarder.routeToClient(slot);
    switch (route) {
      case Host.Route.Unreachable() -> deliver(packet);
      case Host.Route.Local() -> {
        if (answer(slot, server, packet, route)) {
          deliver(packet);
        }
      }
      case Host.Route.Via(Hop hop) -> {
        if (!forwarder.startPassing(packet, headers, hop, original, now, output)) {
          return;
        }
        Reassembled sizes = forwarder.sizes(slot, original);
        if (answer(slot, server, packet, route)) {
          forwarder.toClient(packet, hop, sizes, output);
        }
      }
    }
  }

  private boolean answer(
      int slot, @Nullable RealServer server, Packet packet, Host.Route toClient) {
    if (!forwarder.translateToClient(slot, packet, headers, now)) {
      return false;
    }
    PacketCounts.out(server, packet.length());
    handshakes.fromServer(slot, server, packet, headers, now);
    life.setState(slot, true, headers, now);
    if (slot != 0) {
      permitFastPath(slot, server, forwarder.routeToServer(slot, server), toClient);
    }
    return true;
  }

  /**
   * A packet that the host itself sends, as a real server of its own does: ip_vs_out_hook in
   * LOCAL_OUT. It may be changed. Nothing is sent here: what comes back is what the host sends.
   *
   * @return whether the host may send it
   */
  public boolean sent(Packet packet, long nowNanos) {
    begin(nowNanos, output);
    if (!headers.read(packet, 0) || !services.hasServices(headers.flow.family)) {
      return true;
    }
    if (headers.flow.protocol == (headers.isIpv4() ? ICMP : ICMPV6)) {
      return relatedErrors.sent(packet, headers);
    }
    if (!headers.namesConnection(packet)) {
      return true;
    }
    int slot = answeredConnection();
    if (slot != 0) {
      RealServer server = services.numbered(slots.server(slot));
      if (slots.forwarding(slot) == MASQUERADE) {
        return answer(slot, server, packet, forwarder.routeToClient(slot));
      }
      PacketCounts.out(server, packet.length());
      noteAnswer(slot, server, packet);
      return true;
    }
    if (!beginsAtServer(packet)) {
      return true;
    }
    int begun = newConnections.slot();
    boolean maySend =
        answer(begun, newConnections.server(), packet, forwarder.routeToClient(begun));
    endIfForOnePacket();
    return maySend;
  }

  /**
   * A packet that the host itself has sent, as a real server of its own, and that the kernel
   * program has counted and, if need be, translated: only the connection's state is to follow.
   *
   * @param packet as the server has sent it, perhaps without its end
   */
  public void answered(Packet packet, long nowNanos) {
    begin(nowNanos, output);
    if (headers.read(packet, 0) && headers.namesConnection(packet)) {
      int slot = answeredConnection();
      if (slot != 0) {
        noteAnswer(slot, services.numbered(slots.server(slot)), packet);
      }
    }
  }

  /** The connection that a packet from the host itself answers; 0 when it answers none. */
  private int answeredConnection() {
    int entry = connections.find(key.set(headers.flow));
    if (entry < 0) {
      return entry & ~ENTRY_REPLY;
    }
    entry = connections.find(key.setInverse(headers.flow));
    return entry > 0 && slots.forwarding(entry) != MASQUERADE ? entry : 0;
  }

  private void deliver(Packet packet) {
    forwarder.deliver(packet, original, output);
  }
}
