package org.jlvs.core.engine;

import org.jlvs.core.connection.ConnectionKey;
import org.jlvs.core.connection.ConnectionSlots;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.connection.PersistenceData;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.jlvs.core.net.Packet;
import org.jlvs.core.payload.SipMessage;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.core.service.VirtualService;
import org.jlvs.core.settings.Settings;
import org.jspecify.annotations.Nullable;

/**
 * Finds the service of a first packet, chooses its server and makes the connection: ip_vs_schedule
 * and ip_vs_sched_persist. For the engine thread.
 */
final class NewConnections {
  /** What became of a first packet. */
  enum Outcome {
    /** No service wants it. */
    NOT_OURS,
    /** There is a connection: {@link #slot} and {@link #server}. */
    CONNECTED,
    /** Its service has no server for it: the client is told. */
    NO_SERVER,
    /** There is no room for a connection, or the director defends itself. */
    DROP
  }

  private static final int FTP_PORT = 21;
  private static final int FTP_DATA_PORT = 20;

  private final ServiceTable services;
  private final ConnectionTable connections;
  private final ConnectionSlots slots;
  private final ConnectionLife life;
  private final Settings settings;
  private final SlowStart slowStart;
  private final Host host;
  private final EngineCounters counters;
  private final ConnectionKey key = new ConnectionKey();
  private final PersistenceData data = new PersistenceData();

  /** The request that a server's packet would be the answer to. */
  private final Flow request = new Flow();

  private final Flow answered = new Flow();
  private MarkRules marks;

  private int slot;
  private @Nullable RealServer server;

  NewConnections(
      ServiceTable services,
      ConnectionTable connections,
      ConnectionLife life,
      SlowStart slowStart,
      Host host,
      MarkRules marks,
      EngineCounters counters) {
    this.services = services;
    this.connections = connections;
    this.slots = connections.slots();
    this.life = life;
    this.settings = services.settings();
    this.slowStart = slowStart;
    this.host = host;
    this.marks = marks;
    this.counters = counters;
  }

  void marks(MarkRules rules) {
    marks = rules;
  }

  /** As {@link MarkRules#markFlows}. */
  boolean marksFlows() {
    return marks.markFlows();
  }

  /** The new connection, 0 when it is for one packet. */
  int slot() {
    return slot;
  }

  /** The new connection's server, null when it has none: then its packets bypass the service. */
  @Nullable RealServer server() {
    return server;
  }

  /**
   * Schedules the request that an ICMP error's quoted packet has answered, as {@code schedule_icmp}
   * wants it.
   *
   * @param error of the ICMP packet, which may carry a mark
   * @param quoted of the packet that it quotes
   * @param packet the ICMP packet
   */
  Outcome scheduleAnswered(Flow error, Headers quoted, Packet packet, long now) {
    answered.setAnswered(quoted.flow);
    answered.mark = marks.mark(error);
    answered.now = now;
    return scheduleMarked(answered, packet, quoted.transport, now);
  }

  /**
   * @param flow of a packet that {@link #mark} has seen
   * @param transport where the packet's transport header begins
   */
  Outcome schedule(Flow flow, Packet packet, int transport, long now) {
    return scheduleMarked(flow, packet, transport, now);
  }

  /** Gives a packet the mark that the host's rules say; to be called once for a packet. */
  void mark(Flow flow) {
    flow.mark = marks.mark(flow);
  }

  private Outcome scheduleMarked(Flow flow, Packet packet, int transport, long now) {
    VirtualService service =
        services.lookup(
            flow.family,
            flow.mark,
            flow.protocol,
            flow.destinationHigh,
            flow.destinationLow,
            flow.destinationPort);
    if (service == null) {
      return Outcome.NOT_OURS;
    }
    if (settings.defense().dropsPacket()) {
      counters.defended++;
      return Outcome.DROP;
    }
    // Data connections of active FTP come from the server's side.
    if (isFtpData(flow)) {
      return Outcome.NOT_OURS;
    }
    int port = servicePort(service);
    if (service.spec().persistent()) {
      return readPersistenceData(service, flow.protocol, packet, transport)
          ? scheduleByTemplate(service, port, flow, now)
          : Outcome.DROP;
    }
    if (port != flow.destinationPort && service.key() instanceof ServiceKey.Endpoint) {
      return leave(port, flow);
    }
    RealServer chosen = slowStart.choose(service, flow, now);
    if (chosen == null) {
      return leave(service, flow, now);
    }
    int chosenPort = chosen.key().port();
    return connect(
        service, chosen, chosenPort != 0 ? chosenPort : flow.destinationPort, flow, 0, now);
  }

