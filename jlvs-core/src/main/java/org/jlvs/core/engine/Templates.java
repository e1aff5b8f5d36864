package org.jlvs.core.engine;

import org.jlvs.core.connection.ConnectionKey;
import org.jlvs.core.connection.ConnectionSlots;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.connection.PersistenceData;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.net.Address;
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
 * Persistence: which server a client belongs to, and what tells clients apart. A template is a
 * connection of no port of the client's: ip_vs_sched_persist. For the engine thread.
 */
final class Templates {
  private final ServiceTable services;
  private final ConnectionTable connections;
  private final ConnectionSlots slots;
  private final ConnectionLife life;
  private final Settings settings;

  /** Of the packet that was {@link #read} last. */
  private final PersistenceData data = new PersistenceData();

  /** Of the template that was looked for last. */
  private final ConnectionKey key = new ConnectionKey();

  Templates(ServiceTable services, ConnectionTable connections, ConnectionLife life) {
    this.services = services;
    this.connections = connections;
    this.slots = connections.slots();
    this.life = life;
    this.settings = services.settings();
  }

  /**
   * Reads what the service's persistence engine wants to know of a packet: fill_param. To be called
   * before {@link #find}.
   *
   * @param transport where the packet's transport header begins
   * @return false when the packet does not have it: then it is not for this service
   */
  boolean read(VirtualService service, int protocol, Packet packet, int transport) {
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
   * The template of a flow's client, whether it still holds or not; 0 when there is none.
   *
   * @param port the service's, 0 for all ports or a firewall mark
   */
  int find(VirtualService service, int port, Flow flow) {
    setKey(service, port, flow);
    return connections.findTemplate(key, data);
  }

  /**
   * Makes the template that {@link #find} has not found, or not with a server.
   *
   * @param serverPort 0 when each connection goes to the port that it asks for
   * @return 0 when the table is full
   */
  int open(VirtualService service, RealServer server, int serverPort, int mark, long now) {
    int seconds = service.spec().persistenceSeconds();
    return life.openTemplate(key, data, server, serverPort, mark, seconds, now);
  }

  /** Its client has begun another connection. */
  void restart(int template, long now) {
    connections.touch(template, slots.timeoutSeconds(template), now);
  }

  /** The server of a template that still holds; otherwise the template is made invalid. */
  @Nullable RealServer server(int template) {
    RealServer bound = services.numbered(slots.server(template));
    if (bound == null || !fault(bound).isEmpty()) {
      connections.invalidateTemplate(template);
      return null;
    }
    return bound;
  }

  /** Why a template of this server does not hold; empty when it does. */
  String fault(@Nullable RealServer bound) {
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
  private void setKey(VirtualService service, int port, Flow flow) {
    Address mask = service.spec().clientMask();
    long clientHigh = flow.sourceHigh & mask.high();
    long clientLow = flow.sourceLow & mask.low();
    if (flow.destinationPort != port && service.key() instanceof ServiceKey.Mark ofMark) {
      long mark = Integer.toUnsignedLong(ofMark.mark());
      boolean ipv4 = flow.family == Family.IPV4;
      key.setTemplate(
          flow.family, 0, clientHigh, clientLow, ipv4 ? 0 : mark << 32, ipv4 ? mark : 0, 0);
      return;
    }
    boolean isOfOnePort = flow.destinationPort == port && port != NewConnections.FTP_PORT;
    key.setTemplate(
        flow.family,
        flow.protocol,
        clientHigh,
        clientLow,
        flow.destinationHigh,
        flow.destinationLow,
        isOfOnePort ? port : 0);
  }
}
