package org.jlvs.server.daemon;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.engine.FtpPorts;
import org.jlvs.core.settings.Setting;
import org.jlvs.core.settings.Settings;
import org.jlvs.xdp.XdpOptions.AttachMode;

/**
 * The options of {@code jlvs director}.
 *
 * @param interfaces where packets come and go; empty for every Ethernet interface that is up
 * @param mode how the program is attached
 * @param connections slots of the connection table
 * @param servers real servers at a time
 * @param ftpPorts ports whose masqueraded services are FTP's, as ip_vs_ftp's {@code ports}
 * @param settings what to set before the first packet, by {@link Setting#name}, in order
 */
public record DirectorOptions(
    List<String> interfaces,
    AttachMode mode,
    int connections,
    int servers,
    List<Integer> ftpPorts,
    List<Preset> settings) {

  /** A value for a setting. */
  public record Preset(String name, String text) {}

  public static final int DEFAULT_CONNECTIONS = 1 << 18;
  public static final int DEFAULT_SERVERS = 1 << 17;
  private static final List<Integer> DEFAULT_FTP_PORTS = List.of(21);
  private static final int LARGEST_CONNECTIONS = 1 << 26;
  private static final int LARGEST_SERVERS = 1 << 20;
  private static final int LARGEST_PORT = 0xffff;

  private static final List<String> NAMES =
      List.of(
          "-i",
          "--interface",
          "--xdp-mode",
          "--connections",
          "--servers",
          "--ftp-ports",
          "--sysctl");

  public static final String HELP =
      """
      Usage: jlvs director [OPTION]...
      Runs the director in the foreground of this network namespace until it is told to end.

        -i, --interface IF[,IF]...  balance what comes in by these interfaces
                                    (default: every Ethernet interface that is up)
            --xdp-mode MODE         native: in the driver, fastest; generic: on every device;
                                    auto (default): native where it works, and say which and why
            --connections N         room for so many connections, 160 bytes each (default 262144)
            --servers N             room for so many real servers (default 131072)
            --ftp-ports N[,N]...    help FTP through masquerading (-m) where services have one of these up to
                                    8 ports, as 'modprobe ip_vs_ftp ports=N,...' does; none: don't (default 21)
            --sysctl NAME=VALUE     a setting from the start, such as net.ipv4.vs.expire_nodest_conn=1;
                                    once for each ('jlvs sysctl' shows and changes them later)
        -h, --help                  print this

      It prints 'ready' once it serves. Drive it with 'jlvs ipvsadm' in the same namespace, for instance:
        jlvs ipvsadm -A -t 10.0.0.100:80 -s wrr
        jlvs ipvsadm -a -t 10.0.0.100:80 -r 10.0.0.11 -g -w 3
      SIGTERM and Ctrl-C take the program off the interfaces and end it. If it is killed, connections that are
      set up go on, and the next 'jlvs director' takes them over.
      The environment variable JLVS_LOG says what it logs on standard error: error, warning (default), info
      or debug.
      """;

  /** Bad options: the message says which and what was expected. */
  public static final class UsageException extends Exception {
    private static final long serialVersionUID = 1;

    UsageException(String message) {
      super(message);
    }
  }

  public DirectorOptions {
    interfaces = List.copyOf(interfaces);
    ftpPorts = List.copyOf(ftpPorts);
    settings = List.copyOf(settings);
  }

  /** Reads the options; empty when help was asked for. */
  public static Optional<DirectorOptions> parse(List<String> args) throws UsageException {
    List<String> interfaces = new ArrayList<>();
    AttachMode mode = AttachMode.AUTO;
    int connections = DEFAULT_CONNECTIONS;
    int servers = DEFAULT_SERVERS;
    List<Integer> ftpPorts = DEFAULT_FTP_PORTS;
    List<Preset> settings = new ArrayList<>();
    for (Iterator<String> rest = args.iterator(); rest.hasNext(); ) {
      String arg = rest.next();
      int equals = arg.startsWith("--") ? arg.indexOf('=') : -1;
      String name = equals < 0 ? arg : arg.substring(0, equals);
      if (name.equals("-h") || name.equals("--help")) {
        return Optional.empty();
      }
      if (!NAMES.contains(name)) {
        throw new UsageException(
            "director: unknown option '" + arg + "'; 'jlvs director --help' lists what there is");
      }
      if (equals < 0 && !rest.hasNext()) {
        throw new UsageException("director: " + name + " wants a value");
      }
      String value = equals < 0 ? rest.next() : arg.substring(equals + 1);
      switch (name) {
        case "-i", "--interface" -> interfaces.addAll(interfaceNames(name, value));
        case "--xdp-mode" -> mode = mode(value);
        case "--ftp-ports" -> ftpPorts = ftpPorts(value);
        case "--connections" -> connections = number(name, value, 1024, LARGEST_CONNECTIONS);
        case "--sysctl" -> settings.add(setting(value));
        default -> servers = number(name, value, 16, LARGEST_SERVERS);
      }
    }
    return Optional.of(
        new DirectorOptions(interfaces, mode, connections, servers, ftpPorts, settings));
  }

  private static List<String> interfaceNames(String option, String value) throws UsageException {
    List<String> names = List.of(value.split(",", -1));
    if (names.stream().anyMatch(String::isEmpty)) {
      throw new UsageException(
          "director: " + option + " wants interface names such as eth0,eth1, not '" + value + "'");
    }
    return names;
  }

  private static AttachMode mode(String value) throws UsageException {
    return switch (value) {
      case "auto" -> AttachMode.AUTO;
      case "native" -> AttachMode.NATIVE;
      case "generic" -> AttachMode.GENERIC;
      default ->
          throw new UsageException(
              "director: --xdp-mode is auto, native or generic, not '" + value + "'");
    };
  }

  private static Preset setting(String value) throws UsageException {
    int sign = value.indexOf('=');
    if (sign < 0) {
      throw new UsageException(
          "director: --sysctl wants NAME=VALUE such as net.ipv4.vs.sloppy_tcp=1, not '"
              + value
              + "'");
    }
    Preset preset =
        new Preset(Setting.nameOf(value.substring(0, sign)), value.substring(sign + 1).strip());
    try {
      new Settings().set(preset.name, preset.text);
    } catch (DirectorException e) {
      throw new UsageException("director: --sysctl " + value + ": " + e.getMessage());
    }
    return preset;
  }

  private static List<Integer> ftpPorts(String value) throws UsageException {
    if (value.equals("none")) {
      return List.of();
    }
    List<Integer> ports = new ArrayList<>();
    for (String port : value.split(",", -1)) {
      ports.add(number("--ftp-ports", port, 1, LARGEST_PORT));
    }
    if (ports.size() > FtpPorts.MOST) {
      throw new UsageException(
          "director: --ftp-ports takes at most " + FtpPorts.MOST + " ports, not " + ports.size());
    }
    return ports;
  }

  private static int number(String option, String value, int from, int to) throws UsageException {
    try {
      int number = Integer.parseInt(value);
      if (number >= from && number <= to) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new UsageException(
        "director: "
            + option
            + " wants a number from "
            + from
            + " to "
            + to
            + ", not '"
            + value
            + "'");
  }
}
