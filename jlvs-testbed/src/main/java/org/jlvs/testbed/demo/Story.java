package org.jlvs.testbed.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Waiting;

/** The chapters of the demo: each types the tutorial's commands and checks what they bring. */
final class Story {
  /** How the servers are reached, and what the tools call that. */
  private enum Method {
    DIRECT_ROUTING("-g", "gate", "10.0.0.1", 40000),
    NAT("-m", "masq", "192.168.0.1", 40001);

    final String option;
    final String configuration;
    final String serverPrefix;

    /**
     * The client's port of the download; one each, as a closed connection keeps its port a minute.
     */
    final int downloadPort;

    Method(String option, String configuration, String serverPrefix, int downloadPort) {
      this.option = option;
      this.configuration = configuration;
      this.serverPrefix = serverPrefix;
      this.downloadPort = downloadPort;
    }

    /** Address of the n-th web server, from 1. */
    String server(int n) {
      return serverPrefix + n;
    }
  }

  private static final String VIP = Lab.VIRTUAL;
  private static final List<Integer> WEIGHTS = List.of(3, 2, 1);

  /** What the kernel's wrr does with weights 3, 2, 1 of servers added in this order. */
  private static final List<String> WRR_CYCLE =
      List.of("web3", "web2", "web1", "web1", "web2", "web1");

  private static final int REQUESTS = 60;
  private static final int CHECK_INTERVAL_SECONDS = 2;
  private static final int CHECK_TIMEOUT_SECONDS = 3;

  /** A poll of the table starts a process; what it adds is not the monitor's. */
  private static final Duration POLLING = Duration.ofSeconds(1);

  private static final Duration REMOVAL =
      Duration.ofSeconds(CHECK_INTERVAL_SECONDS + CHECK_TIMEOUT_SECONDS).plus(POLLING);
  private static final Duration MONITOR_START = Duration.ofSeconds(15);

  /** What of a download may have been on its way to the client's file when the director ended. */
  private static final int MORE_THAN_BUFFERED = 8 << 20;

  private static final Duration DOWNLOAD = Duration.ofSeconds(40);

  private final Lab lab;
  private final Narrator narrator;

  Story(Lab lab, Narrator narrator) {
    this.lab = lab;
    this.narrator = narrator;
  }

  void tell() throws IOException {
    narrator.chapter("The network");
    narrator.say(
        """
        client 10.0.0.10, the director 10.0.0.1 and the web servers web1, web2, web3 (10.0.0.11 to .13)
        share a network; web1 to web3 also have 192.168.0.11 to .13 behind the director. Each is a network
        namespace. The clients know one address only, the director's virtual %s.
        For direct routing the servers have that address too, on their loopback, and never say so in ARP:"""
            .formatted(VIP));
    for (String web : Lab.WEB) {
      Host host = lab.host(web);
      String arp = "sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2";
      String loopback = "ip address add " + VIP + "/32 dev lo";
      if (web.equals("web1")) {
        type(host, arp);
        type(host, loopback);
      } else {
        lab.type(host, arp + " && " + loopback);
      }
    }
    narrator.command("director", "jlvs director --interface eth0,eth1");
    Background director = lab.startDirector();
    narrator.output(director.output());
    narrator.say("ipvsadm and ldirectord below are jlvs ipvsadm and jlvs ldirectord.");

    director = method(Method.DIRECT_ROUTING, director);

    narrator.chapter("(f) The same by NAT");
    narrator.say(
        """
        Now the servers are only behind the director, which is their gateway: answers pass through it too,
        and it puts the virtual address back in.""");
    for (String web : Lab.WEB) {
      Host host = lab.host(web);
      String down = "ip link set eth0 down";
      String route = "ip route add default via 192.168.0.1";
      if (web.equals("web1")) {
        type(host, down);
        type(host, route);
      } else {
        lab.type(host, down + " && " + route);
      }
    }
    method(Method.NAT, director);
    leaveService();
  }

  private Background method(Method method, Background director) throws IOException {
    String by = method == Method.NAT ? " by NAT" : " by direct routing";
    narrator.chapter("(a) Weighted round robin" + by);
    weightedRoundRobin(method);
    narrator.chapter("(b) Persistence by port" + by);
    persistentPort();
    narrator.chapter("(c) Persistence by firewall mark" + by);
    firewallMark(method);
    narrator.chapter("(d) Persistence by client" + by);
    persistentClient(method);
    narrator.chapter("(e) Health checks by ldirectord" + by);
    healthChecks(method);
    narrator.chapter("(g) kill -9 of the director during a download" + by);
    return killedDirector(method, director);
  }

