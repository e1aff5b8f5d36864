package org.jlvs.testbed.dropin;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Random sessions: commands about a few services and servers, so that they meet, in all spellings,
 * and now and then mistaken. Equal seeds make equal sessions.
 */
final class CommandGenerator {
  private static final List<String> HOSTS =
      List.of("10.0.0.100", "10.0.0.101", "vip", "10.0.0.102");
  private static final List<String> HOSTS_6 = List.of("[2001:db8::100]", "[2001:db8::101]");
  private static final List<String> PORTS =
      List.of(":80", ":80", ":80", ":443", ":http", ":53", ":0", "");
  private static final List<String> SERVERS =
      List.of("10.1.0.1", "10.1.0.2", "10.1.0.3", "rs1", "127.0.0.1", "10.1.0.254");
  private static final List<String> SERVERS_6 = List.of("[2001:db8:1::1]", "[2001:db8:1::2]");
  private static final List<String> SERVER_PORTS = List.of("", "", ":80", ":80", ":8080", ":http");
  private static final List<String> SCHEDULERS =
      List.of(
          "rr", "wrr", "lc", "wlc", "lblc", "lblcr", "dh", "sh", "sed", "nq", "fo", "ovf", "mh",
          "none");
  private static final List<String> SCHEDULER_FLAGS =
      List.of(
          "sh-port", "sh-fallback", "sh-port,sh-fallback", "mh-port", "flag-1", "flag-2,flag-3");
  private static final List<String> ODD =
      List.of(
          "-1",
          "0",
          "65536",
          "70000",
          "2147483648",
          "99999999999",
          "abc",
          "",
          "1x",
          " 5",
          "+5",
          "0x10",
          "010",
          "255.255.0.255",
          "10.1",
          "[",
          "[]",
          ":",
          "1:2:3",
          "nosuch",
          "/",
          "rr");
  private static final List<Choice> LISTINGS =
      List.of(
          option("n", "numeric"),
          option("n", "numeric"),
          option("n", "numeric"),
          option("", "stats"),
          option("", "rate"),
          option("", "exact"),
          option("", "thresholds"),
          option("", "persistent-conn"),
          option("", "tun-info"),
          option("", "nosort"),
          option("", "sort"),
          option("c", "connection"),
          option("", "timeout"),
          option("", "daemon"));

  /** An option with its names, and its argument unless it has none. */
  private record Choice(String letter, String name, boolean hasArgument, String argument) {
    Choice with(String changed) {
      return new Choice(letter, name, hasArgument, changed);
    }
  }

  private final Random random;

  private CommandGenerator(long seed) {
    random = new Random(seed);
  }

  /** A session whose last commands show what the others have left. */
  static Session session(long seed, int commands) {
    CommandGenerator generator = new CommandGenerator(seed);
    List<Typed> typed = new ArrayList<>();
    for (int i = 0; i < commands; i++) {
      typed.add(generator.command());
    }
    for (String last : List.of("-Sn", "-S", "-Ln", "-L", "-Ln --nosort", "-L --daemon")) {
      typed.add(Typed.of("ipvsadm " + last));
    }
    return new Session("seed " + seed, typed);
  }

  private Typed command() {
    if (chance(4)) {
      StringBuilder lines = new StringBuilder();
      for (int i = random.nextInt(6); i >= 0; i--) {
        List<String> words = words();
        lines.append(chance(10) ? "ipvsadm " : "");
        lines.append(String.join(" ", words.subList(1, words.size())));
        lines.append(chance(5) ? "  \n" : chance(3) ? "\n\n" : "\n");
      }
      String restore = chance(50) ? "-R" : "--restore";
      return chance(50)
          ? new Typed(List.of("ipvsadm", restore), lines.toString())
          : new Typed(List.of("ipvsadm-restore"), lines.toString());
    }
    return new Typed(words(), "");
  }

