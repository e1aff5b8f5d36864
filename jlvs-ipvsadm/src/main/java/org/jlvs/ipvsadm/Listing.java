package org.jlvs.ipvsadm;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.control.ConnectionView;
import org.jlvs.core.control.Director;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.Rates;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServerView;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.ServiceView;
import org.jlvs.core.control.Statistics;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Protocol;

/** The tables that {@code -L} prints. */
final class Listing {
  private static final int ENDPOINT_WIDTH = 28;

  /** Entries asked of the director at a time, so that a listing never holds many. */
  private static final int CONNECTIONS_AT_A_TIME = 1024;

  private final TextOut out;
  private final Text text;
  private final Request.Format format;

  private Listing(TextOut out, Text text, Request.Format format) {
    this.out = out;
    this.text = text;
    this.format = format;
  }

  /** Lists all services. */
  static void all(Director director, Request.Format format, Names names, TextOut out)
      throws IOException {
    Listing listing = new Listing(out, new Text(format.numeric(), names), format);
    out.add(Listing.title(director)).line();
    listing.header();
    List<ServiceView> services = director.services();
    for (ServiceView service : format.sorted() ? Order.services(services) : services) {
      listing.service(service);
    }
  }

  /** Lists one service. */
  static void one(ServiceView service, Request.Format format, Names names, TextOut out)
      throws IOException {
    Listing listing = new Listing(out, new Text(format.numeric(), names), format);
    listing.header();
    listing.service(service);
  }

  static String title(Director director) {
    return "IP Virtual Server version 1.2.1 (size=" + director.connectionTableSize() + ")";
  }

  private void header() throws IOException {
    String services =
        switch (format.columns()) {
          case STATE, TUNNELS -> "Prot LocalAddress:Port Scheduler Flags";
          case STATISTICS ->
              "Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes";
          case RATES ->
              "Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS";
          case THRESHOLDS ->
              "Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn ";
          case PERSISTENCE ->
              "Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn ";
        };
    String servers =
        switch (format.columns()) {
          case STATE -> "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn";
          case TUNNELS ->
              "  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn";
          case STATISTICS, RATES, THRESHOLDS, PERSISTENCE -> "  -> RemoteAddress:Port";
        };
    out.add(services).line().add(servers).line();
  }

  private void service(ServiceView service) throws IOException {
    ServiceSpec spec = service.spec();
    Optional<Protocol> protocol = Text.protocol(spec.key());
    String name =
        switch (spec.key()) {
          case ServiceKey.Mark(int mark, Family family) -> {
            out.add("FWM  ");
            yield mark + (family == Family.IPV6 ? " IPv6" : "");
          }
          case ServiceKey.Endpoint endpoint -> {
            out.left(endpoint.protocol().name(), 4).add(' ');
            yield endpoint(endpoint.address(), endpoint.port(), protocol);
          }
        };
    switch (format.columns()) {
      case STATISTICS -> statistics(name, service.statistics());
      case RATES -> rates(name, service.rates());
      case STATE, THRESHOLDS, PERSISTENCE, TUNNELS -> {
        out.add(name).add(' ').add(spec.scheduler());
        flags(spec);
        out.line();
      }
    }
    List<ServerView> servers = service.servers();
    for (ServerView server : format.sorted() ? Order.servers(servers) : servers) {
      server(server, protocol);
    }
  }

  private void flags(ServiceSpec spec) {
    if (SchedulerFlag.anyIn(spec.flags())) {
      out.add(" (").add(SchedulerFlag.textOf(spec.scheduler(), spec.flags())).add(')');
    }
    if (spec.persistent()) {
      out.add(" persistent ").add(spec.persistenceSeconds());
      Optional<String> mask = mask(spec);
      if (mask.isPresent()) {
        out.add(" mask ").add(mask.get());
      }
      if (spec.persistenceEngine().isPresent()) {
        out.add(" pe ").add(spec.persistenceEngine().get());
      }
    }
    if (spec.onePacket()) {
      out.add(" ops");
    }
  }

  /** The netmask as the command line takes it, unless it covers the whole address. */
  static Optional<String> mask(ServiceSpec spec) {
    if (spec.prefixLength() == 8 * spec.key().family().addressBytes()) {
      return Optional.empty();
    }
    return Optional.of(
        spec.key().family() == Family.IPV6
            ? Integer.toString(spec.prefixLength())
            : spec.clientMask().toString());
  }

  private void server(ServerView server, Optional<Protocol> protocol) throws IOException {
    ServerSpec spec = server.spec();
    String name = endpoint(spec.key().address(), spec.key().port(), protocol);
    out.add("  -> ");
    switch (format.columns()) {
      case STATISTICS -> statistics(name, server.statistics());
      case RATES -> rates(name, server.rates());
      case STATE -> {
        out.left(name, ENDPOINT_WIDTH).add(' ').left(forwarding(spec.forwarding()), 7).add(' ');
        out.left(spec.weight(), 6);
        activeAndInactive(server);
      }
      case TUNNELS -> {
        out.left(name, ENDPOINT_WIDTH).add(' ').left(forwarding(spec.forwarding()), 7).add(' ');
        out.left(tunnel(spec), 13).add(' ').left(spec.weight(), 6);
        activeAndInactive(server);
      }
      case THRESHOLDS -> {
        out.left(name, ENDPOINT_WIDTH).add(' ');
        out.left(Integer.toUnsignedLong(spec.upperThreshold()), 10).add(' ');
        out.left(Integer.toUnsignedLong(spec.lowerThreshold()), 10);
        activeAndInactive(server);
      }
      case PERSISTENCE -> {
        out.left(name, ENDPOINT_WIDTH).add(' ').left(spec.weight(), 9).add(' ');
        out.left(server.persistentConnections(), 11);
        activeAndInactive(server);
      }
    }
  }

