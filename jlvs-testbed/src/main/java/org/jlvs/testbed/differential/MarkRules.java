package org.jlvs.testbed.differential;

import java.util.ArrayList;
import java.util.List;

/** The rules that mark a service's packets, as the commands that enter and change them. */
final class MarkRules {
  private static final String CHAIN = " -t mangle %s PREROUTING";

  private final Dice dice;
  private final boolean ipv6;
  private final String program;
  private final String destination;
  private final int mark;

  /** Those in force, without command and table. */
  private final List<String> rules = new ArrayList<>();

  /**
   * @param destination an address, or a network with its length
   */
  MarkRules(Dice dice, boolean ipv6, String destination, int mark) {
    this.dice = dice;
    this.ipv6 = ipv6;
    this.program = ipv6 ? "ip6tables-legacy" : "iptables-legacy";
    this.destination = destination;
    this.mark = mark;
  }

  /** Marks so that a service gets something. */
  List<String> begin() {
    return switch (dice.below(4)) {
      case 0 -> List.of(add("-A", matching("")));
      case 1 -> List.of(add("-A", matching(" -p tcp -m multiport --dports 80,443")));
      case 2 -> List.of(add("-A", matching(" -p udp")));
      default ->
          List.of(
              add("-A", matching(" -p tcp --dport 80")),
              add("-A", matching(" -p tcp --dport 443")));
    };
  }

  /** Marks what IPsec has, or part of it. */
  List<String> beginIpsec() {
    return switch (dice.below(4)) {
      case 0 -> List.of(add("-A", matching("")));
      case 1 -> List.of(add("-A", matching(" -p udp --dport 500")));
      default -> {
        List<String> commands = new ArrayList<>();
        commands.add(add("-A", matching(" -p udp --dport 500")));
        commands.add(add("-A", matching(" -p esp")));
        if (!ipv6) {
          // Of IPv6 it is an extension header, which ip6tables warns of.
          commands.add(add("-A", matching(" -p ah")));
        }
        yield commands;
      }
    };
  }

  /** Marks everything to the destination. */
  List<String> beginAll() {
    return List.of(add("-A", matching("")));
  }

  private String matching(String match) {
    return " -d " + destination + match + " -j MARK --set-mark " + mark;
  }

  private String add(String command, String rule) {
    rules.add(rule);
    return program + CHAIN.formatted(command) + rule;
  }

  /** Another rule, one less, or one that was never there. */
  String change() {
    return switch (dice.below(7)) {
      case 0 -> add("-A", matching(dice.one(List.of(" -p tcp", " -p udp", " -p sctp"))));
      case 1 -> add("-I", matching(" -p tcp --dport " + dice.one(List.of(80, 443, 8080))));
      case 2 -> add("-A", " -i eth0 -p tcp --syn" + matching(""));
      case 3 -> add("-I", " -d " + destination + " -m mark --mark " + mark + " -j ACCEPT");
      case 4 -> program + CHAIN.formatted("-D") + matching(" -p tcp --dport 22");
      default -> delete();
    };
  }

  private String delete() {
    if (rules.isEmpty()) {
      return program + CHAIN.formatted("-F");
    }
    String rule = dice.one(rules);
    rules.remove(rule);
    return program + CHAIN.formatted("-D") + rule;
  }
}