  private List<String> words() {
    int kind = random.nextInt(100);
    List<Choice> choices = new ArrayList<>();
    if (kind < 24) {
      choices.add(option("A", "add-service"));
      choices.addAll(service());
      serviceOptions(choices);
    } else if (kind < 30) {
      choices.add(option("E", "edit-service"));
      choices.addAll(service());
      serviceOptions(choices);
    } else if (kind < 35) {
      choices.add(option("D", "delete-service"));
      choices.addAll(service());
    } else if (kind < 60) {
      choices.add(option("a", "add-server"));
      server(choices);
      serverOptions(choices);
    } else if (kind < 68) {
      choices.add(option("e", "edit-server"));
      server(choices);
      serverOptions(choices);
    } else if (kind < 74) {
      choices.add(option("d", "delete-server"));
      server(choices);
    } else if (kind < 75) {
      choices.add(option("C", "clear"));
    } else if (kind < 78) {
      choices.add(option("Z", "zero"));
      if (chance(50)) {
        choices.addAll(service());
      }
    } else if (kind < 81) {
      choices.add(option("", "set"));
      for (int i = 0; i < 3; i++) {
        choices.add(word(pick(List.of("0", "60", "900", "120", "2678400", "1"))));
      }
    } else if (kind < 85) {
      daemon(choices);
    } else if (kind < 89) {
      choices.add(option("S", "save"));
      if (chance(50)) {
        choices.add(option("n", "numeric"));
      }
    } else {
      choices.add(chance(80) ? option("L", "list") : option("l", "list"));
      for (int i = random.nextInt(3); i >= 0; i--) {
        choices.add(pick(LISTINGS));
      }
      if (chance(25)) {
        choices.addAll(service());
      }
    }
    if (chance(12)) {
      mistake(choices);
    }
    return spell(choices);
  }

  private List<Choice> service() {
    if (chance(20)) {
      String mark = pick(List.of("1", "2", "4294967295"));
      Choice service = argument("f", "fwmark-service", mark);
      return chance(40) ? List.of(service, option("6", "ipv6")) : List.of(service);
    }
    String endpoint = (chance(75) ? pick(HOSTS) : pick(HOSTS_6)) + pick(PORTS);
    int protocol = random.nextInt(10);
    if (protocol < 6) {
      return List.of(argument("t", "tcp-service", endpoint));
    }
    return List.of(
        protocol < 9
            ? argument("u", "udp-service", endpoint)
            : argument("", "sctp-service", endpoint));
  }

  private void serviceOptions(List<Choice> choices) {
    if (chance(75)) {
      choices.add(argument("s", "scheduler", pick(SCHEDULERS)));
    }
    if (chance(35)) {
      choices.add(
          chance(25)
              ? option("p", "persistent")
              : argument("p", "persistent", pick(List.of("60", "360", "1", "2678400"))));
      if (chance(40)) {
        String mask = pick(List.of("255.255.255.0", "255.255.255.255", "64", "128", "255.0.0.0"));
        choices.add(argument("M", "netmask", mask));
      }
    }
    if (chance(8)) {
      choices.add(option("o", "ops"));
    }
    if (chance(8)) {
      choices.add(argument("", "pe", "sip"));
    }
    if (chance(12)) {
      choices.add(argument("b", "sched-flags", pick(SCHEDULER_FLAGS)));
    }
  }

  private void server(List<Choice> choices) {
    choices.addAll(service());
    String host = chance(75) ? pick(SERVERS) : pick(SERVERS_6);
    choices.add(argument("r", "real-server", host + pick(SERVER_PORTS)));
  }

  private void serverOptions(List<Choice> choices) {
    switch (random.nextInt(5)) {
      case 0, 1 -> choices.add(option("m", "masquerading"));
      case 2 -> choices.add(option("g", "gatewaying"));
      case 3 -> {
        choices.add(option("i", "ipip"));
        tunnel(choices);
      }
      default -> {}
    }
    if (chance(60)) {
      String weight = pick(List.of("0", "1", "3", "100", "65535", "65536", "2147483647"));
      choices.add(argument("w", "weight", weight));
    }
    if (chance(15)) {
      choices.add(argument("x", "u-threshold", pick(List.of("0", "5", "1000", "2147483647"))));
    }
    if (chance(15)) {
      choices.add(argument("y", "l-threshold", pick(List.of("0", "4", "800"))));
    }
  }

