package org.jlvs.server.marks;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jlvs.core.mark.MarkRuleSet.RuleReport;
import org.jlvs.core.mark.OwnRules;
import org.jlvs.core.mark.OwnRules.OwnRule;
import org.jlvs.core.mark.RuleSyntaxException;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.server.control.CommandHandler;

/** The command {@code mark}: the director's own mark rules, for hosts without netfilter. */
public final class MarkCommand implements CommandHandler {
  static final String HELP =
      """
      Usage: jlvs mark add [-4|-6] [--at N] MATCHES --set-mark MARK[/MASK]
             jlvs mark del N
             jlvs mark del [-4|-6] MATCHES --set-mark MARK[/MASK]
             jlvs mark list
             jlvs mark flush
      Gives packets firewall marks without iptables or nft. The rules are the director's own; they come after the
      firewall's, in their order, for the first packet of each connection, and last over the director's restart
      until it is stopped. 'jlvs marks' shows them with their hits, beside the firewall's.

        -4, -6        packets of IPv4, of IPv6 (default: as the addresses say, IPv4 without any)
        --at N        put the rule before the one of that number (default: behind all)

      MATCHES are those of iptables, each of them after a "!" for the opposite:
        -s ADDRESS[/MASK][,...]  -d ADDRESS[/MASK][,...]  -i INTERFACE[+]  -p tcp|udp|sctp|NUMBER
        --dport PORT[:PORT]  --sport PORT[:PORT]  -m multiport --dports PORT[,PORT:PORT...]  --syn
        -m iprange --src-range FROM-TO  -m mark --mark MARK[/MASK]  -m set --match-set SET src|dst[,...]
        -m addrtype --dst-type LOCAL  -m length --length FROM:TO  -m comment --comment TEXT  and more
      Instead of --set-mark: --set-xmark, --or-mark, --and-mark, --xor-mark; -j ACCEPT ends the list for a packet.

      Examples:
        jlvs mark add -d 192.0.2.10 -p tcp -m multiport --dports 80,443 --set-mark 10
        jlvs mark add -d 2001:db8::10 -p tcp --dport 8000:8099 --set-mark 10
        jlvs mark del 2
      """;

  private static final int REFUSED = 1;
  private static final int MISUSED = 2;
  private static final Set<String> ADDRESS_OPTIONS =
      Set.of(
          "-s", "--source", "--src", "-d", "--destination", "--dst", "--src-range", "--dst-range");

  private final OwnMarkRules own;
  private final HostMarkRules inForce;

  public MarkCommand(OwnMarkRules own, HostMarkRules inForce) {
    this.own = own;
    this.inForce = inForce;
  }

  @Override
  public int run(
      String program, List<String> arguments, InputStream in, OutputStream out, OutputStream err)
      throws IOException {
    try {
      List<String> rest = arguments.subList(Math.min(1, arguments.size()), arguments.size());
      String verb = arguments.isEmpty() ? "" : arguments.getFirst();
      switch (verb) {
        case "add" -> {
          add(rest);
          warn(err);
        }
        case "del", "delete" -> delete(rest);
        case "list" -> {
          nothingElse(verb, rest);
          write(out, listing());
        }
        case "flush" -> {
          nothingElse(verb, rest);
          own.change(rules -> rules.replaceAll(List.of()));
        }
        case "-h", "--help", "help" -> write(out, HELP);
        default -> {
          write(
              err,
              "mark: wants add, del, list or flush, not %s; 'jlvs mark --help' shows how\n"
                  .formatted(verb.isEmpty() ? "nothing" : "\"" + verb + "\""));
          return MISUSED;
        }
      }
      return 0;
    } catch (RuleSyntaxException e) {
      boolean port = e.reason().matches("unknown option \"--(source-|destination-|s|d)?port\"");
      String hint = port ? ": it wants -p tcp, -p udp or -p sctp before it" : "";
      write(err, "mark: " + e.reason() + hint + "\n");
      return MISUSED;
    } catch (IOException e) {
      write(err, "mark: " + e.getMessage() + "\n");
      return REFUSED;
    }
  }

