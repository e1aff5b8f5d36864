package org.jlvs.testbed.marks;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;

/**
 * Random tables of rules that the kernel takes, about packets that {@link #flow} makes: few
 * addresses and ports, so that rules are hit.
 */
final class RandomRules {
  /** What the rules may ask for besides addresses, interfaces, ports and flags. */
  record Matter(Family family, boolean sets, boolean tracking) {}

  private static final String[] CHAINS = {"PREROUTING", "c1", "c2", "c3", "c4"};
  private static final int[] PORTS = {53, 80, 81, 443, 1024, 8080};
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int SCTP = 132;

  private final Random random;
  private final Matter matter;
  private final boolean ipv4;
  private final String servers;
  private final String clients;

  RandomRules(Random random, Matter matter) {
    this.random = random;
    this.matter = matter;
    ipv4 = matter.family == Family.IPV4;
    servers = servers(matter.family);
    clients = clients(matter.family);
  }

  RandomRules(Random random) {
    this(random, new Matter(Family.IPV4, false, false));
  }

  private static String servers(Family family) {
    return family == Family.IPV4 ? "10.77.0." : "fd77::";
  }

  private static String clients(Family family) {
    return family == Family.IPV4 ? "10.77.1." : "fd77:1::";
  }

  /** A packet to 10.77.0.1 to .4 from 10.77.1.1 to .4, TCP or UDP. */
  static Flow flow(Random random) {
    return flow(random, new Matter(Family.IPV4, false, false));
  }

  /** A packet to one of four addresses from one of four others: TCP, UDP or SCTP. */
  static Flow flow(Random random, Matter matter) {
    Flow flow = new Flow();
    flow.family = matter.family;
    flow.protocol = new int[] {TCP, TCP, TCP, UDP, UDP, SCTP}[random.nextInt(6)];
    flow.source(Address.of(clients(matter.family) + (1 + random.nextInt(4))));
    flow.destination(Address.of(servers(matter.family) + (1 + random.nextInt(4))));
    flow.sourcePort = PORTS[random.nextInt(PORTS.length)];
    flow.destinationPort = PORTS[random.nextInt(PORTS.length)];
    // Connection tracking takes only these two for the beginning of a connection.
    int[] flags = matter.tracking ? new int[] {2, 16} : new int[] {2, 2, 18, 16, 4, 0xc2};
    flow.tcpFlags = flow.protocol == TCP ? flags[random.nextInt(flags.length)] : 0;
    int header = matter.family == Family.IPV4 ? 20 : 40;
    flow.length = header + (flow.protocol == TCP ? 20 : flow.protocol == UDP ? 8 : 32);
    flow.trafficClass = new int[] {0, 0, 0x10, 0x28, 0xb9, 3}[random.nextInt(6)];
    flow.hopLimit = new int[] {1, 63, 64, 128, 255}[random.nextInt(5)];
    return flow;
  }

  /** A script for {@code ipset restore}: one set of each kind that rules ask. */
  String sets() {
    String family = ipv4 ? " family inet" : " family inet6";
    StringBuilder text = new StringBuilder();
    create(text, "s-ip", "hash:ip" + family, () -> address());
    create(text, "s-masked", "hash:ip" + family + " netmask " + (ipv4 ? 31 : 127), this::address);
    create(text, "s-net", "hash:net" + family, () -> prefix() + noMatch());
    create(text, "s-ipport", "hash:ip,port" + family, () -> address() + "," + protocolPort());
    create(
        text,
        "s-netport",
        "hash:net,port" + family,
        () -> prefix() + "," + protocolPort() + noMatch());
    create(
        text,
        "s-ipportip",
        "hash:ip,port,ip" + family,
        () -> address() + "," + protocolPort() + "," + address());
    create(
        text,
        "s-ipportnet",
        "hash:ip,port,net" + family,
        () -> address() + "," + protocolPort() + "," + prefix() + noMatch());
    create(
        text,
        "s-netiface",
        "hash:net,iface" + family,
        () -> prefix() + "," + (one(3) ? "lo" : one(2) ? "mar wildcard" : "marks0"));
    create(text, "s-port", "bitmap:port range 0-9000", () -> String.valueOf(port()));
    if (ipv4) {
      create(text, "s-bitmap", "bitmap:ip range 10.77.0.0/16", this::address);
    }
    text.append("create s-list list:set\nadd s-list s-ip\nadd s-list s-net\nadd s-list s-port\n");
    return text.toString();
  }

  private interface Entry {
    String text();
  }

  private void create(StringBuilder text, String name, String type, Entry entry) {
    text.append("create ").append(name).append(' ').append(type).append(" -exist\n");
    for (int i = random.nextInt(6); i >= 0; i--) {
      text.append("add ").append(name).append(' ').append(entry.text()).append(" -exist\n");
    }
  }

  private String address() {
    return (one(2) ? servers : clients) + (1 + random.nextInt(4));
  }

