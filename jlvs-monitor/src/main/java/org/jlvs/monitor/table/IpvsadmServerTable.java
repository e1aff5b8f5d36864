package org.jlvs.monitor.table;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Protocol;
import org.jlvs.monitor.config.VirtualServer;
import org.jspecify.annotations.Nullable;

/**
 * The service table by the commands of ipvsadm, as the original monitor drives it: {@code -L -n} to
 * read, and one restore for several changes, which a director makes as one.
 */
public final class IpvsadmServerTable implements ServerTable {
  private final Ipvsadm ipvsadm;

  /** Whether servers have been given thresholds, which are listed apart. */
  private boolean thresholds;

  /** Runs ipvsadm, in a process or in the director itself. */
  @FunctionalInterface
  public interface Ipvsadm {

    /**
     * @param arguments without the program's name
     * @param input its standard input, where it reads some
     * @throws IOException if it cannot be run, with what the operator should do
     */
    Result run(List<String> arguments, Optional<String> input) throws IOException;

    /** What a run left behind. */
    record Result(int status, String out, String err) {}
  }

  public IpvsadmServerTable(Ipvsadm ipvsadm) {
    this.ipvsadm = ipvsadm;
  }

  @Override
  public List<TableEntry> services() throws TableException {
    Ipvsadm.Result listed = run(List.of("-L", "-n"), Optional.empty());
    if (failed(listed)) {
      throw refused("ipvsadm -L -n", listed);
    }
    return read(listed.out(), List.of());
  }

  @Override
  public Optional<TableEntry> service(ServiceKey key) throws TableException {
    List<String> address = serviceOptions(key);
    List<String> command = new ArrayList<>(List.of("-L", "-n"));
    command.addAll(address);
    Ipvsadm.Result listed = run(command, Optional.empty());
    if (listed.err().contains("No such service")) {
      return Optional.empty();
    }
    if (failed(listed)) {
      throw refused("ipvsadm " + String.join(" ", command), listed);
    }
    return read(listed.out(), address).stream()
        .filter(entry -> entry.spec().key().equals(key))
        .findFirst();
  }

  @Override
  public void apply(List<TableChange> changes) throws TableException {
    List<List<String>> commands = changes.stream().map(this::command).toList();
    if (commands.size() == 1) {
      Ipvsadm.Result result = run(commands.getFirst(), Optional.empty());
      if (failed(result)) {
        throw refused("ipvsadm " + String.join(" ", commands.getFirst()), result);
      }
      return;
    }
    StringBuilder script = new StringBuilder();
    for (List<String> command : commands) {
      script.append(String.join(" ", command)).append('\n');
    }
    Ipvsadm.Result result = run(List.of("-R"), Optional.of(script.toString()));
    if (failed(result)) {
      throw refused("ipvsadm -R of " + script.toString().replace("\n", "; ").strip(), result);
    }
  }

  private Ipvsadm.Result run(List<String> arguments, Optional<String> input) throws TableException {
    try {
      return ipvsadm.run(arguments, input);
    } catch (IOException unreachable) {
      throw new TableException(String.valueOf(unreachable.getMessage()), unreachable);
    }
  }

  /** A restore goes on after some errors and still ends with status 0. */
  private static boolean failed(Ipvsadm.Result result) {
    return result.status() != 0 || !result.err().isBlank();
  }

  private static TableException refused(String command, Ipvsadm.Result result) {
    String said = result.err().isBlank() ? "exit status " + result.status() : result.err().strip();
    return new TableException(command + ": " + said.replace("\n", "; "));
  }

  // ---- writing ----

  private List<String> command(TableChange change) {
    List<String> words = new ArrayList<>();
    switch (change) {
      case TableChange.AddService add -> service("-A", add.spec(), words);
      case TableChange.EditService edit -> service("-E", edit.spec(), words);
      case TableChange.DeleteService delete -> {
        words.add("-D");
        words.addAll(serviceOptions(delete.service()));
      }
      case TableChange.AddServer add -> server("-a", add.service(), add.spec(), words);
      case TableChange.EditServer edit -> server("-e", edit.service(), edit.spec(), words);
      case TableChange.DeleteServer delete -> {
        words.add("-d");
        words.addAll(serviceOptions(delete.service()));
        words.add("-r");
        words.add(text(delete.server()));
      }
    }
    return words;
  }

  private static void service(String command, ServiceSpec spec, List<String> words) {
    words.add(command);
    words.addAll(serviceOptions(spec.key()));
    words.addAll(List.of("-s", spec.scheduler()));
    if (spec.persistent()) {
      words.addAll(List.of("-p", String.valueOf(spec.persistenceSeconds())));
      if (!spec.clientMask().equals(allBits(spec.key().family()))) {
        words.addAll(List.of("-M", mask(spec)));
      }
    }
    if (spec.onePacket()) {
      words.add("-o");
    }
  }