  private static void write(OutputStream to, String text) throws IOException {
    to.write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void nothingElse(String verb, List<String> rest) throws RuleSyntaxException {
    if (!rest.isEmpty()) {
      throw new RuleSyntaxException(
          verb + " takes no arguments, and got \"" + String.join(" ", rest) + "\"");
    }
  }

  /** What a rule is given with, besides itself. */
  private record Given(Family family, Optional<Integer> place, List<String> words) {}

  private static Given given(List<String> arguments) throws RuleSyntaxException {
    Optional<Family> family = Optional.empty();
    Optional<Integer> place = Optional.empty();
    List<String> words = new ArrayList<>();
    for (int i = 0; i < arguments.size(); i++) {
      String word = arguments.get(i);
      switch (word) {
        case "-4", "--ipv4" -> family = Optional.of(Family.IPV4);
        case "-6", "--ipv6" -> family = Optional.of(Family.IPV6);
        case "--at" -> {
          i++;
          place = Optional.of(number(i < arguments.size() ? arguments.get(i) : ""));
        }
        default -> words.add(word);
      }
    }
    if (words.isEmpty()) {
      throw new RuleSyntaxException(
          "no rule was given, such as \"-d 192.0.2.10 -p tcp --dport 80 --set-mark 10\"");
    }
    return new Given(family.orElseGet(() -> familyOf(words)), place, words);
  }

  private static Family familyOf(List<String> words) {
    for (int i = 0; i + 1 < words.size(); i++) {
      String address = words.get(i + 1).split("[/,-]", 2)[0];
      boolean ipv6 =
          ADDRESS_OPTIONS.contains(words.get(i))
              && Address.parse(address).filter(one -> !one.isIpv4()).isPresent();
      if (ipv6) {
        return Family.IPV6;
      }
    }
    return Family.IPV4;
  }

  private static boolean isNumber(String text) {
    return text.matches("[0-9]{1,9}");
  }

  private static int number(String text) throws RuleSyntaxException {
    if (!isNumber(text) || Integer.parseInt(text) == 0) {
      throw new RuleSyntaxException("\"" + text + "\" is no number of a rule, 1 is the first");
    }
    return Integer.parseInt(text);
  }

  private void add(List<String> arguments) throws RuleSyntaxException, IOException {
    Given given = given(arguments);
    own.change(rules -> rules.add(given.family, given.words, given.place));
  }

  private void delete(List<String> arguments) throws RuleSyntaxException, IOException {
    if (arguments.size() == 1 && isNumber(arguments.getFirst())) {
      int number = number(arguments.getFirst());
      own.change(rules -> rules.delete(number));
    } else {
      Given given = given(arguments);
      own.change(rules -> rules.delete(given.family, given.words));
    }
  }

  /** A rule may name a set that is not there, as one may come. */
  private void warn(OutputStream err) throws IOException {
    for (RuleReport rule : inForce.current().unsupported()) {
      if (isOwn(rule)) {
        write(
            err,
            "mark: note: \"%s\" matches nothing: %s\n"
                .formatted(rule.text(), rule.unsupported().orElse("")));
      }
    }
  }

  static boolean isOwn(RuleReport rule) {
    return rule.chain().equals(OwnRules.CHAIN)
        && rule.families().stream()
            .anyMatch(family -> rule.table().equals(OwnRules.tableName(family)));
  }

  private String listing() {
    List<OwnRule> rules = own.list();
    StringBuilder text = new StringBuilder(rules.isEmpty() ? "no rules\n" : " Num Family Rule\n");
    for (int i = 0; i < rules.size(); i++) {
      OwnRule rule = rules.get(i);
      text.append(
          "%4d %-6s %s\n"
              .formatted(
                  i + 1, rule.family() == Family.IPV4 ? "IPv4" : "IPv6", rule.rule().text()));
    }
    return text.toString();
  }
}
