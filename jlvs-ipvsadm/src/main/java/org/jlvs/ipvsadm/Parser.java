package org.jlvs.ipvsadm;

import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.SyncDaemon;
import org.jlvs.core.control.Timeouts;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Protocol;
import org.jspecify.annotations.Nullable;

/**
 * Reads one command line. Beside what the manual page says, the original behaves so:
 *
 * <ul>
 *   <li>The command comes first; if it does not, or a flag before it is unknown, the answer is a
 *       hint at {@code -h} and 255. An unknown flag after it also gives 255, all other misuse 2.
 *   <li>Misuse is found in this order: each flag's value where it stands, arguments that belong to
 *       no flag, scheduler flags, options that the command does not take or lacks (in the order of
 *       {@link Option}), and what does not go together.
 *   <li>Flags take effect in the order given: a server's missing port is the port that the service
 *       has so far, port names before the service are unknown, and a service of IPv6 forgets a
 *       netmask before it.
 *   <li>IPv4 addresses and netmasks may be written as {@code inet_aton} takes them (10.1 or
 *       0x0a000001), netmasks even as host names; an IPv6 netmask is the number it begins with.
 *   <li>Numbers are decimal and may have white space or a plus sign before them.
 *   <li>With direct routing and tunnels a server's port is the service's, whatever was given, also
 *       in {@code -e}, which is why that does not find a server of another port.
 *   <li>A bare {@code -p} is 360 s. Time-outs end at 31 days. An empty scheduler is wlc.
 *   <li>Digits alone are no address. {@code -X} is {@code --exact}. {@code -Z} of 0.0.0.0 without a
 *       port zeroes all services.
 *   <li>{@code --sort} may be given with every command and as often as one likes.
 * </ul>
 */
final class Parser {
  private static final int DEFAULT_PERSISTENCE_SECONDS = 360;
  private static final int MAX_TIMEOUT_SECONDS = 31 * 24 * 60 * 60;
  private static final String DEFAULT_SCHEDULER = "wlc";

  private final Scanner scanner;
  private final String program;
  private final Names names;
  private final Set<Option> given = EnumSet.noneOf(Option.class);

  private @Nullable Protocol protocol;
  private Family family = Family.IPV4;
  private Address address = Address.ipv4(0);
  private int port;
  private int mark;

  private String scheduler = "";
  private String schedulerFlags = "";
  private String persistenceEngine = "";
  private int persistenceSeconds;
  private boolean onePacket;

  /** As the kernel keeps it: the bits of an IPv4 mask, or the prefix length of an IPv6 one. */
  private int netmask = -1;

  private Endpoint server = new Endpoint(Address.ipv4(0), OptionalInt.empty());
  private int serverPort;
  private ForwardingMethod forwarding = ForwardingMethod.DIRECT_ROUTE;
  private int weight = 1;
  private int upperThreshold;
  private int lowerThreshold;
  private Tunnel.Type tunnelType = Tunnel.Type.IPIP;
  private int tunnelPort;
  private Tunnel.Checksum tunnelChecksum = Tunnel.Checksum.NONE;

  private boolean master;
  private int syncId;
  private int syncMaxLength;
  private String mcastInterface = "";
  private Optional<String> mcastGroup = Optional.empty();
  private int mcastPort;
  private int mcastTtl;

  private Parser(String program, List<String> words, Names names) {
    this.program = program;
    this.scanner = new Scanner(words);
    this.names = names;
  }

  /**
   * @param program its name in messages
   * @param words the command line without the program's name, not empty
   * @param restoring whether the line comes from a restore, which cannot hold another one
   */
  static Request parse(String program, List<String> words, boolean restoring, Names names)
      throws UsageException {
    return new Parser(program, words, names).parse(restoring);
  }