  private static String mask(ServiceSpec spec) {
    return spec.key().family() == Family.IPV6
        ? String.valueOf(spec.prefixLength())
        : spec.clientMask().toString();
  }

  private static Address allBits(Family family) {
    return Address.mask(family, 8 * family.addressBytes());
  }

  private void server(String command, ServiceKey service, ServerSpec spec, List<String> words) {
    words.add(command);
    words.addAll(serviceOptions(service));
    words.addAll(List.of("-r", text(spec.key())));
    words.add(
        switch (spec.forwarding()) {
          case DIRECT_ROUTE, LOCAL -> "-g";
          case TUNNEL -> "-i";
          case MASQUERADE -> "-m";
        });
    words.addAll(List.of("-w", String.valueOf(spec.weight())));
    if (spec.upperThreshold() != 0 || spec.lowerThreshold() != 0) {
      thresholds = true;
    }
    if (thresholds) {
      words.addAll(List.of("-x", String.valueOf(spec.upperThreshold())));
      words.addAll(List.of("-y", String.valueOf(spec.lowerThreshold())));
    }
  }

  private static List<String> serviceOptions(ServiceKey key) {
    return switch (key) {
      case ServiceKey.Endpoint(Protocol protocol, Address address, int port) ->
          List.of(
              switch (protocol) {
                case TCP -> "-t";
                case UDP -> "-u";
                case SCTP -> "--sctp-service";
              },
              VirtualServer.endpointText(address, port));
      case ServiceKey.Mark(int mark, Family family) -> {
        String number = Integer.toUnsignedString(mark);
        yield family == Family.IPV6 ? List.of("-f", number, "-6") : List.of("-f", number);
      }
    };
  }

  private static String text(ServerKey key) {
    return VirtualServer.endpointText(key.address(), key.port());
  }

  // ---- reading ----

  /**
   * @param address the options that name the service the listing is of; empty for all
   */
  private List<TableEntry> read(String listing, List<String> address) throws TableException {
    List<TableEntry> entries = parse(listing);
    if (!thresholds) {
      return entries;
    }
    List<String> command = new ArrayList<>(List.of("-L", "-n", "--thresholds"));
    command.addAll(address);
    Ipvsadm.Result listed = run(command, Optional.empty());
    if (failed(listed)) {
      throw refused("ipvsadm " + String.join(" ", command), listed);
    }
    Map<ServiceKey, Map<ServerKey, int[]>> limits = parseThresholds(listed.out());
    return entries.stream()
        .map(
            entry ->
                new TableEntry(
                    entry.spec(),
                    entry.servers().stream()
                        .map(server -> limited(server, limits.get(entry.spec().key())))
                        .toList()))
        .toList();
  }

  private static ServerSpec limited(ServerSpec server, @Nullable Map<ServerKey, int[]> limits) {
    int[] limit = limits == null ? null : limits.get(server.key());
    return limit == null
        ? server
        : new ServerSpec(
            server.key(), server.forwarding(), server.weight(), limit[0], limit[1], Tunnel.IPIP);
  }

  private static List<TableEntry> parse(String listing) throws TableException {
    Map<ServiceSpec, List<ServerSpec>> services = new LinkedHashMap<>();
    List<ServerSpec> servers = new ArrayList<>();
    for (String line : listing.split("\n")) {
      String[] words = line.strip().split("\\s+");
      Optional<ServiceKey> key = serviceKey(words);
      if (key.isPresent()) {
        servers = new ArrayList<>();
        services.put(serviceSpec(key.get(), words), servers);
      } else if (isServer(words) && words.length >= 4) {
        servers.add(
            new ServerSpec(
                serverKey(words[1]), forwarding(words[2]), number(words[3]), 0, 0, Tunnel.IPIP));
      }
    }
    List<TableEntry> entries = new ArrayList<>();
    services.forEach((spec, held) -> entries.add(new TableEntry(spec, held)));
    return entries;
  }

  private static Map<ServiceKey, Map<ServerKey, int[]>> parseThresholds(String listing)
      throws TableException {
    Map<ServiceKey, Map<ServerKey, int[]>> services = new LinkedHashMap<>();
    Map<ServerKey, int[]> servers = new LinkedHashMap<>();
    for (String line : listing.split("\n")) {
      String[] words = line.strip().split("\\s+");
      Optional<ServiceKey> key = serviceKey(words);
      if (key.isPresent()) {
        servers = new LinkedHashMap<>();
        services.put(key.get(), servers);
      } else if (isServer(words) && words.length >= 4) {
        servers.put(serverKey(words[1]), new int[] {number(words[2]), number(words[3])});
      }
    }
    return services;
  }