  private String prefix() {
    String prefix = one(2) ? servers : clients;
    int width = ipv4 ? 32 : 128;
    return switch (random.nextInt(5)) {
      case 0 -> prefix + (1 + random.nextInt(4));
      case 1 -> prefix + "2/" + (width - 1);
      case 2 -> prefix + (ipv4 ? "0/" : "/") + (width - 2);
      case 3 -> prefix + (ipv4 ? "4/" : "4/") + (width - 2);
      default -> prefix + (ipv4 ? "0/24" : "/112");
    };
  }

  private String noMatch() {
    return one(4) ? " nomatch" : "";
  }

  private String protocolPort() {
    return (one(3) ? "udp:" : one(4) ? "sctp:" : "tcp:") + port();
  }

  /** A listing for {@code iptables-restore} of the table mangle. */
  String listing(int rules) {
    StringBuilder text = new StringBuilder("*mangle\n");
    for (String chain : CHAINS) {
      String policy = !chain.equals("PREROUTING") ? "-" : one(6) ? "DROP" : "ACCEPT";
      text.append(":").append(chain).append(' ').append(policy).append(" [0:0]\n");
    }
    for (int i = 0; i < rules; i++) {
      int chain = random.nextInt(2) == 0 ? 0 : random.nextInt(CHAINS.length);
      text.append("-A ").append(CHAINS[chain]).append(rule(chain)).append('\n');
    }
    return text.append("COMMIT\n").toString();
  }

  private boolean one(int in) {
    return random.nextInt(in) == 0;
  }

  private String not() {
    return one(4) ? " !" : "";
  }

  private String rule(int chain) {
    StringBuilder rule = new StringBuilder();
    if (one(3)) {
      rule.append(not()).append(" -d ").append(network(servers));
    }
    if (one(4)) {
      rule.append(not()).append(" -s ").append(network(clients));
    }
    if (one(8)) {
      rule.append(not()).append(one(2) ? " -i marks+" : " -i lo");
    }
    if (one(2)) {
      String protocol = one(3) ? "udp" : one(5) ? "sctp" : "tcp";
      rule.append(" -p ").append(protocol).append(" -m ").append(protocol);
      transport(protocol, rule);
    } else if (one(6)) {
      rule.append(" ! -p ").append(one(2) ? "udp" : "tcp");
    }
    others(rule);
    if (matter.sets && one(2)) {
      set(rule);
    }
    if (matter.tracking && one(2)) {
      tracking(rule);
    }
    return rule.append(target(chain)).toString();
  }

  private String network(String prefix) {
    String host = prefix + (ipv4 ? random.nextInt(6) : 1 + random.nextInt(5));
    return switch (random.nextInt(5)) {
      case 0 -> host + (ipv4 ? "/31" : "/127");
      case 1 -> host + (ipv4 ? "/30" : "/126");
      case 2 -> host + (ipv4 ? "/255.0.255.3" : "/ffff:0:ffff::3");
      default -> host;
    };
  }

  private int port() {
    return PORTS[random.nextInt(PORTS.length)];
  }

  private String range() {
    if (one(8)) {
      return one(2) ? ":" + port() : port() + ":";
    }
    return closedRange();
  }

  private String closedRange() {
    int a = port();
    int b = port();
    return a == b || one(2) ? String.valueOf(a) : Math.min(a, b) + ":" + Math.max(a, b);
  }

  private void transport(String protocol, StringBuilder rule) {
    if (one(3)) {
      List<String> ports = new ArrayList<>();
      for (int i = random.nextInt(3); i >= 0; i--) {
        ports.add(closedRange());
      }
      String option =
          new String[] {" --dports ", " --dports ", " --sports ", " --ports "}[random.nextInt(4)];
      rule.append(" -m multiport").append(not()).append(option).append(String.join(",", ports));
    } else if (one(2)) {
      rule.append(not()).append(" --dport ").append(range());
    }
    if (one(8)) {
      // iptables-nft 1.8.9 makes "not both" of two single ports that are both negated.
      boolean negated = rule.indexOf("! --dport") >= 0;
      rule.append(negated ? "" : not()).append(" --sport ").append(range());
    }
    if (protocol.equals("tcp") && one(5)) {
      rule.append(not())
          .append(one(2) ? " --syn" : " --tcp-flags SYN,ACK,RST " + (one(2) ? "ACK" : "SYN,ACK"));
    }
    if (protocol.equals("tcp") && one(20) && ipv4) {
      rule.append(" -m ecn").append(not()).append(one(2) ? " --ecn-tcp-cwr" : " --ecn-tcp-ece");
    }
  }

