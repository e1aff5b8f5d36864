package org.jlvs.testbed.differential;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Random virtual services and real servers, as the commands that set them up and change them. */
final class Configuration {
  private static final List<String> SCHEDULERS =
      List.of(
          "rr", "wrr", "lc", "wlc", "sed", "nq", "fo", "ovf", "dh", "sh", "mh", "lblc", "lblcr");
  private static final List<String> FORWARDING =
      List.of("-g", "-m", "-m", "-i", "-i --tun-type gre", "-i --tun-type gue --tun-port 6080");
  private static final List<String> TUNNEL_EXTRAS =
      List.of(" --tun-nocsum", " --tun-csum", " --tun-remcsum");
  private static final List<Integer> WEIGHTS = List.of(0, 1, 1, 1, 2, 3, 5, 10, 100);

  /** Seconds that connections may be told to last; 400 is never waited for. */
  static final List<Integer> SECONDS = List.of(3, 20, 300, 400);

  /**
   * Seconds that templates may be told to last. Not as long as any connection: of timers that are
   * set together for as long, it depends on the kernel's rounds which runs out first, and with that
   * whether a template still has a connection to wait for.
   */
  static final List<Integer> PERSISTENCE_SECONDS = List.of(16, 350);

  private static final int SERVERS = 6;

  /** What packets a service is for. */
  enum Kind {
    TCP("-t"),
    UDP("-u"),
    SCTP("--sctp-service"),
    MARK("-f");

    private final String option;

    Kind(String option) {
      this.option = option;
    }
  }

  /**
   * A real server of a service.
   *
   * @param number of the machine, from 1
   * @param port 0 when the command names none
   */
  record Server(int number, int port, String forwarding) {
    boolean isMasqueraded() {
      return forwarding.startsWith("-m");
    }
  }

  /** A virtual service with its servers of the moment. */
  static final class Service {
    final Kind kind;
    final boolean ipv6;
    final String address;

    /** Or the mark. */
    final int port;

    final List<Server> servers = new ArrayList<>();

    /**
     * The forwarding method of each machine. Where it changes to direct routing while connections
     * of the other method live, the kernel asks for the VIP's MAC address on the servers' network:
     * the cached route, without the server as its next hop, serves both.
     */
    private final Map<Integer, String> methods = new HashMap<>();

    /** Whether it has ever been persistent. */
    boolean persistent;

    private Service(Kind kind, boolean ipv6, String address, int port) {
      this.kind = kind;
      this.ipv6 = ipv6;
      this.address = address;
      this.port = port;
    }

    /** The options that name it. */
    String name() {
      if (kind == Kind.MARK) {
        return kind.option + " " + port + (ipv6 ? " -6" : "");
      }
      return "%s %s:%d".formatted(kind.option, ipv6 ? "[" + address + "]" : address, port);
    }
  }

  private final Random random;
  private final List<Service> services = new ArrayList<>();
  private boolean countersAreExact = true;

  Configuration(Random random) {
    this.random = random;
  }

  List<Service> services() {
    return services;
  }

  /**
   * Whether counters can be compared. A server that is added again to another service begins at
   * zero, less what the kernel had not summed up then.
   */
  boolean countersAreExact() {
    return countersAreExact;
  }

  boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  static String serverAddress(int number, boolean ipv6) {
    return (ipv6 ? "2001:db8:1::" : "10.1.0.") + number;
  }

  /** Commands for a service that there is not yet, with its servers and, for a mark, its rules. */
  List<String> newService(boolean ipv6) {
    List<String> commands = new ArrayList<>();
    Service service = unlike(ipv6);
    services.add(service);
    commands.add("ipvsadm -A " + service.name() + options(service));
    String forwarding = forwarding();
    int count = 1 + random.nextInt(4);
    for (int i = 0; i < count; i++) {
      commands.add(newServer(service, chance(80) ? forwarding : forwarding()));
    }
    if (service.kind == Kind.MARK) {
      commands.addAll(markRules(service));
    }
    return commands;
  }

  private Service unlike(boolean ipv6) {
    while (true) {
      Kind kind =
          one(List.of(Kind.TCP, Kind.TCP, Kind.TCP, Kind.UDP, Kind.UDP, Kind.SCTP, Kind.MARK));
      String address = ipv6 ? "2001:db8::100" : one(List.of("10.0.0.100", "10.0.0.101"));
      int port = kind == Kind.MARK ? 1 + random.nextInt(4) : one(List.of(80, 80, 443, 53, 5060, 0));
      Service service = new Service(kind, ipv6, address, port);
      boolean known = services.stream().anyMatch(other -> other.name().equals(service.name()));
      if (!known) {
        return service;
      }
    }
  }

  private List<String> markRules(Service service) {
    String program = service.ipv6 ? "ip6tables-legacy" : "iptables-legacy";
    String start = program + " -t mangle -A PREROUTING -d " + service.address;
    String end = " -j MARK --set-mark " + service.port;
    return switch (random.nextInt(4)) {
      case 0 -> List.of(start + end);
      case 1 -> List.of(start + " -p tcp -m multiport --dports 80,443" + end);
      case 2 -> List.of(start + " -p udp" + end);
      default -> List.of(start + " -p tcp --dport 80" + end, start + " -p tcp --dport 443" + end);
    };
  }

