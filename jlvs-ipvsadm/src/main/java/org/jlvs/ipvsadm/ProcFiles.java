package org.jlvs.ipvsadm;

import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.Optional;
import org.jlvs.core.control.ConnectionView;
import org.jlvs.core.control.Director;
import org.jlvs.core.control.Rates;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServerView;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.ServiceView;
import org.jlvs.core.control.Statistics;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Protocol;

/** The files that kernel IPVS shows in {@code /proc/net}, of any director. */
public final class ProcFiles {
  /** Persistence time-outs are shown in ticks; this is the tick of a kernel with HZ=100. */
  private static final long TICKS_PER_SECOND = 100;

  private final Director director;
  private final TextOut out;

  private ProcFiles(Director director, TextOut out) {
    this.director = director;
    this.out = out;
  }

  /**
   * Writes one of the files.
   *
   * @param name {@code ip_vs}, {@code ip_vs_conn} or {@code ip_vs_stats}
   * @return whether there is a file of that name
   */
  public static boolean render(String name, Director director, OutputStream out)
      throws IOException {
    TextOut text = new TextOut(out);
    ProcFiles files = new ProcFiles(director, text);
    switch (name) {
      case "ip_vs" -> files.services();
      case "ip_vs_conn" -> files.connections();
      case "ip_vs_stats" -> files.statistics();
      default -> {
        return false;
      }
    }
    text.flush();
    return true;
  }

  private void services() throws IOException {
    out.add(Listing.title(director)).line();
    out.add("Prot LocalAddress:Port Scheduler Flags").line();
    out.add("  -> RemoteAddress:Port Forward Weight ActiveConn InActConn").line();
    for (ServiceView service : director.services()) {
      service(service.spec());
      for (ServerView server : service.servers()) {
        server(server);
      }
    }
  }

  private void service(ServiceSpec spec) throws IOException {
    String ops = spec.onePacket() ? "ops " : "";
    switch (spec.key()) {
      case ServiceKey.Mark(int mark, _) ->
          out.add("FWM  ").hex(mark, 8).add(' ').add(spec.scheduler()).add(' ').add(ops);
      case ServiceKey.Endpoint(Protocol protocol, Address address, int port) -> {
        out.add(protocol.name()).add("  ");
        endpoint(address, port);
        out.add(' ').add(spec.scheduler()).add(' ');
        if (address.isIpv4()) {
          out.add(ops).add(' ');
        }
      }
    }
    if (spec.persistent()) {
      out.add("persistent ").add(spec.persistenceSeconds() * TICKS_PER_SECOND).add(' ');
      int mask =
          spec.key().family() == Family.IPV6
              ? Integer.reverseBytes(spec.prefixLength())
              : spec.clientMask().ipv4Bits();
      out.hex(mask, 8);
    }
    out.line();
  }

  private void server(ServerView server) throws IOException {
    ServerSpec spec = server.spec();
    out.add("  -> ");
    endpoint(spec.key().address(), spec.key().port());
    out.add("      ").left(Listing.forwarding(spec.forwarding()), 7);
    out.add(' ').left(spec.weight(), 6);
    out.add(' ').left(server.activeConnections(), 10);
    out.add(' ').left(server.inactiveConnections(), 10).line();
  }

  private void endpoint(Address address, int port) {
    if (address.isIpv4()) {
      address(address);
    } else {
      out.add('[');
      address(address);
      out.add(']');
    }
    out.add(':').hex(port, 4);
  }

  private void address(Address address) {
    if (address.isIpv4()) {
      out.hex(address.ipv4Bits(), 8);
      return;
    }
    for (int word = 0; word < 8; word++) {
      long half = word < 4 ? address.high() : address.low();
      String digits = Long.toHexString(half >>> (48 - 16 * (word & 3)) & 0xffff | 0x10000);
      out.add(word == 0 ? "" : ":").add(digits.substring(1));
    }
  }

  private void connections() throws IOException {
    out.add("Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData");
    out.line();
    Listing.eachConnection(director, this::connection);
  }

  private void connection(ConnectionView c) throws IOException {
    out.left(Listing.protocolName(c.protocol()), 3).add(' ');
    address(c.client());
    out.add(' ').hex(c.clientPort(), 4).add(' ');
    address(c.virtual());
    out.add(' ').hex(c.virtualPort(), 4).add(' ');
    address(c.server());
    out.add(' ').hex(c.serverPort(), 4).add(' ');
    out.left(c.state(), 11).add(' ').right(c.expiresMillis() / 1000, 7);
    Optional<String> engine = c.persistenceEngineName();
    if (engine.isPresent()) {
      out.add(' ').add(engine.get()).add(' ').add(c.persistenceEngineData().orElse(""));
    }
    out.line();
  }

  private void statistics() throws IOException {
    Statistics s = director.totals();
    Rates r = director.totalRates();
    out.add("   Total Incoming Outgoing         Incoming         Outgoing").line();
    out.add("   Conns  Packets  Packets            Bytes            Bytes").line();
    counts(s.connections(), s.inPackets(), s.outPackets(), s.inBytes(), s.outBytes());
    out.line();
    out.add(" Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s").line();
    counts(r.connections(), r.inPackets(), r.outPackets(), r.inBytes(), r.outBytes());
  }

  private void counts(long connections, long in, long outgoing, long inBytes, long outBytes)
      throws IOException {
    out.right(hex(connections), 8).add(' ').right(hex(in), 8).add(' ').right(hex(outgoing), 8);
    out.add(' ').right(hex(inBytes), 16).add(' ').right(hex(outBytes), 16).line();
  }

  private static String hex(long number) {
    return Long.toHexString(number).toUpperCase(Locale.ROOT);
  }
}