  private void others(StringBuilder rule) {
    if (one(6)) {
      rule.append(" -m mark").append(not()).append(" --mark ").append(mark()).append("/0xf");
    }
    if (one(10)) {
      rule.append(" -m iprange")
          .append(not())
          .append(" --dst-range ")
          .append(servers + "2-" + servers + "3");
    }
    if (one(10)) {
      rule.append(" -m length").append(not()).append(ipv4 ? " --length 0:30" : " --length 0:50");
    }
    if (one(12)) {
      rule.append(" -m comment --comment \"no \\\" meaning\"");
    }
    if (one(12)) {
      String name = ipv4 ? "ttl" : "hl";
      rule.append(" -m ").append(name);
      rule.append(
          switch (random.nextInt(3)) {
            case 0 -> not() + " --" + name + "-eq 64";
            case 1 -> " --" + name + "-lt 64";
            default -> " --" + name + "-gt 63";
          });
    }
    if (one(16)) {
      rule.append(" -m tos").append(not()).append(one(2) ? " --tos 0x10" : " --tos 0x28/0x3f");
    }
    if (one(16)) {
      rule.append(" -m dscp").append(not()).append(one(2) ? " --dscp-class EF" : " --dscp 0x0a");
    }
    if (one(20)) {
      rule.append(" -m pkttype --pkt-type unicast");
    }
    if (one(10)) {
      String[] kinds =
          ipv4
              ? new String[] {"LOCAL", "UNICAST", "UNICAST,LOCAL", "BROADCAST"}
              : new String[] {"LOCAL", "UNICAST", "MULTICAST"};
      rule.append(" -m addrtype")
          .append(not())
          .append(one(3) ? " --src-type " : " --dst-type ")
          .append(kinds[random.nextInt(kinds.length)]);
    }
    if (one(20) && ipv4) {
      rule.append(one(2) ? " ! -f" : " -f");
    }
  }

  private String side() {
    return one(2) ? "src" : "dst";
  }

  private void set(StringBuilder rule) {
    String name = null;
    int sides = 1;
    switch (random.nextInt(ipv4 ? 11 : 10)) {
      case 0 -> name = "s-ip";
      case 1 -> name = "s-masked";
      case 2 -> name = "s-net";
      case 3 -> name = "s-port";
      case 4 -> name = "s-list";
      case 5 -> {
        name = "s-ipport";
        sides = 2;
      }
      case 6 -> {
        name = "s-netport";
        sides = 2;
      }
      case 7 -> {
        name = "s-netiface";
        sides = 2;
      }
      case 8 -> {
        name = "s-ipportip";
        sides = 3;
      }
      case 9 -> {
        name = "s-ipportnet";
        sides = 3;
      }
      default -> name = "s-bitmap";
    }
    // Too few sides: the kernel takes the rule, and the set holds nothing then.
    if (one(20)) {
      sides--;
    }
    List<String> ends = new ArrayList<>();
    for (int i = 0; i < Math.max(1, sides); i++) {
      ends.add(side());
    }
    rule.append(" -m set")
        .append(not())
        .append(" --match-set ")
        .append(name)
        .append(' ')
        .append(String.join(",", ends));
    if (name.contains("net") && one(5)) {
      rule.append(" --return-nomatch");
    }
  }

  private void tracking(StringBuilder rule) {
    rule.append(
        switch (random.nextInt(7)) {
          case 0 -> " -m conntrack" + not() + " --ctstate NEW,RELATED";
          case 1 -> " -m conntrack" + not() + " --ctproto tcp";
          case 2 -> " -m conntrack" + not() + " --ctorigdst " + servers + "1";
          case 3 -> " -m conntrack --ctdir " + (one(4) ? "REPLY" : "ORIGINAL");
          case 4 -> " -m state --state " + (one(3) ? "ESTABLISHED" : "NEW");
          default -> " -m connmark" + not() + " --mark " + mark() + "/0xf";
        });
  }

  private String mark() {
    return "0x" + Integer.toHexString(random.nextInt(16));
  }

  private String target(int chain) {
    if (matter.tracking && one(4)) {
      return switch (random.nextInt(5)) {
        case 0 -> " -j CONNMARK --save-mark";
        case 1 -> " -j CONNMARK --restore-mark";
        case 2 -> " -j CONNMARK --save-mark --nfmask " + mark() + " --ctmask " + mark();
        case 3 -> " -j CONNMARK --restore-mark --nfmask " + mark() + " --ctmask " + mark();
        default -> " -j CONNMARK --set-xmark " + mark() + "/" + mark();
      };
    }
    return switch (random.nextInt(16)) {
      case 0 -> " -j ACCEPT";
      case 1 -> " -j RETURN";
      case 2 -> one(3) ? " -j DROP" : "";
      case 3 -> " -j MARK --or-mark " + mark();
      case 4 -> " -j MARK --and-mark " + mark();
      case 5 -> " -j MARK --xor-mark " + mark();
      case 6 -> " -j MARK --set-xmark " + mark() + "/" + mark();
      case 7 -> " -j MARK --set-mark " + mark() + "/" + mark();
      case 8, 9, 10, 11 ->
          chain + 1 < CHAINS.length
              ? (one(4) ? " -g " : " -j ")
                  + CHAINS[chain + 1 + random.nextInt(CHAINS.length - chain - 1)]
              : " -j MARK --set-mark " + mark();
      default -> " -j MARK --set-mark " + mark();
    };
  }
}