  private void weightedRoundRobin(Method method) {
    type(lab.director(), "ipvsadm -A -t " + VIP + ":80 -s wrr");
    addServers("-t " + VIP + ":80", ":80", method);
    String loop = "for i in $(seq " + REQUESTS + "); do curl -s -m 2 http://" + VIP + "/; done";
    narrator.command("client", loop);
    List<String> answers = lines(lab.type(lab.client(), loop).out());
    Map<String, Integer> shares = shares(answers);
    narrator.output(text(shares));
    table();
    narrator.check(
        REQUESTS + " requests: web1 30, web2 20, web3 10, as 3:2:1 asks",
        shares.equals(Map.of("web1", 30, "web2", 20, "web3", 10)),
        "shares were " + text(shares));
    List<String> expected = new ArrayList<>();
    while (expected.size() < REQUESTS) {
      expected.addAll(WRR_CYCLE);
    }
    narrator.check(
        "in the kernel's order: " + String.join(" ", WRR_CYCLE) + ", and again",
        answers.equals(expected),
        "the order was " + String.join(" ", answers));
  }

  private void persistentPort() {
    type(lab.director(), "ipvsadm -E -t " + VIP + ":80 -s wrr -p 300");
    String loop = "for i in $(seq 10); do curl -s -m 2 http://" + VIP + "/; done";
    narrator.command("client", loop);
    List<String> answers = lines(lab.type(lab.client(), loop).out());
    narrator.output(text(shares(answers)));
    table();
    String templates = templates("10.0.0.10");
    narrator.check(
        "ten requests of one client went to one server",
        answers.size() == 10 && Lab.WEB.stream().anyMatch(web -> isAll(answers, web)),
        "answers: " + answers);
    narrator.check(
        "its template is for port 80 alone",
        templates.contains(" " + VIP + ":80 ") && !templates.contains(" " + VIP + ":0 "),
        "ipvsadm -Lnc has: " + templates);
  }

  private void firewallMark(Method method) {
    narrator.say(
        "First without a mark: 80 and 443 are two services, each with its own persistence.");
    type(lab.director(), "ipvsadm -A -t " + VIP + ":443 -s wrr -p 300");
    addServers("-t " + VIP + ":443", ":443", method);
    List<Visit> apart = visits();
    narrator.check(
        "one client's http and https may go to different servers",
        apart.stream().allMatch(Visit::isServed) && apart.stream().anyMatch(v -> !v.isOneServer()),
        "visits: " + apart);
    narrator.say("Now both ports carry mark 10, and the mark is the service.");
    type(lab.director(), "ipvsadm -C");
    String rule =
        " PREROUTING -d " + VIP + " -p tcp -m multiport --dports 80,443 -j MARK --set-mark 10";
    type(lab.director(), "iptables -t mangle -A" + rule);
    type(lab.director(), "ipvsadm -A -f 10 -s wrr -p 300");
    addServers("-f 10", "", method);
    // The promise is that a rule works within a second.
    Waiting.pause(Duration.ofSeconds(1));
    List<Visit> together = visits();
    table();
    narrator.check(
        "one client's http and https go to one server, for each of six clients",
        together.stream().allMatch(Visit::isOneServer),
        "visits: " + together);
    narrator.check(
        "and the clients are spread over the servers",
        together.stream().map(Visit::http).distinct().count() == WEIGHTS.size(),
        "visits: " + together);
    type(lab.director(), "iptables -t mangle -D" + rule);
    type(lab.director(), "ipvsadm -C");
  }

  private void persistentClient(Method method) {
    narrator.say("Port 0 means every port: all a client does goes to one server.");
    type(lab.director(), "ipvsadm -A -t " + VIP + ":0 -s wrr -p 300");
    addServers("-t " + VIP + ":0", ":0", method);
    List<Visit> visits = visits();
    table();
    String templates = templates("10.0.0.21");
    narrator.check(
        "http and https of one client go to one server, for each of six clients",
        visits.stream().allMatch(Visit::isOneServer),
        "visits: " + visits);
    narrator.check(
        "its template is for every port (0)",
        templates.contains(" " + VIP + ":0 "),
        "ipvsadm -Lnc has: " + templates);
    type(lab.director(), "ipvsadm -C");
  }