  private static boolean isServer(String[] words) {
    return words[0].equals("->") && words.length > 1 && !words[1].startsWith("RemoteAddress");
  }

  private static Optional<ServiceKey> serviceKey(String[] words) throws TableException {
    if (words.length < 3) {
      return Optional.empty();
    }
    return switch (words[0]) {
      case "TCP" -> Optional.of(endpoint(Protocol.TCP, words[1]));
      case "UDP" -> Optional.of(endpoint(Protocol.UDP, words[1]));
      case "SCTP" -> Optional.of(endpoint(Protocol.SCTP, words[1]));
      case "FWM" -> {
        Family family = words[2].equals("IPv6") ? Family.IPV6 : Family.IPV4;
        yield Optional.of(new ServiceKey.Mark(mark(words[1]), family));
      }
      default -> Optional.empty();
    };
  }

  private static ServiceKey endpoint(Protocol protocol, String text) throws TableException {
    ServerKey key = serverKey(text);
    return new ServiceKey.Endpoint(protocol, key.address(), key.port());
  }

  private static ServiceSpec serviceSpec(ServiceKey key, String[] words) throws TableException {
    int at = key instanceof ServiceKey.Mark mark && mark.family() == Family.IPV6 ? 3 : 2;
    String scheduler = at < words.length ? words[at] : "";
    int flags = 0;
    int seconds = 0;
    Address mask = allBits(key.family());
    Optional<String> engine = Optional.empty();
    for (int i = at + 1; i < words.length; i++) {
      String next = i + 1 < words.length ? words[i + 1] : "";
      switch (words[i]) {
        case "persistent" -> {
          flags |= ServiceSpec.PERSISTENT;
          seconds = number(next);
        }
        case "mask" -> mask = mask(key.family(), next);
        case "pe" -> engine = Optional.of(next);
        case "ops" -> flags |= ServiceSpec.ONE_PACKET;
        default -> flags |= schedulerFlags(words[i]);
      }
    }
    return new ServiceSpec(key, scheduler, flags, seconds, mask, engine);
  }

  /** Reads {@code (sh-fallback,sh-port)}, {@code (flag-3)}; other words mean nothing. */
  private static int schedulerFlags(String word) {
    if (!word.startsWith("(")) {
      return 0;
    }
    boolean first = word.contains("-fallback") || word.contains("flag-1");
    boolean second = word.contains("-port") || word.contains("flag-2");
    return (first ? ServiceSpec.SCHEDULER_FLAG_1 : 0)
        | (second ? ServiceSpec.SCHEDULER_FLAG_2 : 0)
        | (word.contains("flag-3") ? ServiceSpec.SCHEDULER_FLAG_3 : 0);
  }

  private static Address mask(Family family, String text) throws TableException {
    if (family == Family.IPV6) {
      int length = number(text);
      if (length < 0 || length > 128) {
        throw unreadable(text);
      }
      return Address.mask(family, length);
    }
    return Address.parse(text).filter(Address::isIpv4).orElseThrow(() -> unreadable(text));
  }

  private static ForwardingMethod forwarding(String word) throws TableException {
    return switch (word) {
      case "Route" -> ForwardingMethod.DIRECT_ROUTE;
      case "Local" -> ForwardingMethod.LOCAL;
      case "Tunnel" -> ForwardingMethod.TUNNEL;
      case "Masq" -> ForwardingMethod.MASQUERADE;
      default -> throw unreadable(word);
    };
  }

  private static ServerKey serverKey(String text) throws TableException {
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? text : text.substring(0, colon);
    boolean brackets = host.startsWith("[") && host.endsWith("]");
    Optional<Address> address =
        Address.parse(brackets ? host.substring(1, host.length() - 1) : host);
    if (colon < 0 || address.isEmpty()) {
      throw unreadable(text);
    }
    return new ServerKey(address.get(), number(text.substring(colon + 1)));
  }

  /** Marks above 2147483647 are listed as negative numbers. */
  private static int mark(String text) throws TableException {
    return text.startsWith("-") ? -number(text.substring(1)) : number(text);
  }

  private static int number(String text) throws TableException {
    try {
      return Integer.parseUnsignedInt(text);
    } catch (NumberFormatException none) {
      throw unreadable(text);
    }
  }

  private static TableException unreadable(String word) {
    return new TableException("cannot read what ipvsadm lists: \"" + word + "\"");
  }
}