  private Request parse(boolean restoring) throws UsageException {
    Flag first = firstFlag();
    if (first == Flag.HELP) {
      return new Request.Help();
    }
    if (first == Flag.VERSION) {
      return new Request.Version();
    }
    Command command = Command.of(first);
    if (command == null || (restoring && command == Command.RESTORE)) {
      throw tryHelp();
    }
    if (command == Command.START_DAEMON) {
      master = role("illegal start-daemon parameter specified");
    } else if (command == Command.STOP_DAEMON) {
      master = role("illegal start_daemon specified");
    }
    for (Flag flag = scanner.next(); flag != null; flag = scanner.next()) {
      take(flag);
    }
    List<String> leftovers = scanner.leftovers();
    Timeouts timeouts = new Timeouts(0, 0, 0);
    if (command == Command.SET) {
      timeouts = timeouts(leftovers);
      leftovers = leftovers.subList(3, leftovers.size());
    }
    if (!leftovers.isEmpty()) {
      throw new UsageException("unexpected argument " + leftovers.getFirst());
    }
    int flags = schedulerFlags();
    command.check(given);
    return switch (command) {
      case ADD_SERVICE -> new Request.AddService(serviceSpec(flags));
      case EDIT_SERVICE -> new Request.EditService(serviceSpec(flags));
      case DELETE_SERVICE -> new Request.DeleteService(serviceKey());
      case FLUSH -> new Request.Flush();
      case LIST -> list();
      case ADD_SERVER -> new Request.AddServer(serviceKey(), serverSpec());
      case EDIT_SERVER -> new Request.EditServer(serviceKey(), serverSpec());
      case DELETE_SERVER ->
          new Request.DeleteServer(serviceKey(), new ServerKey(server.address(), serverPort));
      case SET -> new Request.SetTimeouts(timeouts);
      case START_DAEMON ->
          new Request.StartDaemon(
              new SyncDaemon(
                  master, mcastInterface, syncId, syncMaxLength, mcastGroup, mcastPort, mcastTtl));
      case STOP_DAEMON -> new Request.StopDaemon(master, syncId);
      case RESTORE -> new Request.Restore();
      case SAVE -> new Request.Save(given.contains(Option.NUMERIC));
      case ZERO -> new Request.Zero(optionalServiceKey().filter(Parser::isSomeService));
    };
  }

  private Flag firstFlag() throws UsageException {
    Flag flag;
    try {
      flag = scanner.next();
    } catch (UsageException _) {
      flag = null;
    }
    if (flag == null) {
      throw tryHelp();
    }
    return flag;
  }

  private UsageException tryHelp() {
    return new UsageException(
        "Try `%s -h' or '%s --help' for more information.".formatted(program, program), 255, true);
  }

  private boolean role(String message) throws UsageException {
    return switch (argument()) {
      case "master" -> true;
      case "backup" -> false;
      default -> throw new UsageException(message);
    };
  }