  static boolean isFtpData(Flow flow) {
    return flow.sourcePort == FTP_DATA_PORT;
  }

  /** How a flow's first packet comes by its mark; nothing is counted. */
  MarkReport explainMark(Flow flow) {
    return marks.explain(flow);
  }

  /**
   * The template of a flow's client that was made without a persistence engine, whether it still
   * holds or not; 0 when there is none.
   */
  int findTemplate(VirtualService service, int port, Flow flow) {
    templateKey(service, port, flow);
    return connections.findTemplate(key);
  }

  static int servicePort(VirtualService service) {
    return service.key() instanceof ServiceKey.Endpoint endpoint ? endpoint.port() : 0;
  }

  /** ip_vs_leave: no server. */
  private static Outcome leave(int servicePort, Flow flow) {
    return servicePort == FTP_PORT && flow.destinationPort != FTP_PORT
        ? Outcome.NOT_OURS
        : Outcome.NO_SERVER;
  }

  /** As {@link #leave(int, Flow)}, for packets that may go where they were bound. */
  private Outcome leave(VirtualService service, Flow flow, long now) {
    boolean bypass =
        settings.cacheBypass()
            && service.key() instanceof ServiceKey.Mark
            && flow != answered
            && isBoundForOneHost(flow);
    if (!bypass) {
      return leave(servicePort(service), flow);
    }
    boolean onePacket = service.spec().onePacket() && flow.protocol == Headers.UDP;
    int opened = life.openBypass(key.set(flow), flow.family, flow.mark, onePacket, now);
    if (opened < 0) {
      counters.tableFull++;
      return Outcome.DROP;
    }
    slot = opened;
    server = null;
    return Outcome.CONNECTED;
  }

  /** IPv4 asks for an address of another host, IPv6 for anything but multicast. */
  private boolean isBoundForOneHost(Flow flow) {
    if (flow.family == Family.IPV6) {
      return flow.destinationHigh >>> 56 != 0xff;
    }
    return (int) flow.destinationLow >>> 28 < 0xe
        && !(host.route(flow.family, flow.destinationHigh, flow.destinationLow)
            instanceof Host.Route.Local)
        && !host.isBroadcast(flow.destination());
  }

  private Outcome connect(
      VirtualService service,
      RealServer chosen,
      int serverPort,
      Flow flow,
      int template,
      long now) {
    boolean onePacket = service.spec().onePacket() && flow.protocol == Headers.UDP;
    int opened = life.open(key.set(flow), chosen, serverPort, flow.mark, onePacket, now);
    if (opened < 0) {
      counters.tableFull++;
      return Outcome.DROP;
    }
    slot = opened;
    server = chosen;
    if (template != 0) {
      connections.control(opened, template);
    }
    chosen.counters.connections++;
    service.counters.connections++;
    return Outcome.CONNECTED;
  }

  private Outcome scheduleByTemplate(VirtualService service, int port, Flow flow, long now) {
    templateKey(service, port, flow);
    int template = connections.findTemplate(key, data);
    RealServer chosen = template == 0 ? null : serverOf(template);
    if (chosen == null) {
      chosen = slowStart.choose(service, flow, now);
      if (chosen == null) {
        return leave(service, flow, now);
      }
      boolean ofOnePort = flow.destinationPort == port && port != FTP_PORT;
      int seconds = service.spec().persistenceSeconds();
      int serverPort = ofOnePort ? chosen.key().port() : 0;
      templateKey(service, port, flow);
      template = life.openTemplate(key, data, chosen, serverPort, flow.mark, seconds, now);
      if (template < 0) {
        counters.tableFull++;
        return Outcome.DROP;
      }
    }
    boolean ownPort = flow.destinationPort == port && chosen.key().port() != 0;
    int serverPort = ownPort ? chosen.key().port() : flow.destinationPort;
    Outcome outcome = connect(service, chosen, serverPort, flow, template, now);
    connections.touch(template, slots.timeoutSeconds(template), now);
    return outcome;
  }

  /**
   * Reads what the service's persistence engine wants to know: fill_param. False when the packet
   * does not have it: then it is not for this service.
   */
  private boolean readPersistenceData(
      VirtualService service, int protocol, Packet packet, int transport) {
    data.clear();
    if (service.spec().persistenceEngine().isEmpty()) {
      return true;
    }
    if (protocol != Headers.UDP) {
      return false;
    }
    long callId = SipMessage.callId(packet, transport + Headers.UDP_BYTES);
    if (callId < 0) {
      return false;
    }
    data.set(packet, SipMessage.offset(callId), SipMessage.length(callId));
    return true;
  }

