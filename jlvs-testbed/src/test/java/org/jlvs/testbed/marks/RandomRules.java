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
  private static final String[] CHAINS = {"PREROUTING", "c1", "c2", "c3", "c4"};
  private static final int[] PORTS = {53, 80, 81, 443, 1024, 8080};

  private final Random random;

  RandomRules(Random random) {
    this.random = random;
  }

  /** A packet to 10.77.0.1 to .4 from 10.77.1.1 to .4, TCP or UDP. */
  static Flow flow(Random random) {
    Flow flow = new Flow();
    flow.family = Family.IPV4;
    flow.protocol = random.nextInt(3) == 0 ? 17 : 6;
    flow.source(Address.of("10.77.1." + (1 + random.nextInt(4))));
    flow.destination(Address.of("10.77.0." + (1 + random.nextInt(4))));
    flow.sourcePort = PORTS[random.nextInt(PORTS.length)];
    flow.destinationPort = PORTS[random.nextInt(PORTS.length)];
    flow.tcpFlags = flow.protocol == 6 ? new int[] {2, 2, 18, 16, 4}[random.nextInt(5)] : 0;
    flow.length = flow.protocol == 6 ? 40 : 28;
    return flow;
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
      rule.append(not()).append(" -d ").append(network("10.77.0."));
    }
    if (one(4)) {
      rule.append(not()).append(" -s ").append(network("10.77.1."));
    }
    if (one(8)) {
      rule.append(not()).append(one(2) ? " -i marks+" : " -i lo");
    }
    if (one(2)) {
      String protocol = one(3) ? "udp" : "tcp";
      rule.append(" -p ").append(protocol).append(" -m ").append(protocol);
      transport(protocol, rule);
    } else if (one(6)) {
      rule.append(" ! -p ").append(one(2) ? "udp" : "tcp");
    }
    others(rule);
    return rule.append(target(chain)).toString();
  }

  private String network(String prefix) {
    String host = prefix + random.nextInt(6);
    return switch (random.nextInt(5)) {
      case 0 -> host + "/31";
      case 1 -> host + "/30";
      case 2 -> host + "/255.0.255.3";
      default -> host;
    };
  }

  private int port() {
    return PORTS[random.nextInt(PORTS.length)];
  }

  private String range() {
    int a = port();
    int b = port();
    return a == b || one(2) ? String.valueOf(a) : Math.min(a, b) + ":" + Math.max(a, b);
  }

  private void transport(String protocol, StringBuilder rule) {
    if (one(3)) {
      List<String> ports = new ArrayList<>();
      for (int i = random.nextInt(3); i >= 0; i--) {
        ports.add(range());
      }
      String option =
          new String[] {" --dports ", " --dports ", " --sports ", " --ports "}[random.nextInt(4)];
      rule.append(" -m multiport").append(not()).append(option).append(String.join(",", ports));
    } else if (one(2)) {
      rule.append(not()).append(" --dport ").append(range());
    }
    if (one(8)) {
      rule.append(not()).append(" --sport ").append(range());
    }
    if (protocol.equals("tcp") && one(5)) {
      rule.append(not())
          .append(one(2) ? " --syn" : " --tcp-flags SYN,ACK,RST " + (one(2) ? "ACK" : "SYN,ACK"));
    }
  }

  private void others(StringBuilder rule) {
    if (one(6)) {
      rule.append(" -m mark").append(not()).append(" --mark ").append(mark()).append("/0xf");
    }
    if (one(10)) {
      rule.append(" -m iprange").append(not()).append(" --dst-range 10.77.0.2-10.77.0.3");
    }
    if (one(10)) {
      rule.append(" -m length").append(not()).append(" --length 0:30");
    }
    if (one(12)) {
      rule.append(" -m comment --comment \"no \\\" meaning\"");
    }
  }

  private String mark() {
    return "0x" + Integer.toHexString(random.nextInt(16));
  }

  private String target(int chain) {
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