  private void take(Flag flag) throws UsageException {
    Option option = flag.option();
    if (option != null && !given.add(option)) {
      throw new UsageException("multiple '%s' options specified".formatted(option.text()));
    }
    switch (flag) {
      case TCP_SERVICE -> service(Protocol.TCP);
      case UDP_SERVICE -> service(Protocol.UDP);
      case SCTP_SERVICE -> service(Protocol.SCTP);
      case FWMARK_SERVICE -> {
        protocol = Protocol.TCP;
        mark =
            (int)
                number(
                    1, 0xffff_ffffL, "invalid fwmark value `%s' specified".formatted(argument()));
      }
      case IPV6 -> {
        if (mark == 0) {
          throw new UsageException("-6 used before -f\n");
        }
        family = Family.IPV6;
        netmask = 128;
      }
      case SCHEDULER -> scheduler = argument();
      case PERSISTENT -> {
        String text = scanner.argument();
        persistenceSeconds = text == null ? DEFAULT_PERSISTENCE_SECONDS : seconds(text, 1);
      }
      case NETMASK -> netmask();
      case REAL_SERVER -> {
        server =
            Endpoint.parse(argument(), protocol, names)
                .orElseThrow(
                    () -> new UsageException("illegal real server address[:port] specified"));
        serverPort = server.port().orElse(port);
      }
      case MASQUERADING -> forwarding = ForwardingMethod.MASQUERADE;
      case IPIP -> forwarding = ForwardingMethod.TUNNEL;
      case GATEWAYING -> forwarding = ForwardingMethod.DIRECT_ROUTE;
      case WEIGHT -> weight = (int) number(0, Integer.MAX_VALUE, "illegal weight specified");
      case U_THRESHOLD ->
          upperThreshold = (int) number(0, Integer.MAX_VALUE, "illegal u_threshold specified");
      case L_THRESHOLD ->
          lowerThreshold = (int) number(0, Integer.MAX_VALUE, "illegal l_threshold specified");
      case MCAST_INTERFACE -> mcastInterface = argument();
      case SYNCID -> syncId = (int) number(0, 255, "illegal syncid specified");
      case SYNC_MAXLEN ->
          syncMaxLength = (int) number(1, 65535 - 20 - 8, "illegal sync-maxlen specified");
      case MCAST_GROUP -> mcastGroup = Optional.of(multicastGroup());
      case MCAST_PORT -> mcastPort = (int) number(1, 65535, "illegal mcast-port specified");
      case MCAST_TTL -> mcastTtl = (int) number(1, 255, "illegal mcast-ttl specified");
      case OPS -> onePacket = true;
      case PE -> persistenceEngine = argument();
      case SCHED_FLAGS -> schedulerFlags = argument();
      case TUN_TYPE ->
          tunnelType =
              switch (argument()) {
                case "ipip" -> Tunnel.Type.IPIP;
                case "gue" -> Tunnel.Type.GUE;
                case "gre" -> Tunnel.Type.GRE;
                default -> throw new UsageException("illegal tunnel type specified");
              };
      case TUN_PORT -> tunnelPort = (int) number(1, 65535, "illegal tunnel port specified");
      case TUN_NOCSUM -> tunnelChecksum = Tunnel.Checksum.NONE;
      case TUN_CSUM -> tunnelChecksum = Tunnel.Checksum.FULL;
      case TUN_REMCSUM -> tunnelChecksum = Tunnel.Checksum.REMOTE;
      case NUMERIC,
          CONNECTION,
          TIMEOUT,
          DAEMON,
          STATS,
          RATE,
          THRESHOLDS,
          PERSISTENT_CONN,
          NOSORT,
          SORT,
          EXACT,
          TUN_INFO -> {}
      case ADD_SERVICE,
          EDIT_SERVICE,
          DELETE_SERVICE,
          CLEAR,
          LIST,
          ZERO,
          ADD_SERVER,
          EDIT_SERVER,
          DELETE_SERVER,
          SET,
          START_DAEMON,
          STOP_DAEMON,
          RESTORE,
          SAVE,
          HELP,
          VERSION ->
          throw new UsageException("invalid option `%s'".formatted(scanner.lastWord()));
    }
  }

  private void service(Protocol ofProtocol) throws UsageException {
    protocol = ofProtocol;
    Endpoint endpoint =
        Endpoint.parse(argument(), ofProtocol, names)
            .orElseThrow(
                () -> new UsageException("illegal virtual server address[:port] specified"));
    address = endpoint.address();
    family = address.family();
    port = endpoint.port().orElse(0);
    if (family == Family.IPV6) {
      netmask = 128;
    }
  }

  private void netmask() throws UsageException {
    if (family == Family.IPV6) {
      long length = Numbers.leadingDecimal(argument());
      if (length < 1 || length > 128) {
        throw new UsageException("illegal ipv6 netmask specified");
      }
      netmask = (int) length;
    } else {
      netmask =
          Endpoint.host(argument(), names)
              .orElseThrow(
                  () -> new UsageException("illegal virtual server persistent mask specified"))
              .ipv4Bits();
    }
  }

