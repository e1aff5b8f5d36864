package org.jlvs.testbed.differential;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Random virtual services and real servers, as the commands that set them up and change them. */
final class Configuration {
  private static final List<String> SCHEDULERS =
      List.of(
          "rr", "wrr", "lc", "wlc", "sed", "nq", "fo", "ovf", "dh", "sh", "mh", "lblc", "lblcr");
  private static final List<String> FORWARDING =
      List.of("-g", "-m", "-m", "-i", "-i --tun-type gre", "-i --tun-type gue --tun-port");

  private static final List<Integer> GUE_PORTS = List.of(6080, 6080, 6081, 5555);
  private static final List<String> MASQUERADED_ALONE = List.of("-m");
  private static final List<String> TUNNEL_EXTRAS =
      List.of(" --tun-nocsum", " --tun-csum", " --tun-remcsum");
  private static final List<Integer> WEIGHTS = List.of(0, 1, 1, 1, 2, 3, 5, 10, 100);

  /** Seconds that connections may be told to last; 400 is never waited for. */
  static final List<Integer> SECONDS = List.of(3, 20, 300, 400);

  private static final List<Integer> LONG_SECONDS = List.of(300, 400);

  /**
   * Seconds that templates may be told to last. Not as long as any connection: of timers that are
   * set together for as long, it depends on the kernel's rounds which runs out first, and with that
   * whether a template still has a connection to wait for.
   */
  static final List<Integer> PERSISTENCE_SECONDS = List.of(16, 350);

  private static final int SERVERS = 6;

