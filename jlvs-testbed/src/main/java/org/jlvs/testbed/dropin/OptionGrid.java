package org.jlvs.testbed.dropin;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jlvs.core.control.Director;
import org.jlvs.ipvsadm.Names;
import org.jlvs.testbed.replay.Machine;

/**
 * Every command with every option and values of every kind, good and bad, each on the same small
 * table, followed by what it has left of it.
 */
final class OptionGrid {
  private static final Typed SAVE = Typed.of("ipvsadm -Sn");
  private static final Typed DAEMONS = Typed.of("ipvsadm -L --daemon");

  private static final Typed TABLE =
      new Typed(
          List.of("ipvsadm", "-R"),
          """
          -C
          -A -t 10.0.0.100:80 -s wrr
          -a -t 10.0.0.100:80 -r 10.1.0.1:80 -m -w 3
          -a -t 10.0.0.100:80 -r 10.1.0.2:8080 -m -x 9 -y 5
          -A -u 10.0.0.100:53 -s sh -b sh-port -o
          -A -t [2001:db8::100]:80 -s rr -p 60 -M 64
          -a -t [2001:db8::100]:80 -r [2001:db8:1::1]:80 -g
          -A -f 7 -s mh
          -a -f 7 -r 10.1.0.1 -i --tun-type gue --tun-port 6080
          -A -f 7 -6
          --set 900 120 300
          --stop-daemon master
          --stop-daemon backup
          """);

  private static final String SERVICE = "tcp-service udp-service sctp-service fwmark-service";
  private static final String OF_SERVICES = "scheduler persistent netmask pe sched-flags";
  private static final String OF_SERVERS = "weight u-threshold l-threshold tun-type tun-port";
  private static final String OF_DAEMONS =
      "mcast-interface syncid sync-maxlen mcast-group mcast-port mcast-ttl";

  /**
   * A command to which options are added.
   *
   * @param inFull the options of which all values are tried; of others only the first
   */
  private record Base(List<String> words, Set<String> inFull) {
    static Base of(String line, String... inFull) {
      List<String> words = line.isEmpty() ? List.of() : List.of(line.split(" "));
      return new Base(words, Set.of(String.join(" ", inFull).split(" ")));
    }
  }

  private static final List<Base> BASES =
      List.of(
          Base.of("-A", SERVICE),
          Base.of("-A -t 10.0.0.103:81", OF_SERVICES),
          Base.of("-A -t [2001:db8::103]:81", "netmask persistent"),
          Base.of("-A -p 60 -f 5", OF_SERVICES),
          Base.of("-A -u 10.0.0.103:81 -s sh", "sched-flags pe"),
          Base.of("-A -u 10.0.0.103:81 -p 9 -s mh", "sched-flags pe"),
          Base.of("-E", SERVICE),
          Base.of("-E -t 10.0.0.100:80", OF_SERVICES),
          Base.of("-E -f 7"),
          Base.of("-D", SERVICE),
          Base.of("-D -t 10.0.0.100:80"),
          Base.of("-a -t 10.0.0.100:80", "real-server"),
          Base.of("-a -t 10.0.0.100:80 -m", "real-server"),
          Base.of("-a -t [2001:db8::100]:80 -m", "real-server"),
          Base.of("-a -f 7", "real-server"),
          Base.of("-a -r 10.1.0.9:82", SERVICE),
          Base.of("-a -t 10.0.0.100:80 -r 10.1.0.3:81", OF_SERVERS),
          Base.of("-a -t 10.0.0.100:80 -i -r 10.1.0.3:81 --tun-type gue", OF_SERVERS),
          Base.of("-a -t 10.0.0.100:80 -i -r [2001:db8:1::3]:81"),
          Base.of("-e -t 10.0.0.100:80", "real-server"),
          Base.of("-e -t 10.0.0.100:80 -m -r 10.1.0.2:8080", OF_SERVERS),
          Base.of("-d -t 10.0.0.100:80", "real-server"),
          Base.of("-d -t 10.0.0.100:80 -r 10.1.0.1:80"),
          Base.of("-C"),
          Base.of("-L", SERVICE),
          Base.of("-l -n"),
          Base.of("-L -n -t 10.0.0.100:80"),
          Base.of("-L --stats"),
          Base.of("-L -c"),
          Base.of("-L --daemon"),
          Base.of("-S -n"),
          Base.of("-Z", SERVICE),
          Base.of("--set 10 20 30"),
          Base.of("--set"),
          Base.of("--start-daemon master", OF_DAEMONS),
          Base.of("--start-daemon backup --mcast-interface eth1", OF_DAEMONS),
          Base.of("--stop-daemon master", "syncid"),
          Base.of("-R"),
          Base.of("-h"),
          Base.of("-v"),
          Base.of("", "start-daemon stop-daemon"));

