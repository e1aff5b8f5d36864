package org.jlvs.core.engine;

import org.jlvs.core.connection.ConnectionKey;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.jlvs.core.net.Packet;
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

  static final int FTP_PORT = 21;
  private static final int FTP_DATA_PORT = 20;

  private final ServiceTable services;
  private final ConnectionTable connections;
  private final ConnectionLife life;
  private final Templates templates;
  private final Settings settings;
  private final SlowStart slowStart;
  private final Host host;
  private final EngineCounters counters;
  private final ConnectionKey key = new ConnectionKey();

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
      Templates templates,
      SlowStart slowStart,
      Host host,
      MarkRules marks,
      EngineCounters counters) {
    this.services = services;
    this.connections = connections;
    this.life = life;
    this.templates = templates;
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

  /**
   * Whether a packet to another host is for this one, by a routing rule for its mark, which is set
   * then.
   */
  boolean isTakenByMark(Flow flow) {
    if (!host.hasMarkedRoutes(flow.family) || Headers.isOfOneLink(flow)) {
      return false;
    }
    mark(flow);
    return host.takesMarked(flow.family, flow.mark);
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
      return templates.read(service, flow.protocol, packet, transport)
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
    if (flow == answered || !bypasses(service, flow)) {
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

  /** Whether packets that no server of a service takes go on to where they were bound. */
  boolean bypasses(VirtualService service, Flow flow) {
    return settings.cacheBypass()
        && service.key() instanceof ServiceKey.Mark
        && isBoundForOneHost(flow);
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
    int template = templates.find(service, port, flow);
    RealServer chosen = template == 0 ? null : templates.server(template);
    if (chosen == null) {
      chosen = slowStart.choose(service, flow, now);
      if (chosen == null) {
        return leave(service, flow, now);
      }
      boolean ofOnePort = flow.destinationPort == port && port != FTP_PORT;
      int serverPort = ofOnePort ? chosen.key().port() : 0;
      template = templates.open(service, chosen, serverPort, flow.mark, now);
      if (template == 0) {
        counters.tableFull++;
        return Outcome.DROP;
      }
    }
    boolean ownPort = flow.destinationPort == port && chosen.key().port() != 0;
    int serverPort = ownPort ? chosen.key().port() : flow.destinationPort;
    Outcome outcome = connect(service, chosen, serverPort, flow, template, now);
    templates.restart(template, now);
    return outcome;
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
      if (!templates.read(service, flow.protocol, packet, transport)) {
        return false;
      }
      template = templates.find(service, endpoint.port(), request);
      if (template != 0 && templates.server(template) != caller) {
        connections.invalidateTemplate(template);
        template = 0;
      }
      if (template == 0) {
        template = templates.open(service, caller, flow.sourcePort, 0, now);
        if (template == 0) {
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
      templates.restart(template, now);
    }
    return true;
  }
}