  private void activeAndInactive(ServerView server) throws IOException {
    out.add(' ').left(server.activeConnections(), 10);
    out.add(' ').left(server.inactiveConnections(), 10).line();
  }

  private void statistics(String name, Statistics s) throws IOException {
    counts(name, s.connections(), s.inPackets(), s.outPackets(), s.inBytes(), s.outBytes());
  }

  private void rates(String name, Rates r) throws IOException {
    counts(name, r.connections(), r.inPackets(), r.outPackets(), r.inBytes(), r.outBytes());
  }

  private void counts(String name, long... counts) throws IOException {
    out.left(name, ENDPOINT_WIDTH);
    for (long count : counts) {
      out.add(' ');
      out.right(format.exact() ? Long.toUnsignedString(count) : Text.rounded(count), 8);
    }
    out.line();
  }

  /** An endpoint for a column; the original cuts IPv4 ones to it and lets IPv6 ones stick out. */
  private String endpoint(Address address, int port, Optional<Protocol> protocol) {
    String name = text.endpoint(address, port, protocol);
    return address.isIpv4() && name.length() > ENDPOINT_WIDTH
        ? name.substring(0, ENDPOINT_WIDTH)
        : name;
  }

  static String forwarding(ForwardingMethod method) {
    return switch (method) {
      case MASQUERADE -> "Masq";
      case LOCAL -> "Local";
      case TUNNEL -> "Tunnel";
      case DIRECT_ROUTE -> "Route";
      case BYPASS -> "Bypass";
    };
  }

  private static String tunnel(ServerSpec spec) {
    if (spec.forwarding() != ForwardingMethod.TUNNEL) {
      return "n/a";
    }
    Tunnel tunnel = spec.tunnel();
    String checksum =
        switch (tunnel.checksum()) {
          case NONE -> ":-c";
          case FULL -> ":+c";
          case REMOTE -> ":r+c";
        };
    return switch (tunnel.type()) {
      case IPIP -> "ipip";
      case GUE -> "gue:" + tunnel.port() + checksum;
      case GRE -> "gre" + checksum;
    };
  }

  /** Lists the connection table. */
  static void connections(
      Director director, Request.ListConnections request, Names names, TextOut out)
      throws IOException {
    Text text = new Text(request.numeric(), names);
    out.add("IPVS connection entries").line();
    out.add("pro expire state       source             virtual            destination");
    if (request.persistenceData()) {
      out.add("        pe name          pe_data");
    }
    out.line();
    eachConnection(
        director, connection -> connection(connection, request.persistenceData(), text, out));
  }

  /** What is done with each entry of the connection table. */
  @FunctionalInterface
  interface ConnectionSink {
    void accept(ConnectionView connection) throws IOException;
  }

  /** Goes through the connection table in memory that does not grow with it. */
  static void eachConnection(Director director, ConnectionSink sink) throws IOException {
    List<ConnectionView> batch = new ArrayList<>(CONNECTIONS_AT_A_TIME);
    for (long cursor = 0; cursor >= 0; ) {
      cursor = director.connections(cursor, CONNECTIONS_AT_A_TIME, batch::add);
      for (ConnectionView connection : batch) {
        sink.accept(connection);
      }
      batch.clear();
    }
  }

  private static void connection(ConnectionView c, boolean persistenceData, Text text, TextOut out)
      throws IOException {
    Optional<Protocol> protocol = protocol(c.protocol());
    long seconds = c.expiresMillis() / 1000;
    out.left(protocolName(c.protocol()), 3).add(' ');
    out.left(twoDigits(seconds / 60) + ":" + twoDigits(seconds % 60), 6).add(' ');
    out.left(c.state(), 11).add(' ');
    out.left(text.endpoint(c.client(), c.clientPort(), protocol), 18).add(' ');
    out.left(text.endpoint(c.virtual(), c.virtualPort(), protocol), 18).add(' ');
    String server = text.endpoint(c.server(), c.serverPort(), protocol);
    if (persistenceData && c.persistenceEngineName().isPresent()) {
      out.left(server, 16).add(' ').left(c.persistenceEngineName().get(), 18).add(' ');
      out.add(c.persistenceEngineData().orElse(""));
    } else {
      out.add(server);
    }
    out.line();
  }

  private static String twoDigits(long number) {
    return number < 10 ? "0" + number : Long.toString(number);
  }

  static String protocolName(int number) {
    return protocol(number).map(Protocol::name).orElse("IP");
  }

  private static Optional<Protocol> protocol(int number) {
    for (Protocol protocol : Protocol.values()) {
      if (protocol.number() == number) {
        return Optional.of(protocol);
      }
    }
    return Optional.empty();
  }
}