  /**
   * Makes the connection of a call that a masqueraded server begins: ip_vs_new_conn_out. {@link
   * #slot} and {@link #server} are its.
   *
   * @param flow of the server's packet, which belongs to no connection
   * @return whether there is such a connection now
   */
  boolean beginAtServer(Flow flow, Packet packet, int transport, long now) {
    RealServer caller =
        flow.protocol != Headers.UDP
            ? null
            : services.masqueradedServer(
                flow.family, flow.protocol, flow.sourceHigh, flow.sourceLow, flow.sourcePort);
    if (caller == null
        || caller.service().spec().persistenceEngine().isEmpty()
        || !(caller.service().key() instanceof ServiceKey.Endpoint endpoint)) {
      return false;
    }
    VirtualService service = caller.service();
    request.setAnswered(flow);
    request.destination(endpoint.address());
    request.destinationPort = endpoint.port();
    int template = 0;
    if (service.spec().persistent()) {
      if (!readPersistenceData(service, flow.protocol, packet, transport)) {
        return false;
      }
      templateKey(service, endpoint.port(), request);
      template = connections.findTemplate(key, data);
      if (template != 0 && serverOf(template) != caller) {
        connections.invalidateTemplate(template);
        template = 0;
      }
      if (template == 0) {
        templateKey(service, endpoint.port(), request);
        int seconds = service.spec().persistenceSeconds();
        template = life.openTemplate(key, data, caller, flow.sourcePort, 0, seconds, now);
        if (template < 0) {
          counters.tableFull++;
          return false;
        }
      }
    }
    int older = connections.find(key.set(request));
    if (connect(service, caller, flow.sourcePort, request, template, now) != Outcome.CONNECTED) {
      return false;
    }
    if (older > 0 && slot != 0) {
      connections.prefer(slot, older);
    }
    if (template != 0) {
      connections.touch(template, slots.timeoutSeconds(template), now);
    }
    return true;
  }

  /** The server of a template that still holds; otherwise the template is made invalid. */
  private @Nullable RealServer serverOf(int template) {
    RealServer bound = services.numbered(slots.server(template));
    if (bound == null || !faultOfTemplate(bound).isEmpty()) {
      connections.invalidateTemplate(template);
      return null;
    }
    return bound;
  }

  /** Why a template does not hold; empty when it does. */
  String faultOfTemplate(@Nullable RealServer bound) {
    if (bound == null) {
      return "its server is gone";
    }
    if (!bound.available()) {
      return "its server was deleted";
    }
    if (bound.takenOut()) {
      return "its server was taken out (jlvs.prompt_failover)";
    }
    if (settings.expireQuiescentTemplate() && bound.weight() == 0) {
      return "its server is quiesced (net.ipv4.vs.expire_quiescent_template)";
    }
    return "";
  }

  /**
   * The key of the template for a client's packet: of the service's port, or of all ports when the
   * service is of all ports (or FTP), or of a firewall mark.
   */
  private void templateKey(VirtualService service, int port, Flow flow) {
    int prefix = service.spec().prefixLength();
    boolean ipv4 = flow.family == Family.IPV4;
    long clientHigh = ipv4 ? 0 : flow.sourceHigh & highMask(prefix);
    long clientLow = flow.sourceLow & (ipv4 ? lowMask(prefix + 96) : lowMask(prefix));
    if (flow.destinationPort == port) {
      int templatePort = port == FTP_PORT ? 0 : port;
      key.setTemplate(
          flow.family,
          flow.protocol,
          clientHigh,
          clientLow,
          flow.destinationHigh,
          flow.destinationLow,
          templatePort);
    } else if (service.key() instanceof ServiceKey.Mark ofMark) {
      long mark = Integer.toUnsignedLong(ofMark.mark());
      key.setTemplate(
          flow.family, 0, clientHigh, clientLow, ipv4 ? 0 : mark << 32, ipv4 ? mark : 0, 0);
    } else {
      key.setTemplate(
          flow.family,
          flow.protocol,
          clientHigh,
          clientLow,
          flow.destinationHigh,
          flow.destinationLow,
          0);
    }
  }

  private static long highMask(int prefix) {
    return prefix >= 64 ? -1L : prefix <= 0 ? 0 : -1L << 64 - prefix;
  }

  private static long lowMask(int prefix) {
    return prefix >= 128 ? -1L : prefix <= 64 ? 0 : -1L << 128 - prefix;
  }
}