  private void tunnel(List<Choice> choices) {
    if (chance(50)) {
      return;
    }
    choices.add(argument("", "tun-type", pick(List.of("ipip", "gue", "gue", "gre"))));
    if (chance(50)) {
      choices.add(argument("", "tun-port", pick(List.of("6080", "1", "65535"))));
    }
    if (chance(50)) {
      choices.add(option("", pick(List.of("tun-csum", "tun-nocsum", "tun-remcsum"))));
    }
  }

  private void daemon(List<Choice> choices) {
    String role = pick(List.of("master", "backup"));
    if (chance(35)) {
      choices.add(argument("", "stop-daemon", role));
      return;
    }
    choices.add(argument("", "start-daemon", role));
    if (chance(80)) {
      String device = pick(List.of("eth0", "eth0", "eth1", "nosuch"));
      choices.add(argument("", "mcast-interface", device));
    }
    if (chance(50)) {
      choices.add(argument("", "syncid", pick(List.of("0", "5", "255", "256"))));
    }
    if (chance(30)) {
      String group = pick(List.of("224.0.0.99", "239.1.2.3", "10.0.0.1", "ff02::5", "ff05::8848"));
      choices.add(argument("", "mcast-group", group));
    }
    if (chance(30)) {
      choices.add(argument("", "mcast-port", pick(List.of("1", "9000", "65535", "0"))));
    }
    if (chance(30)) {
      choices.add(argument("", "mcast-ttl", pick(List.of("1", "64", "255", "256"))));
    }
    if (chance(30)) {
      String length = pick(List.of("1", "500", "1024", "1400", "1472", "1500", "9000", "65507"));
      choices.add(argument("", "sync-maxlen", length));
    }
  }

  private void mistake(List<Choice> choices) {
    int at = random.nextInt(choices.size());
    switch (random.nextInt(7)) {
      case 0 -> choices.remove(at);
      case 1 -> choices.add(choices.get(at));
      case 2 -> choices.set(at, choices.get(at).with(pick(ODD)));
      case 3 -> choices.add(word(pick(ODD)));
      case 4 -> choices.add(at, pick(LISTINGS));
      case 5 -> serviceOptions(choices);
      default -> choices.add(argument("w", "weight", pick(ODD)));
    }
  }

  private List<String> spell(List<Choice> choices) {
    List<String> words = new ArrayList<>(List.of("ipvsadm"));
    boolean open = false;
    for (Choice choice : choices) {
      boolean isWord = choice.letter.isEmpty() && choice.name.isEmpty();
      if (isWord) {
        words.add(choice.argument);
        open = false;
      } else if (choice.letter.isEmpty() || chance(35)) {
        String flag = "--" + choice.name;
        if (!choice.hasArgument) {
          words.add(flag);
        } else if (chance(50)) {
          words.add(flag + "=" + choice.argument);
        } else {
          words.addAll(List.of(flag, choice.argument));
        }
        open = false;
      } else {
        String flag = open && chance(50) ? words.removeLast() + choice.letter : "-" + choice.letter;
        open = !choice.hasArgument && !choice.letter.equals("p");
        switch (choice.hasArgument ? random.nextInt(6) : 6) {
          case 6 -> words.add(flag);
          case 0 -> words.add(flag + choice.argument);
          case 1 -> words.add(flag + "=" + choice.argument);
          default -> words.addAll(List.of(flag, choice.argument));
        }
      }
    }
    return words;
  }

  private static Choice option(String letter, String name) {
    return new Choice(letter, name, false, "");
  }

  private static Choice argument(String letter, String name, String argument) {
    return new Choice(letter, name, true, argument);
  }

  private static Choice word(String word) {
    return new Choice("", "", true, word);
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }
}