  private String multicastGroup() throws UsageException {
    String text = argument();
    boolean ipv6 = text.indexOf(':') >= 0;
    return Address.parse(text)
        .filter(group -> ipv6 ? group.high() >>> 56 == 0xff : group.ipv4Bits() >>> 28 == 0xe)
        .map(Address::toString)
        .orElseThrow(
            () ->
                new UsageException(
                    "invalid %s mcast-group `%s'".formatted(ipv6 ? "IPv6" : "IPv4", text)));
  }

  private Timeouts timeouts(List<String> words) throws UsageException {
    if (words.size() < 3) {
      throw new UsageException("--set option requires 3 timeout values");
    }
    return new Timeouts(
        seconds(words.get(0), 0), seconds(words.get(1), 0), seconds(words.get(2), 0));
  }

  private static int seconds(String text, int least) throws UsageException {
    long value = Numbers.decimal(text, least, MAX_TIMEOUT_SECONDS);
    if (value < 0) {
      throw new UsageException("invalid timeout value `%s' specified".formatted(text));
    }
    return (int) value;
  }

  private int schedulerFlags() throws UsageException {
    String ofScheduler = scheduler.isEmpty() ? DEFAULT_SCHEDULER : scheduler;
    int bits = 0;
    for (String name : schedulerFlags.split(",")) {
      if (!name.isEmpty()) {
        SchedulerFlag flag = SchedulerFlag.named(name);
        if (flag == null) {
          throw new UsageException("invalid scheduler flag `%s'".formatted(name));
        }
        if (!flag.worksWith(ofScheduler)) {
          throw new UsageException("incompatible scheduler flag `%s'".formatted(name));
        }
        bits |= flag.bit();
      }
    }
    return bits;
  }

  private ServiceSpec serviceSpec(int flags) throws UsageException {
    boolean persistent = given.contains(Option.PERSISTENT);
    if (mark == 0 && port == 0 && !persistent) {
      throw new UsageException("Zero port specified for non-persistent service");
    }
    if (onePacket && mark == 0 && protocol != Protocol.UDP) {
      throw new UsageException("One-Packet Scheduling is only for UDP virtual services");
    }
    int allFlags =
        flags
            | (persistent ? ServiceSpec.PERSISTENT : 0)
            | (onePacket ? ServiceSpec.ONE_PACKET : 0);
    return new ServiceSpec(
        serviceKey(),
        scheduler.isEmpty() ? DEFAULT_SCHEDULER : scheduler,
        allFlags,
        persistenceSeconds,
        family == Family.IPV6 ? Address.mask(family, netmask) : Address.ipv4(netmask),
        persistenceEngine.isEmpty() ? Optional.empty() : Optional.of(persistenceEngine));
  }

  private ServiceKey serviceKey() {
    return mark != 0
        ? new ServiceKey.Mark(mark, family)
        : new ServiceKey.Endpoint(Objects.requireNonNull(protocol), address, port);
  }

  private Optional<ServiceKey> optionalServiceKey() {
    return given.contains(Option.SERVICE) ? Optional.of(serviceKey()) : Optional.empty();
  }

  /** The service of any address and port 0 stands for all of them in the library's message. */
  private static boolean isSomeService(ServiceKey key) {
    return !(key instanceof ServiceKey.Endpoint(_, Address ofAny, int ofPort)
        && ofAny.isAny()
        && ofPort == 0);
  }

