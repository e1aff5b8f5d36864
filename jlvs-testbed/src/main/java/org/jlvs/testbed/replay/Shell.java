package org.jlvs.testbed.replay;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.Errno;
import org.jlvs.core.mark.IptablesCommand;
import org.jlvs.core.net.Family;
import org.jlvs.ipvsadm.Ipvsadm;
import org.jlvs.ipvsadm.ProcFiles;
import org.jlvs.ipvsadm.SystemNames;

/**
 * Runs the commands that traces contain on a simulated machine: those it knows, as a shell does.
 */
final class Shell {
  /** The routing table that holds a local route for all destinations, once a rule names it. */
  private static final String MARKED_TABLE = "100";

  private static final String PROC_NET = "/proc/net/";
  private static final String SYSCTL_FOLDER = "/proc/sys/";
  private static final String SETTINGS_FOLDER = "/proc/sys/net/ipv4/vs/";
  private static final String SHELL_SIGNS = "|<>;&$`";
  private static final int NOT_FOUND = 127;
  private static final Set<String> IPVSADM = Set.of("ipvsadm", "ipvsadm-save", "ipvsadm-restore");
  private static final int SMALLEST_MTU = 68;

  /** What a command answers. */
  record Result(int exitCode, String out, String err) {}

  private final Machine machine;
  private final SystemNames names = SystemNames.ofHost();

  /** What commands have written, by the files' paths. */
  private final Map<String, String> files = new HashMap<>();

  Shell(Machine machine) {
    this.machine = machine;
  }

  /**
   * Runs a command line, by the same rules as the recorder: a shell only when it looks like one.
   */
  Result run(String line) throws IOException {
    if (line.chars().noneMatch(c -> SHELL_SIGNS.indexOf(c) >= 0)) {
      return run(List.of(line.strip().split("\\s+")), "");
    }
    Optional<List<ShellLine.Pipeline>> pipelines = ShellLine.read(line);
    if (pipelines.isEmpty()) {
      return unknown("the shell's syntax in \"" + line + "\"");
    }
    StringBuilder out = new StringBuilder();
    StringBuilder errors = new StringBuilder();
    int exitCode = 0;
    for (ShellLine.Pipeline pipeline : pipelines.get()) {
      boolean runs =
          switch (pipeline.when()) {
            case ALWAYS -> true;
            case IF_GOOD -> exitCode == 0;
            case IF_BAD -> exitCode != 0;
          };
      if (runs) {
        Result last = new Result(0, "", "");
        for (ShellLine.Command command : pipeline.commands()) {
          last = run(command, last.out);
          errors.append(last.err);
        }
        out.append(last.out);
        exitCode = last.exitCode;
      }
    }
    return new Result(exitCode, out.toString(), errors.toString());
  }

  private Result run(ShellLine.Command command, String piped) throws IOException {
    String input = piped;
    if (command.input().isPresent()) {
      input = read(command.input().get());
      if (input == null) {
        return unknown("the file " + command.input().get());
      }
    }
    Result result = run(command.words(), input);
    String out = command.errorsToOutput() ? result.out + result.err : result.out;
    String err = command.errorsToOutput() ? "" : result.err;
    if (command.errors().isPresent()) {
      write(command.errors().get(), err);
      err = "";
    }
    if (command.output().isPresent()) {
      if (!write(command.output().get(), out)) {
        return new Result(1, "", err + "sh: cannot write to " + command.output().get().file());
      }
      out = "";
    }
    return new Result(result.exitCode, out, err);
  }

  /** Keeps a file in memory, or changes the setting that a file of /proc/sys is. */
  private boolean write(ShellLine.Target target, String text) {
    if (target.file().startsWith(SYSCTL_FOLDER)) {
      try {
        String key = target.file().substring(SYSCTL_FOLDER.length()).replace('/', '.');
        machine.sysctl(key, text.strip());
        return true;
      } catch (DirectorException refused) {
        return false;
      }
    }
    if (!target.file().equals("/dev/null")) {
      files.merge(target.file(), text, (before, added) -> target.append() ? before + added : added);
    }
    return true;
  }

  private static Result unknown(String what) {
    return new Result(NOT_FOUND, "", "replay: the simulated machine does not know " + what + "\n");
  }

  private Result run(List<String> words, String input) throws IOException {
    String program = words.getFirst().substring(words.getFirst().lastIndexOf('/') + 1);
    List<String> arguments = words.subList(1, words.size());
    if (IPVSADM.contains(program)) {
      return ipvsadm(program, arguments, input);
    }
    return switch (program) {
      case "iptables", "iptables-legacy" -> iptables(words, Family.IPV4);
      case "ip6tables", "ip6tables-legacy" -> iptables(words, Family.IPV6);
      case "ip" -> ip(arguments);
      case "cat" -> arguments.isEmpty() ? new Result(0, input, "") : cat(arguments);
      case "grep" -> grep(arguments);
      case "sysctl" -> sysctl(arguments);
      case "printf" -> new Result(0, ShellWords.printf(arguments), "");
      case "echo" -> new Result(0, String.join(" ", arguments) + "\n", "");
      // Everything is there, and time passes by the trace's own clock.
      case "true", "modprobe", "sleep" -> new Result(0, "", "");
      case "false" -> new Result(1, "", "");
      default -> unknown("the command " + program);
    };
  }