  private void healthChecks(Method method) throws IOException {
    Path file = lab.directory().resolve(lab.directory().getFileName() + ".cf");
    StringBuilder text = new StringBuilder();
    text.append("checktimeout=").append(CHECK_TIMEOUT_SECONDS).append('\n');
    text.append("checkinterval=").append(CHECK_INTERVAL_SECONDS).append('\n');
    text.append("autoreload=yes\nquiescent=no\n");
    text.append("virtual=").append(VIP).append(":80\n");
    for (int i = 1; i <= WEIGHTS.size(); i++) {
      text.append("\treal=").append(method.server(i)).append(":80 ");
      text.append(method.configuration).append(' ').append(WEIGHTS.get(i - 1)).append('\n');
    }
    text.append("\tfallback=127.0.0.1:80 gate\n");
    text.append("\tservice=http\n\tchecktype=negotiate\n");
    text.append("\trequest=\"").append(Lab.CHECK_PAGE).append("\"\n\treceive=\"alive\"\n");
    text.append("\tscheduler=wrr\n\tprotocol=tcp\n");
    Files.writeString(file, text);
    lab.startWebServer("director");
    narrator.command("director", "cat ldirectord.cf");
    narrator.output(text.toString());
    narrator.command("director", "ldirectord -d ldirectord.cf start &");
    Background monitor = lab.start(lab.director(), "ldirectord -d " + file + " start");
    try {
      List<String> all = List.of(method.server(1), method.server(2), method.server(3));
      awaitTable(
          "ldirectord puts all three servers in",
          MONITOR_START,
          t -> all.stream().allMatch(t::contains),
          monitor);
      table();

      narrator.say("web2's page breaks: it still answers, but not what is expected.");
      lab.putCheckPage("web2", "500 programmers, no coffee");
      awaitTable(
          "web2 is out within checkinterval + checktimeout",
          REMOVAL,
          t ->
              t.contains(method.server(1))
                  && t.contains(method.server(3))
                  && !t.contains(method.server(2)),
          monitor);
      List<String> answers =
          lines(typeQuietly("for i in $(seq 8); do curl -s -m 2 http://" + VIP + "/; done"));
      narrator.check(
          "its clients are served by web1 and web3",
          answers.size() == 8 && shares(answers).keySet().equals(Set.of("web1", "web3")),
          "answers: " + answers);
      narrator.say("web2 is mended.");
      lab.putCheckPage("web2", "alive");
      awaitTable("web2 is back", REMOVAL, t -> t.contains(method.server(2)), monitor);

      narrator.say("All three web servers stop.");
      Lab.WEB.forEach(lab::stopWebServer);
      awaitTable(
          "the sorry server is in, alone",
          REMOVAL,
          t -> t.contains("127.0.0.1:80") && all.stream().noneMatch(t::contains),
          monitor);
      table();
      String sorry = type(lab.client(), "curl -s -m 2 http://" + VIP + "/").out();
      narrator.check("and answers", sorry.startsWith("sorry"), "the answer was: " + sorry);
      narrator.say("They start again.");
      for (String web : Lab.WEB) {
        lab.startWebServer(web);
      }
      awaitTable(
          "all three are back, the sorry server is out",
          REMOVAL,
          t -> !t.contains("127.0.0.1:80") && all.stream().allMatch(t::contains),
          monitor);
    } finally {
      monitor.stop(Command.LIMIT);
    }
    lab.stopWebServer("director");
    type(lab.director(), "ipvsadm -C");
  }

  private Background killedDirector(Method method, Background director) throws IOException {
    type(lab.director(), "ipvsadm -A -t " + VIP + ":80 -s wrr");
    addServers("-t " + VIP + ":80", ":80", method);
    Path copy = lab.directory().resolve("copy");
    String curl =
        "curl -s -m 60 --limit-rate "
            + Lab.DOWNLOAD_RATE
            + " --local-port "
            + method.downloadPort
            + " -o ";
    narrator.command("client", curl + "copy http://" + VIP + "/download &");
    Background download = lab.start(lab.client(), curl + copy + " http://" + VIP + "/download");
    boolean began = Waiting.until(Command.LIMIT, () -> size(copy) > 1 << 20 || !download.isAlive());
    narrator.command("director", "kill -9 " + director.pid());
    director.kill();
    long atKill = size(copy);
    boolean goesOn =
        Waiting.until(
            Command.LIMIT, () -> size(copy) > atKill + MORE_THAN_BUFFERED || !download.isAlive());
    narrator.check(
        "with no director running the download goes on",
        began && goesOn && download.isAlive(),
        "bytes at the kill: " + atKill + ", now: " + size(copy) + ", curl " + state(download));
    narrator.command("director", "jlvs director --interface eth0,eth1");
    Background restarted = lab.startDirector();
    narrator.output(restarted.output());
    Command.Result connections = type(lab.director(), "ipvsadm -Lnc");
    narrator.output(connections.out());
    narrator.check(
        "the restarted director has the connection in its table",
        connections
            .out()
            .lines()
            .anyMatch(
                l -> l.contains("ESTABLISHED") && l.contains("10.0.0.10:" + method.downloadPort)),
        "ipvsadm -Lnc has no ESTABLISHED connection of 10.0.0.10:" + method.downloadPort);
    String table = table();
    narrator.check(
        "and its services and servers",
        table.contains(VIP + ":80")
            && table.contains(method.server(1))
            && table.contains(method.server(3)),
        "the table is: " + table);
    boolean ended = download.awaitEnd(DOWNLOAD);
    narrator.check(
        "the download ends whole and byte for byte the same",
        ended && download.status() == 0 && Files.mismatch(copy, lab.download()) == -1,
        "curl " + state(download) + ", " + size(copy) + " of " + size(lab.download()) + " bytes");
    Files.deleteIfExists(copy);
    type(lab.director(), "ipvsadm -C");
    return restarted;
  }