  private ServerSpec serverSpec() throws UsageException {
    if (server.address().family() != family && forwarding != ForwardingMethod.TUNNEL) {
      throw new UsageException("Different address family is allowed only for tunneling servers");
    }
    checkTunnel();
    // Only masquerading can change the port; a firewall mark's service has none to prescribe.
    boolean keepsPort = forwarding == ForwardingMethod.MASQUERADE || mark != 0;
    return new ServerSpec(
        new ServerKey(server.address(), keepsPort ? serverPort : port),
        forwarding,
        weight,
        upperThreshold,
        lowerThreshold,
        new Tunnel(tunnelType, tunnelPort, tunnelChecksum));
  }

  private void checkTunnel() throws UsageException {
    if (forwarding != ForwardingMethod.TUNNEL) {
      if (given.stream().anyMatch(option -> option.compareTo(Option.TUN_TYPE) >= 0)) {
        throw new UsageException("Tunnel options conflict with forward method");
      }
      return;
    }
    String type =
        switch (tunnelType) {
          case IPIP -> "ipip";
          case GUE -> "gue";
          case GRE -> "gre";
        };
    if (tunnelType == Tunnel.Type.GUE && !given.contains(Option.TUN_PORT)) {
      throw new UsageException(
          "You need to supply the 'tun-port' option for the 'gue' tunnel type");
    }
    Option earlier = null;
    for (Option option : Option.values()) {
      if (option.compareTo(Option.TUN_PORT) >= 0 && given.contains(option)) {
        boolean legal =
            switch (tunnelType) {
              case IPIP -> false;
              case GUE -> true;
              case GRE -> option != Option.TUN_PORT && option != Option.TUN_REMCSUM;
            };
        if (!legal) {
          throw new UsageException(
              "Illegal '%s' option with the '%s' tunnel type".formatted(option.text(), type));
        }
        if (option != Option.TUN_PORT) {
          if (earlier != null) {
            throw new UsageException(
                "The option '%s' conflicts with the '%s' option in the '%s' tunnel type"
                    .formatted(option.text(), earlier.text(), type));
          }
          earlier = option;
        }
      }
    }
  }

  private Request list() throws UsageException {
    boolean numeric = given.contains(Option.NUMERIC);
    boolean noTable =
        given.contains(Option.CONNECTION)
            || given.contains(Option.TIMEOUT)
            || given.contains(Option.DAEMON);
    boolean persistence = given.contains(Option.PERSISTENT_CONN);
    boolean persistenceElsewhere =
        persistence && (given.contains(Option.TIMEOUT) || given.contains(Option.DAEMON));
    if ((noTable
            && (given.contains(Option.STATS)
                || given.contains(Option.RATE)
                || given.contains(Option.THRESHOLDS)))
        || persistenceElsewhere) {
      throw new UsageException("options conflicts in the list command");
    }
    if (given.contains(Option.CONNECTION)) {
      return new Request.ListConnections(numeric, persistence);
    }
    if (given.contains(Option.TIMEOUT)) {
      return new Request.ListTimeouts();
    }
    if (given.contains(Option.DAEMON)) {
      return new Request.ListDaemons();
    }
    return new Request.ListServices(
        optionalServiceKey(),
        new Request.Format(
            columns(), numeric, given.contains(Option.EXACT), !given.contains(Option.NOSORT)));
  }

  private Request.Columns columns() {
    if (given.contains(Option.STATS)) {
      return Request.Columns.STATISTICS;
    }
    if (given.contains(Option.RATE)) {
      return Request.Columns.RATES;
    }
    if (given.contains(Option.THRESHOLDS)) {
      return Request.Columns.THRESHOLDS;
    }
    if (given.contains(Option.PERSISTENT_CONN)) {
      return Request.Columns.PERSISTENCE;
    }
    return given.contains(Option.TUN_INFO) ? Request.Columns.TUNNELS : Request.Columns.STATE;
  }

  private long number(long least, long most, String message) throws UsageException {
    long value = Numbers.decimal(argument(), least, most);
    if (value < 0) {
      throw new UsageException(message);
    }
    return value;
  }

  private String argument() {
    return Objects.requireNonNull(scanner.argument());
  }
}