  private static final List<String> NUMBERS =
      List.of(
          "-1",
          "0",
          "1",
          "2",
          "255",
          "256",
          "65507",
          "65508",
          "65535",
          "65536",
          "2147483647",
          "2147483648",
          "4294967295",
          "4294967296",
          "99999999999999999999",
          "abc",
          "",
          "1x",
          " 5",
          "5 ",
          "+5",
          "--5",
          "0x10",
          "010",
          "1.5",
          "1,5");

  private static final List<String> ENDPOINTS =
      List.of(
          "10.0.0.100:80",
          "10.0.0.100",
          "10.0.0.100:0",
          "10.0.0.100:65535",
          "10.0.0.100:65536",
          "10.0.0.100:-1",
          "10.0.0.100:http",
          "10.0.0.100:HTTP",
          "10.0.0.100:domain",
          "10.0.0.100:",
          ":80",
          "80",
          "65536",
          "70000",
          "4294967295",
          "vip:80",
          "vip",
          "VIP:80",
          "vip.example.com:http",
          "nosuch:80",
          "localhost",
          "10.1",
          "10.1:80",
          "0x0a000064:80",
          "010.0.0.100:80",
          "256.0.0.1:80",
          "1.2.3.4.5:80",
          "1.2.3:80",
          "0.0.0.0:80",
          "255.255.255.255:80",
          "224.0.0.1:80",
          "127.0.0.1:80",
          "10.0.0.100:80:80",
          "10.0.0.100 :80",
          " 10.0.0.100:80",
          "10.0.0.100:80 ",
          "10.0.0.100:+80",
          "10.0.0.100: 80",
          "10.0.0.100:0x50",
          "10.0.0.100:1x",
          "[2001:db8::100]:80",
          "[2001:db8::100]",
          "2001:db8::100",
          "[2001:db8::100]:http",
          "[2001:db8::100]:",
          "[2001:db8::100]80",
          "[2001:db8::100",
          "2001:db8::100]:80",
          "[]:80",
          "[::]:80",
          "[::1]:80",
          "[fe80::1]:80",
          "[fe80::1%eth0]:80",
          "[ff02::1]:80",
          "[::ffff:10.0.0.1]:80",
          "[10.0.0.100]:80",
          "[vip6]:80",
          "vip6:80",
          "2001:db8::100:80",
          "[",
          "]",
          ":",
          "::",
          "",
          "-",
          "/");

  private static final List<String> MASKS =
      List.of(
          "255.255.255.0",
          "255.255.255.255",
          "0.0.0.0",
          "255.0.255.0",
          "255.255.255",
          "24",
          "0",
          "32",
          "33",
          "64",
          "128",
          "129",
          "-1",
          "abc",
          "",
          "0xffffff00",
          "vip",
          "64x",
          "ffff::",
          "256.0.0.0");