  private Result ipvsadm(String program, List<String> arguments, String input) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        Ipvsadm.run(
            program,
            arguments,
            new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
            out,
            err,
            machine.director(),
            names);
    return new Result(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private Result iptables(List<String> words, Family family) {
    IptablesCommand.Result result = IptablesCommand.apply(words, machine.mangle(family));
    machine.rulesChanged();
    return new Result(result.exitCode(), result.out(), result.err());
  }

  /** Knows {@code ip link set [dev] NAME mtu BYTES} and {@code ip link set [dev] tunl0 up|down}. */
  private Result ip(List<String> arguments) {
    List<String> words = new ArrayList<>(arguments);
    words.remove("dev");
    if (words.equals(List.of("link", "set", "tunl0", "up"))
        || words.equals(List.of("link", "set", "tunl0", "down"))) {
      machine.topology().unwrapping(words.getLast().equals("up"));
      machine.routesChanged();
      return new Result(0, "", "");
    }
    Family family = words.remove("-6") ? Family.IPV6 : Family.IPV4;
    if (words.size() == 6
        && words.subList(0, 3).equals(List.of("rule", "add", "fwmark"))
        && words.get(3).matches("\\d{1,9}")
        && words.subList(4, 6).equals(List.of("lookup", MARKED_TABLE))) {
      machine.topology().takeMarked(family, Integer.parseInt(words.get(3)));
      machine.routesChanged();
      return new Result(0, "", "");
    }
    String all = family == Family.IPV4 ? "0.0.0.0/0" : "::/0";
    if (words.equals(List.of("route", "add", "local", all, "lo", "table", MARKED_TABLE))) {
      machine.routesChanged();
      return new Result(0, "", "");
    }
    if (words.size() == 5
        && words.subList(0, 2).equals(List.of("link", "set"))
        && words.get(3).equals("mtu")
        && words.get(4).matches("\\d{1,5}")) {
      int device = Topology.interfaceNames().indexOf(words.get(2)) + 1;
      int bytes = Integer.parseInt(words.get(4));
      if (device > 0 && bytes >= SMALLEST_MTU) {
        machine.topology().mtu(device, bytes);
        machine.routesChanged();
        return new Result(0, "", "");
      }
    }
    return unknown("ip " + String.join(" ", arguments));
  }

  private Result cat(List<String> files) throws IOException {
    StringBuilder out = new StringBuilder();
    for (String file : files) {
      String text = read(file);
      if (text == null) {
        return unknown("the file " + file);
      }
      out.append(text);
    }
    return new Result(0, out.toString(), "");
  }

  private @org.jspecify.annotations.Nullable String read(String file) throws IOException {
    if (file.startsWith(SETTINGS_FOLDER)) {
      String value = settings().get(file);
      return value == null ? null : value + "\n";
    }
    if (files.containsKey(file)) {
      return files.get(file);
    }
    return file.startsWith(PROC_NET) ? procNet(file.substring(PROC_NET.length())) : null;
  }

  /** A file of {@code /proc/net}; null when there is none. */
  @org.jspecify.annotations.Nullable
  String procNet(String name) throws IOException {
    if (name.equals("ip_vs_conn_sync")) {
      return connectionsWithOrigin();
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    boolean known = ProcFiles.render(name, machine.director(), out);
    return known ? out.toString(StandardCharsets.UTF_8) : null;
  }

  /** As {@code ip_vs_conn}, with where each entry comes from, and without persistence engines. */
  private String connectionsWithOrigin() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ProcFiles.render("ip_vs_conn", machine.director(), out);
    StringBuilder text =
        new StringBuilder(
            "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Origin Expires\n");
    out.toString(StandardCharsets.UTF_8)
        .lines()
        .skip(1)
        .forEach(
            line -> {
              int expires = line.length() - 7;
              text.append(line, 0, expires).append("LOCAL  ").append(line.substring(expires));
              text.append('\n');
            });
    return text.toString();
  }

  private Map<String, String> settings() {
    Map<String, String> files = new TreeMap<>();
    machine
        .director()
        .settings()
        .forEach(
            (name, value) -> {
              if (name.indexOf('.') < 0) {
                files.put(SETTINGS_FOLDER + name, value);
              }
            });
    return files;
  }

  /** Knows {@code grep -r . FOLDER} for the settings. */
  private Result grep(List<String> arguments) {
    if (!arguments.equals(List.of("-r", ".", SETTINGS_FOLDER))) {
      return unknown("grep " + String.join(" ", arguments));
    }
    StringBuilder out = new StringBuilder();
    settings().forEach((file, value) -> out.append(file).append(':').append(value).append('\n'));
    return new Result(0, out.toString(), "");
  }

  /** As sysctl(8): each setting on its own; knows {@code -n}, {@code -q} and {@code -w}. */
  private Result sysctl(List<String> arguments) {
    StringBuilder out = new StringBuilder();
    StringBuilder err = new StringBuilder();
    boolean quiet = arguments.contains("-q");
    boolean valuesOnly = arguments.contains("-n");
    for (String argument : arguments) {
      int sign = argument.indexOf('=');
      String key = (sign < 0 ? argument : argument.substring(0, sign)).strip();
      String value = sign < 0 ? "" : argument.substring(sign + 1).strip();
      try {
        if (sign >= 0) {
          machine.sysctl(key, value);
        } else if (!argument.startsWith("-")) {
          value = machine.sysctl(key);
        }
        if (!argument.startsWith("-") && (sign < 0 || !quiet)) {
          out.append(valuesOnly ? "" : key + " = ").append(value).append('\n');
        }
      } catch (DirectorException e) {
        err.append("sysctl: ");
        if (e.errno() == Errno.ENOENT) {
          String file = "/proc/sys/" + key.replace('.', '/');
          err.append("cannot stat ").append(file).append(": No such file or directory\n");
        } else {
          err.append("setting key \"").append(key).append("\": Invalid argument\n");
        }
      }
    }
    return new Result(err.isEmpty() ? 0 : 1, out.toString(), err.toString());
  }
}