  /** What the director itself is called as a real server. */
  private static final int LOCAL = 0;

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
   * @param number of the machine, from 1, or {@link #LOCAL}
   * @param ipv6 whether it is reached by that; only tunnels may be of another family
   * @param port 0 when the command names none
   */
  record Server(int number, boolean ipv6, int port, String forwarding) {
    boolean isMasqueraded() {
      return forwarding.startsWith("-m");
    }

    private String address() {
      if (number == LOCAL) {
        return ipv6 ? "2001:db8::fe" : "10.0.0.254";
      }
      return Wires.server(number, ipv6);
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

    /** Forwarding methods that its servers may have. */
    private final List<String> forwarding;

    /** Whether servers may have another port than the service. */
    private final boolean mapsPorts;

    /** Whether it tells calls apart: {@code --pe sip}. */
    private final boolean sip;

    /** Whether it has ever been persistent. */
    boolean persistent;

    /** The rules of a mark's service; none for others. */
    private @Nullable MarkRules rules;

    private Service(Kind kind, boolean ipv6, String address, int port) {
      this(kind, ipv6, address, port, FORWARDING, true, false);
    }

    private Service(
        Kind kind,
        boolean ipv6,
        String address,
        int port,
        List<String> forwarding,
        boolean mapsPorts,
        boolean sip) {
      this.kind = kind;
      this.ipv6 = ipv6;
      this.address = address;
      this.port = port;
      this.forwarding = forwarding;
      this.mapsPorts = mapsPorts && kind != Kind.MARK && port != 0;
      this.sip = sip;
    }

    /** Whether ip_vs_ftp reads along, so that the kernel tracks its connections. */
    private boolean isTracked() {
      return forwarding.equals(MASQUERADED_ALONE);
    }

    /** Whether the director itself is or was one of its servers. */
    boolean hadLocalServer() {
      return methods.containsKey(LOCAL);
    }

    /** The options that name it. */
    String name() {
      if (kind == Kind.MARK) {
        return kind.option + " " + port + (ipv6 ? " -6" : "");
      }
      return "%s %s:%d".formatted(kind.option, ipv6 ? "[" + address + "]" : address, port);
    }
  }

  private final Dice dice;
  private final List<Service> services = new ArrayList<>();
  private boolean countersAreExact = true;

  Configuration(Dice dice) {
    this.dice = dice;
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

  /** Commands for a service that there is not yet, with its servers and, for a mark, its rules. */
  List<String> newService(boolean ipv6) {
    Service service = unlike(ipv6);
    List<String> commands = entered(service);
    if (service.kind == Kind.MARK) {
      MarkRules rules = new MarkRules(dice, ipv6, service.address, service.port);
      service.rules = rules;
      commands.addAll(rules.begin());
    }
    return commands;
  }

  /** Commands for the service that a scenario is about. */
  List<String> newService(Specialty specialty, boolean ipv6) {
    return switch (specialty) {
      case NONE, SHORTAGE -> newService(ipv6);
      case FTP_MASQUERADED ->
          entered(new Service(Kind.TCP, false, "10.0.0.100", 21, MASQUERADED_ALONE, false, false));
      case FTP_DIRECT -> ftpService(ipv6);
      case SIP -> sipService(ipv6);
      case IPSEC -> ipsecService(ipv6);
      case TRANSPARENT_PROXY -> proxyService();
      case TUNNELS -> tunnelService(ipv6);
    };
  }

  private static String virtual(boolean ipv6) {
    return ipv6 ? "2001:db8::100" : "10.0.0.100";
  }

  private List<String> ftpService(boolean ipv6) {
    List<String> forwarding = FORWARDING.stream().filter(method -> !method.equals("-m")).toList();
    Kind kind = dice.one(List.of(Kind.TCP, Kind.TCP, Kind.MARK));
    int port = kind == Kind.MARK ? 1 : dice.one(List.of(0, 21));
    Service service = new Service(kind, ipv6, virtual(ipv6), port, forwarding, false, false);
    return kind == Kind.MARK ? marked(service, virtual(ipv6)) : entered(service);
  }

  private List<String> sipService(boolean ipv6) {
    Kind kind = dice.one(List.of(Kind.UDP, Kind.UDP, Kind.UDP, Kind.UDP, Kind.TCP, Kind.MARK));
    int port = kind == Kind.MARK ? 1 : dice.one(List.of(5060, 5060, 5060, 0));
    Service service = new Service(kind, ipv6, virtual(ipv6), port, FORWARDING, true, true);
    return kind == Kind.MARK ? marked(service, virtual(ipv6)) : entered(service);
  }

  private List<String> ipsecService(boolean ipv6) {
    Kind kind = dice.one(List.of(Kind.MARK, Kind.MARK, Kind.UDP));
    int port = kind == Kind.MARK ? 1 : dice.one(List.of(500, 0));
    Service service = new Service(kind, ipv6, virtual(ipv6), port, FORWARDING, false, false);
    List<String> commands = entered(service);
    if (kind == Kind.MARK) {
      MarkRules rules = new MarkRules(dice, ipv6, service.address, port);
      service.rules = rules;
      commands.addAll(rules.beginIpsec());
    }
    return commands;
  }

  /** Of IPv4, as the kernel's host makes up flow labels in the name of addresses not its own. */
  private List<String> proxyService() {
    Service service = new Service(Kind.MARK, false, "192.0.2.7", 1, FORWARDING, false, false);
    List<String> commands = marked(service, "192.0.2.0/24");
    if (dice.chance(80)) {
      commands.add("ip rule add fwmark 1 lookup 100");
      commands.add("ip route add local 0.0.0.0/0 dev lo table 100");
    }
    return commands;
  }

  private List<String> tunnelService(boolean ipv6) {
    List<String> forwarding = FORWARDING.stream().filter(way -> way.startsWith("-i")).toList();
    Kind kind = dice.one(List.of(Kind.TCP, Kind.TCP, Kind.UDP, Kind.MARK));
    int port = kind == Kind.MARK ? 1 : dice.one(List.of(0, 80));
    Service service = new Service(kind, ipv6, virtual(ipv6), port, forwarding, true, false);
    return kind == Kind.MARK ? marked(service, virtual(ipv6)) : entered(service);
  }

  /** A service that gets everything to a destination. */
  private List<String> marked(Service service, String destination) {
    List<String> commands = entered(service);
    MarkRules rules = new MarkRules(dice, service.ipv6, destination, service.port);
    service.rules = rules;
    commands.addAll(rules.beginAll());
    return commands;
  }

  private List<String> entered(Service service) {
    services.add(service);
    List<String> commands = new ArrayList<>();
    commands.add("ipvsadm -A " + service.name() + options(service));
    String forwarding = forwarding(service);
    int count = 1 + dice.below(4);
    for (int i = 0; i < count; i++) {
      commands.add(newServer(service, dice.chance(80) ? forwarding : forwarding(service)));
    }
    return commands;
  }

  private Service unlike(boolean ipv6) {
    while (true) {
      Kind kind =
          dice.one(List.of(Kind.TCP, Kind.TCP, Kind.TCP, Kind.UDP, Kind.UDP, Kind.SCTP, Kind.MARK));
      String address = ipv6 ? "2001:db8::100" : dice.one(List.of("10.0.0.100", "10.0.0.101"));
      int port =
          kind == Kind.MARK ? 1 + dice.below(4) : dice.one(List.of(80, 80, 443, 53, 5060, 0));
      Service service = new Service(kind, ipv6, address, port);
      boolean known = services.stream().anyMatch(other -> other.name().equals(service.name()));
      if (!known) {
        return service;
      }
    }
  }

  /** Scheduler, persistence and flags of a service. */
  private String options(Service service) {
    StringBuilder options = new StringBuilder();
    String scheduler = dice.one(SCHEDULERS);
    options.append(" -s ").append(scheduler);
    if (scheduler.matches("sh|mh") && dice.chance(60)) {
      options.append(" -b ");
      options.append(
          dice.one(
              List.of(
                  scheduler + "-port",
                  scheduler + "-fallback",
                  scheduler + "-port," + scheduler + "-fallback")));
    }
    boolean engine = service.sip && dice.chance(90);
    boolean persistent =
        service.kind != Kind.MARK && service.port == 0 || engine || dice.chance(35);
    if (persistent) {
      service.persistent = true;
      options.append(" -p ").append(dice.one(PERSISTENCE_SECONDS));
      if (dice.chance(30)) {
        options
            .append(" -M ")
            .append(
                service.ipv6
                    ? dice.one(List.of("64", "120", "128"))
                    : dice.one(List.of("255.255.255.0", "255.255.255.252", "255.255.255.255")));
      }
    }
    if (engine) {
      options.append(" --pe sip");
    }
    boolean onePacket =
        service.kind == Kind.UDP && dice.chance(15) || service.kind == Kind.MARK && dice.chance(8);
    if (onePacket) {
      options.append(" -o");
    }
    return options.toString();
  }

  private String forwarding(Service service) {
    String method = dice.one(service.forwarding);
    String forwarding = method.endsWith("--tun-port") ? method + " " + dice.one(GUE_PORTS) : method;
    return forwarding.contains("--tun-type") && dice.chance(40)
        ? forwarding + dice.one(TUNNEL_EXTRAS)
        : forwarding;
  }

  /** The command that adds a server; now and then one that is there already, or that can't be. */
  private String newServer(Service service, String wanted) {
    boolean local = dice.chance(6) && !service.isTracked();
    int number = local ? LOCAL : 1 + dice.below(SERVERS);
    String forwarding = service.methods.computeIfAbsent(number, unknown -> wanted);
    boolean otherPort = service.mapsPorts && dice.chance(50);
    boolean otherFamily = dice.chance(forwarding.startsWith("-i") ? 20 : 1);
    int port = otherPort ? 8000 + dice.below(2) : service.kind == Kind.MARK ? 0 : service.port;
    Server server = new Server(number, service.ipv6 != otherFamily, port, forwarding);
    boolean known =
        service.servers.stream()
            .anyMatch(
                other -> other.number == number && other.port == port && other.ipv6 == server.ipv6);
    if (!known) {
      service.servers.add(server);
    }
    return "ipvsadm -a " + service.name() + serverOptions(service, server);
  }

  private static String serverName(Service service, Server server) {
    String address = server.address();
    String shown = server.ipv6 ? "[" + address + "]" : address;
    return " -r " + shown + (service.kind == Kind.MARK ? "" : ":" + server.port);
  }

  private String serverOptions(Service service, Server server) {
    StringBuilder options = new StringBuilder(serverName(service, server));
    options.append(' ').append(server.forwarding).append(" -w ").append(dice.one(WEIGHTS));
    if (dice.chance(15)) {
      int upper = 1 + dice.below(4);
      options.append(" -x ").append(upper);
      if (dice.chance(50)) {
        options.append(" -y ").append(dice.below(upper + 1));
      }
    }
    return options.toString();
  }

  /** Commands that change what there is, or can't. */
  List<String> change(boolean ipv6) {
    Service service = dice.one(services);
    return switch (dice.below(18)) {
      case 0, 1, 2, 3 -> List.of(edited(service));
      case 16, 17 -> List.of(service.rules == null ? edited(service) : service.rules.change());
      case 4, 5, 6 -> List.of(deletedServer(service));
      case 7, 8 -> List.of(newServer(service, forwarding(service)));
      case 9 -> List.of("ipvsadm -E " + service.name() + options(service));
      case 10 -> deletedService(service);
      case 11 -> newService(ipv6);
      case 12, 13 -> List.of(newTimeouts());
      case 14 -> List.of("ipvsadm -A " + service.name() + options(service));
      default -> dice.chance(30) ? cleared() : List.of(deletedServer(service));
    };
  }

  /** Commands that take nothing away. */
  List<String> gentleChange() {
    Service service = dice.one(services);
    return switch (dice.below(4)) {
      case 0 -> List.of(newServer(service, forwarding(service)));
      case 1 -> List.of("ipvsadm -E " + service.name() + options(service));
      default -> List.of(edited(service));
    };
  }

  private String edited(Service service) {
    return service.servers.isEmpty()
        ? newServer(service, forwarding(service))
        : "ipvsadm -e " + service.name() + serverOptions(service, dice.one(service.servers));
  }

  private String deletedServer(Service service) {
    if (service.servers.isEmpty() || dice.chance(5)) {
      return "ipvsadm -d " + service.name() + " -r " + Wires.server(9, service.ipv6);
    }
    Server server = dice.one(service.servers);
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
    if (dice.chance(50)) {
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

  /** A listing of one service. */
  String listing() {
    return "ipvsadm -Ln " + dice.one(services).name();
  }

  /**
   * A command that sets counters to zero. The kernel subtracts what it has summed up, so nothing
   * may have been counted for a while.
   */
  String zero() {
    return "ipvsadm -Z" + (dice.chance(50) ? " " + dice.one(services).name() : "");
  }

  String newTimeouts() {
    return newTimeouts(SECONDS);
  }

  /** Such that no connection of TCP's usual states ends within a scenario. */
  String newLongTimeouts() {
    return newTimeouts(LONG_SECONDS);
  }

  private String newTimeouts(List<Integer> seconds) {
    return "ipvsadm --set %d %d %d"
        .formatted(newTimeout(seconds), newTimeout(seconds), newTimeout(seconds));
  }

  /** 0 leaves the one in force. */
  private int newTimeout(List<Integer> seconds) {
    return dice.chance(30) ? 0 : dice.one(seconds);
  }
}