  private static final List<String> SCHEDULERS =
      List.of(
          "rr",
          "wrr",
          "lc",
          "wlc",
          "lblc",
          "lblcr",
          "dh",
          "sh",
          "sed",
          "nq",
          "fo",
          "ovf",
          "mh",
          "none",
          "RR",
          "rrr",
          "ip_vs_rr",
          "",
          "-",
          "averyverylongschedulername",
          "exactlyfifteenc",
          "exactlysixteench");

  private static final List<String> SCHEDULER_FLAGS =
      List.of(
          "sh-port",
          "sh-fallback",
          "sh-fallback,sh-port",
          "mh-port",
          "mh-fallback",
          "flag-1",
          "flag-2",
          "flag-3",
          "flag-4",
          "flag-1,flag-2,flag-3",
          "flag-1,",
          ",flag-1",
          "flag-1,,flag-2",
          "flag-1 flag-2",
          "FLAG-1",
          "",
          "sh-port,mh-port");

  private static final List<String> GROUPS =
      List.of(
          "224.0.0.81",
          "239.255.255.255",
          "223.255.255.255",
          "240.0.0.0",
          "10.0.0.1",
          "224.0.0",
          "abc",
          "",
          "ff02::1",
          "ff05::8848",
          "fe80::1",
          "[ff02::1]",
          "ff02::1%eth0",
          "::",
          ":");

  private static final Map<String, List<String>> OPTIONS =
      Map.ofEntries(
          Map.entry("t tcp-service", ENDPOINTS),
          Map.entry("u udp-service", ENDPOINTS),
          Map.entry(" sctp-service", ENDPOINTS),
          Map.entry("f fwmark-service", NUMBERS),
          Map.entry("r real-server", ENDPOINTS),
          Map.entry("s scheduler", SCHEDULERS),
          Map.entry("p persistent", NUMBERS),
          Map.entry("M netmask", MASKS),
          Map.entry("w weight", NUMBERS),
          Map.entry("x u-threshold", NUMBERS),
          Map.entry("y l-threshold", NUMBERS),
          Map.entry("b sched-flags", SCHEDULER_FLAGS),
          Map.entry(" pe", List.of("sip", "SIP", "bogus", "", "averyverylongengine")),
          Map.entry(" tun-type", List.of("ipip", "gue", "gre", "GUE", "vxlan", "")),
          Map.entry(" tun-port", NUMBERS),
          Map.entry(
              " mcast-interface",
              List.of("eth0", "eth1", "lo", "nosuch", "", "averyverylonginterfacename", "eth 0")),
          Map.entry(" syncid", NUMBERS),
          Map.entry(" sync-maxlen", NUMBERS),
          Map.entry(" mcast-group", GROUPS),
          Map.entry(" mcast-port", NUMBERS),
          Map.entry(" mcast-ttl", NUMBERS),
          Map.entry(" start-daemon", List.of("master", "backup", "both", "MASTER", "")),
          Map.entry(" stop-daemon", List.of("master", "backup", "both", "")));