  /** Scheduler, persistence and flags of a service. */
  private String options(Service service) {
    StringBuilder options = new StringBuilder();
    String scheduler = one(SCHEDULERS);
    options.append(" -s ").append(scheduler);
    if (scheduler.matches("sh|mh") && chance(60)) {
      options.append(" -b ");
      options.append(
          one(
              List.of(
                  scheduler + "-port",
                  scheduler + "-fallback",
                  scheduler + "-port," + scheduler + "-fallback")));
    }
    boolean persistent = service.kind != Kind.MARK && service.port == 0 || chance(35);
    if (persistent) {
      service.persistent = true;
      options.append(" -p ").append(one(PERSISTENCE_SECONDS));
      if (chance(30)) {
        options
            .append(" -M ")
            .append(
                service.ipv6
                    ? one(List.of("64", "120", "128"))
                    : one(List.of("255.255.255.0", "255.255.255.252", "255.255.255.255")));
      }
    }
    boolean onePacket = service.kind == Kind.UDP && chance(15);
    if (onePacket) {
      options.append(" -o");
    }
    return options.toString();
  }

  private String forwarding() {
    String forwarding = one(FORWARDING);
    return forwarding.contains("--tun-type") && chance(40)
        ? forwarding + one(TUNNEL_EXTRAS)
        : forwarding;
  }

  /** The command that adds a server; now and then one that is there already. */
  String newServer(Service service, String wanted) {
    int number = 1 + random.nextInt(SERVERS);
    String forwarding = service.methods.computeIfAbsent(number, unknown -> wanted);
    boolean otherPort = service.kind != Kind.MARK && service.port != 0 && chance(50);
    Server server =
        new Server(number, otherPort ? 8000 + random.nextInt(2) : service.port, forwarding);
    if (service.kind == Kind.MARK) {
      server = new Server(number, 0, forwarding);
    }
    boolean known = false;
    for (Server other : service.servers) {
      known |= other.number == server.number && other.port == server.port;
    }
    if (!known) {
      service.servers.add(server);
    }
    return "ipvsadm -a " + service.name() + serverOptions(service, server);
  }

  private static String serverName(Service service, Server server) {
    String address = serverAddress(server.number, service.ipv6);
    String shown = service.ipv6 ? "[" + address + "]" : address;
    return " -r " + shown + (service.kind == Kind.MARK ? "" : ":" + server.port);
  }

  private String serverOptions(Service service, Server server) {
    StringBuilder options = new StringBuilder(serverName(service, server));
    options.append(' ').append(server.forwarding).append(" -w ").append(one(WEIGHTS));
    if (chance(15)) {
      int upper = 1 + random.nextInt(4);
      options.append(" -x ").append(upper);
      if (chance(50)) {
        options.append(" -y ").append(random.nextInt(upper + 1));
      }
    }
    return options.toString();
  }

  /** A command that changes what there is, or one that cannot. */
  List<String> change(boolean ipv6) {
    Service service = one(services);
    return switch (random.nextInt(16)) {
      case 0, 1, 2, 3 ->
          service.servers.isEmpty()
              ? List.of(newServer(service, forwarding()))
              : List.of(
                  "ipvsadm -e " + service.name() + serverOptions(service, one(service.servers)));
      case 4, 5, 6 -> List.of(deletedServer(service));
      case 7, 8 -> List.of(newServer(service, forwarding()));
      case 9 -> List.of("ipvsadm -E " + service.name() + options(service));
      case 10 -> deletedService(service);
      case 11 -> newService(ipv6);
      case 12, 13 -> List.of(newTimeouts());
      case 14 -> List.of("ipvsadm -A " + service.name() + options(service));
      default -> chance(30) ? cleared() : List.of(deletedServer(service));
    };
  }

  private String deletedServer(Service service) {
    if (service.servers.isEmpty() || chance(5)) {
      return "ipvsadm -d " + service.name() + " -r " + serverAddress(9, service.ipv6);
    }
    Server server = one(service.servers);
    service.servers.remove(server);
    return "ipvsadm -d " + service.name() + serverName(service, server);
  }

  private List<String> cleared() {
    countersAreExact = false;
    return List.of("ipvsadm -C");
  }

  private List<String> deletedService(Service service) {
    countersAreExact = false;
    String gone = "ipvsadm -D " + service.name();
    if (chance(50)) {
      service.servers.clear();
      return List.of(gone);
    }
    List<String> commands = new ArrayList<>();
    commands.add(gone);
    commands.add("ipvsadm -A " + service.name() + options(service));
    for (Server server : service.servers) {
      commands.add("ipvsadm -a " + service.name() + serverOptions(service, server));
    }
    return commands;
  }

  /**
   * A command that sets counters to zero. The kernel subtracts what it has summed up, so nothing
   * may have been counted for a while.
   */
  String zero() {
    return "ipvsadm -Z" + (chance(50) ? " " + one(services).name() : "");
  }

  String newTimeouts() {
    return "ipvsadm --set %d %d %d".formatted(newTimeout(), newTimeout(), newTimeout());
  }

  /** 0 leaves the one in force. */
  private int newTimeout() {
    return chance(30) ? 0 : one(SECONDS);
  }
}
