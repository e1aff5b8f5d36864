package org.jlvs.testbed.marks;

import java.util.Random;

/** Random tables of nft about the packets of {@link RandomRules#flow}, of both families. */
final class RandomNftRules {
  /** Conditions that go with all others. */
  private static final String[] PLAIN = {
    "iifname \"marks*\" ",
    "iifname { \"lo\", \"marks0\" } ",
    "iif != lo ",
    "meta mark & 0xf == 3 ",
    "meta mark != 0 ",
    "meta mark 2-9 ",
    "meta mark > 4 ",
    "meta mark <= 9 ",
    "meta mark { 1, 5, 9 } ",
    "meta length > 40 ",
    "meta pkttype host ",
    "fib daddr type local ",
    "fib daddr type { local, broadcast } ",
    "fib saddr type != local ",
    "counter ",
  };

  /** Conditions of one protocol, which nft does not let stand beside another's. */
  private static final String[] OF_HEADERS = {
    "ip daddr @vips ",
    "ip daddr != 10.77.0.2 ",
    "ip daddr { 10.77.0.1, 10.77.0.3-10.77.0.4 } ",
    "ip saddr 10.77.1.0/30 ",
    "ip saddr & 0.0.0.3 == 0.0.0.1 ",
    "ip6 daddr fd77::2 ",
    "ip6 saddr { fd77:1::1, fd77:1::4 } ",
    "tcp dport { 80, 443 } ",
    "tcp dport != { 80, 443 } ",
    "tcp dport @ports ",
    "udp dport 53 ",
    "udp sport >= 443 ",
    "sctp dport 80-443 ",
    "tcp sport < 1024 ",
    "meta l4proto { tcp, udp } th dport 80-1024 ",
    "meta l4proto != tcp ",
    "ip protocol udp ",
    "ip6 nexthdr tcp ",
    "meta nfproto ipv6 ",
    "tcp flags syn ",
    "tcp flags & (syn | ack) == syn ",
    "tcp flags & (fin | syn | rst | ack) != syn ",
    "ip ttl 64 ",
    "ip ttl < 64 ",
    "ip6 hoplimit { 64, 255 } ",
    "ip6 hoplimit != 64 ",
    "ip dscp { cs1, ef, 10 } ",
    "ip dscp != ef ",
    "ip6 dscp 0x0a ",
    "ip length 28 ",
    "ip daddr . tcp dport { 10.77.0.1 . 80, 10.77.0.2 . 443 } ",
    "ip daddr . meta l4proto . th dport @triples ",
    "add @met { ip saddr } ",
  };

  /** What rules do; those that look at a protocol begin with its name or have it behind "set". */
  private static final String[] DEEDS = {
    "meta mark set 1",
    "meta mark set 5",
    "meta mark set 9 accept",
    "meta mark set meta mark or 0x10",
    "meta mark set meta mark and 0x6",
    "meta mark set meta mark xor 0x5",
    "meta mark set mark and 0xf or 0x20",
    "ct mark set meta mark",
    "meta mark set ct mark",
    "return",
    "accept",
    "drop",
    "meta mark set tcp dport map { 80-90 : 2, 443 : 3 }",
    "meta mark set udp dport map @marks",
    "ip daddr vmap { 10.77.0.1 : jump c1, 10.77.0.2 : goto c2, 10.77.0.3 : return }",
    "tcp dport vmap @ways",
    "jump c1",
    "goto c2",
  };

  /** The first ones lead to no other chain. */
  private static final int WITHOUT_CHAIN = 14;

  private final Random random;

  RandomNftRules(Random random) {
    this.random = random;
  }

  /** A file for {@code nft -f} that replaces the table. */
  String file(int rules) {
    StringBuilder text =
        new StringBuilder(
            """
            table inet lvs
            delete table inet lvs
            table inet lvs {
              set vips {
                type ipv4_addr
                flags interval
                elements = { 10.77.0.1, 10.77.0.3-10.77.0.9 }
              }
              set met {
                type ipv4_addr
                flags dynamic
                size 100
              }
              set ports {
                type inet_service
                elements = { 53, 81, 8080 }
              }
              set triples {
                type ipv4_addr . inet_proto . inet_service
                flags interval
                elements = { 10.77.0.1 . tcp . 80-90, 10.77.0.0/30 . udp . 53 }
              }
              map marks {
                type inet_service : mark
                elements = { 53 : 0x4, 81 : 0x6 }
              }
              chain c2 {
            """);
    rules(text, rules / 4, WITHOUT_CHAIN);
    text.append("  }\n  chain c1 {\n");
    rules(text, rules / 4, WITHOUT_CHAIN);
    // A map of ways knows the chains that it leads to.
    text.append("    goto c2\n  }\n  map ways {\n    type inet_service : verdict\n");
    text.append("    elements = { 80 : jump c1, 443 : goto c2, 8080 : accept }\n  }\n");
    text.append("  chain early {\n    type filter hook prerouting priority raw\n");
    rules(text, rules / 4, DEEDS.length);
    text.append("  }\n  chain late {\n    type filter hook prerouting priority mangle\n");
    rules(text, rules, DEEDS.length);
    return text.append("  }\n}\n").toString();
  }

  /**
   * @param deeds how many of them are in question
   */
  private void rules(StringBuilder text, int count, int deeds) {
    for (int i = 0; i < count; i++) {
      String deed = DEEDS[random.nextInt(deeds)];
      boolean ofHeader = deed.contains("tcp ") || deed.contains("udp ") || deed.contains("ip ");
      text.append("    ");
      if (!ofHeader && random.nextInt(3) > 0) {
        text.append(OF_HEADERS[random.nextInt(OF_HEADERS.length)]);
      }
      for (int j = random.nextInt(3); j > 0; j--) {
        text.append(PLAIN[random.nextInt(PLAIN.length)]);
      }
      text.append(deed.equals("drop") && random.nextInt(4) > 0 ? "return" : deed);
      text.append('\n');
    }
  }
}