  private static final List<String> FLAGS =
      List.of(
          "-A",
          "-E",
          "-D",
          "-C",
          "-R",
          "-S",
          "-a",
          "-e",
          "-d",
          "-L",
          "-l",
          "-Z",
          "-h",
          "-v",
          "-t",
          "-u",
          "-f",
          "-6",
          "-s",
          "-p",
          "-M",
          "-r",
          "-g",
          "-i",
          "-m",
          "-w",
          "-x",
          "-y",
          "-c",
          "-o",
          "-n",
          "-b",
          "-X",
          "-1",
          "-",
          "--",
          "---",
          "-=",
          "--=",
          "word",
          "",
          "--add-service",
          "--edit-service",
          "--delete-service",
          "--clear",
          "--restore",
          "--save",
          "--add-server",
          "--edit-server",
          "--delete-server",
          "--list",
          "--zero",
          "--set",
          "--help",
          "--version",
          "--tcp-service",
          "--udp-service",
          "--sctp-service",
          "--fwmark-service",
          "--ipv6",
          "--scheduler",
          "--pe",
          "--persistent",
          "--netmask",
          "--real-server",
          "--gatewaying",
          "--ipip",
          "--masquerading",
          "--tun-type",
          "--tun-port",
          "--tun-nocsum",
          "--tun-csum",
          "--tun-remcsum",
          "--weight",
          "--u-threshold",
          "--l-threshold",
          "--connection",
          "--timeout",
          "--daemon",
          "--stats",
          "--rate",
          "--exact",
          "--thresholds",
          "--persistent-conn",
          "--tun-info",
          "--nosort",
          "--sort",
          "--ops",
          "--numeric",
          "--sched-flags",
          "--syncid",
          "--sync-maxlen",
          "--mcast-interface",
          "--mcast-group",
          "--mcast-port",
          "--mcast-ttl",
          "--numeric=",
          "--numeric=1",
          "-n=1",
          "--num",
          "--lis",
          "--stat",
          "-nc",
          "-no",
          "-cn",
          "-gm",
          "-mg",
          "-nn",
          "--NUMERIC",
          "-usage",
          "--usage",
          "-?",
          "--fwmark",
          "--tun-cs",
          "-numeric",
          "-list");

  private OptionGrid() {}

  /** A session for each command to which options are added. */
  static List<Session> sessions() throws IOException {
    List<Session> sessions = new ArrayList<>();
    for (Base base : BASES) {
      List<Typed> cells = new ArrayList<>(values(base));
      for (String flag : FLAGS) {
        cells.add(typed(base.words, List.of(flag)));
        cells.add(typed(List.of(flag), base.words));
      }
      sessions.add(session("grid of ipvsadm " + String.join(" ", base.words), cells));
    }
    return sessions;
  }

  /** Looks at the table, and sets it up again, after what changes it for all that jlvs knows. */
  private static Session session(String name, List<Typed> cells) throws IOException {
    Director director = new Machine().director();
    List<Typed> typed = new ArrayList<>(List.of(TABLE));
    CoreIpvsadm.type(TABLE, director, Names.NONE);
    String before = state(director);
    for (Typed cell : cells) {
      typed.add(cell);
      CoreIpvsadm.type(cell, director, Names.NONE);
      if (!state(director).equals(before)) {
        typed.add(SAVE);
        typed.add(DAEMONS);
        typed.add(TABLE);
        CoreIpvsadm.type(TABLE, director, Names.NONE);
      }
    }
    typed.add(SAVE);
    return new Session(name, typed);
  }

  private static String state(Director director) throws IOException {
    return CoreIpvsadm.type(SAVE, director, Names.NONE).out()
        + CoreIpvsadm.type(DAEMONS, director, Names.NONE).out()
        + director.timeouts();
  }

  private static List<Typed> values(Base base) {
    List<Typed> typed = new ArrayList<>();
    OPTIONS.forEach(
        (names, all) -> {
          String letter = names.substring(0, names.indexOf(' '));
          String name = names.substring(names.indexOf(' ') + 1);
          List<String> values = base.inFull.contains(name) ? all : all.subList(0, 2);
          for (int i = 0; i < values.size(); i++) {
            typed.add(typed(base.words, spelled(letter, name, values.get(i), i)));
          }
        });
    return typed;
  }

  private static List<String> spelled(String letter, String name, String value, int way) {
    return switch (letter.isEmpty() ? 3 + way % 2 : way % 5) {
      case 0 -> List.of("-" + letter, value);
      case 1 -> List.of("-" + letter + value);
      case 2 -> List.of("-" + letter + "=" + value);
      case 3 -> List.of("--" + name, value);
      default -> List.of("--" + name + "=" + value);
    };
  }

  private static Typed typed(List<String> front, List<String> back) {
    List<String> words = new ArrayList<>(List.of("ipvsadm"));
    words.addAll(front);
    words.addAll(back);
    return new Typed(words, "");
  }
}