  /** What {@code --keep} leaves to look at. */
  private void leaveService() {
    String service = "-t " + VIP + ":80";
    lab.type(lab.director(), "ipvsadm -A " + service + " -s wrr");
    for (int i = 1; i <= WEIGHTS.size(); i++) {
      lab.type(lab.director(), serverCommand(service, ":80", Method.NAT, i));
    }
  }

  /** The servers that answered one client's http and https; empty where nothing came. */
  private record Visit(String client, String http, String https) {
    boolean isOneServer() {
      return Lab.WEB.contains(http) && http.equals(https);
    }

    boolean isServed() {
      return Lab.WEB.contains(http) && Lab.WEB.contains(https);
    }

    @Override
    public String toString() {
      return client + ": http " + http + ", https " + https;
    }
  }

  private List<Visit> visits() {
    narrator.command(
        "client",
        "for c in " + String.join(" ", Lab.otherClients()) + "; do curl --interface $c …; done");
    List<Visit> visits = new ArrayList<>();
    for (String address : Lab.otherClients()) {
      String curl = "curl -sk -m 2 --interface " + address + " ";
      visits.add(
          new Visit(
              address,
              typeQuietly(curl + "http://" + VIP + "/").strip(),
              typeQuietly(curl + "https://" + VIP + "/").strip()));
    }
    visits.forEach(visit -> narrator.output(visit.toString()));
    return visits;
  }

  private void addServers(String service, String port, Method method) {
    for (int i = 1; i <= WEIGHTS.size(); i++) {
      type(lab.director(), serverCommand(service, port, method, i));
    }
  }

  private static String serverCommand(String service, String port, Method method, int n) {
    return "ipvsadm -a %s -r %s%s %s -w %d"
        .formatted(service, method.server(n), port, method.option, WEIGHTS.get(n - 1));
  }

  /**
   * Shows the persistence templates of a client, as ipvsadm lists them. Those of services deleted
   * before stay for a while, as they do in the kernel; used again they move to port 65535.
   */
  private String templates(String client) {
    String line = "ipvsadm -Lnc | grep ' " + client + ":0 '";
    narrator.command(lab.director().name(), line);
    String templates = lab.type(lab.director(), line).out();
    narrator.output(templates);
    return templates;
  }

  private String table() {
    Command.Result result = type(lab.director(), "ipvsadm -ln");
    narrator.output(result.out());
    return result.out();
  }

  private void awaitTable(
      String claim, Duration limit, Predicate<String> condition, Background monitor) {
    long start = System.nanoTime();
    boolean met =
        Waiting.until(limit, () -> condition.test(lab.type(lab.director(), "ipvsadm -ln").out()));
    double seconds = (System.nanoTime() - start) / 1e9;
    String log = monitor.output();
    narrator.check(
        "%s (%.1f s)".formatted(claim, seconds),
        met,
        "the table is:\n"
            + lab.type(lab.director(), "ipvsadm -ln").out()
            + "ldirectord printed:\n"
            + log.substring(Math.max(0, log.length() - 2000)));
  }

  /** Shows and runs a command that has to succeed; its output is the caller's to show. */
  private Command.Result type(Host host, String line) {
    narrator.command(host.name(), line);
    Command.Result result = lab.type(host, line);
    if (!result.ok()) {
      narrator.check(
          "the command succeeds", false, "status " + result.status() + "\n" + result.err());
    }
    return result;
  }

  /** Runs a command of the client's, without a word. */
  private String typeQuietly(String line) {
    return lab.type(lab.client(), line).out();
  }

  private static boolean isAll(List<String> answers, String web) {
    return answers.stream().allMatch(web::equals);
  }

  private static String state(Background process) {
    return process.isAlive() ? "still runs" : "ended with status " + process.status();
  }

  private static long size(Path file) {
    try {
      return Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      return 0;
    }
  }

  private static List<String> lines(String text) {
    return text.lines().toList();
  }

  private static String text(Map<String, Integer> shares) {
    return shares.entrySet().stream()
        .map(share -> share.getKey() + ": " + share.getValue())
        .collect(Collectors.joining(", "));
  }

  private static Map<String, Integer> shares(List<String> answers) {
    Map<String, Integer> shares = new TreeMap<>();
    answers.forEach(answer -> shares.merge(answer, 1, Integer::sum));
    return shares;
  }
}
