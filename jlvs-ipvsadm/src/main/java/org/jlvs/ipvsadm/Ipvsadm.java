package org.jlvs.ipvsadm;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringTokenizer;
import java.util.function.Predicate;
import org.jlvs.core.control.Director;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceView;
import org.jlvs.core.control.SyncDaemon;
import org.jlvs.core.control.Timeouts;

/**
 * The programs {@code ipvsadm}, {@code ipvsadm-save} and {@code ipvsadm-restore} of version 1.31,
 * byte for byte in what they print, and with their exit codes: 0, 1 for a listing of a service that
 * is not there, 2 for misuse, 255 for what the director refuses and for unknown flags. One run
 * belongs to one thread; runs share nothing.
 */
public final class Ipvsadm {
  /** What it calls itself in messages, also when one of the scripts around it runs. */
  private static final String NAME = "ipvsadm";

  private static final int DIRECTOR_REFUSED = 255;

  /** What the original exits with on a kernel without IPVS. */
  private static final int DIRECTOR_UNAVAILABLE = 2;

  private final InputStream in;
  private final TextOut out;
  private final TextOut err;
  private final Director director;
  private final Names names;

  private Ipvsadm(
      InputStream in, OutputStream out, OutputStream err, Director director, Names names) {
    this.in = in;
    this.out = new TextOut(out);
    this.err = new TextOut(err);
    this.director = director;
    this.names = names;
  }

  /**
   * Runs one command to its end.
   *
   * @param program {@code ipvsadm}, {@code ipvsadm-save} or {@code ipvsadm-restore}
   * @param arguments without the program's name
   * @param in read by a restore only
   * @return the exit code
   * @throws IOException when input cannot be read or output not be written; what was done until
   *     then stays done
   */
  public static int run(
      String program,
      List<String> arguments,
      InputStream in,
      OutputStream out,
      OutputStream err,
      Director director,
      Names names)
      throws IOException {
    Ipvsadm command = new Ipvsadm(in, out, err, director, names);
    int exitCode;
    try {
      exitCode =
          switch (program) {
            case "ipvsadm-save" -> command.saveScript(arguments);
            case "ipvsadm-restore" -> command.restoreScript();
            default -> command.command(arguments);
          };
    } catch (DirectorUnavailableException e) {
      // What was prepared for standard output, such as a heading, would only mislead.
      command.err.add(program).add(": ").add(String.valueOf(e.getMessage())).line();
      command.err.flush();
      return DIRECTOR_UNAVAILABLE;
    }
    command.out.flush();
    command.err.flush();
    return exitCode;
  }

  /** Whether the command reads standard input, so that a remote caller knows to send it. */
  public static boolean readsInput(String program, List<String> arguments) {
    if (program.equals("ipvsadm-restore")) {
      return true;
    }
    return program.equals(NAME)
        && !arguments.isEmpty()
        && (arguments.getFirst().startsWith("-R") || arguments.getFirst().equals("--restore"));
  }

  private int saveScript(List<String> arguments) throws IOException {
    boolean numeric = false;
    for (String argument : arguments) {
      if (argument.equals("-n")) {
        numeric = true;
      } else if (argument.startsWith("-")) {
        err.add("ipvsadm-save: Script to save the IPVS table to stdout.").line();
        err.add("   With the -n option, prints out the table in numeric format.").line();
        return 1;
      }
    }
    return command(numeric ? List.of("-S", "-n") : List.of("-S"));
  }

  /** The script clears the table first, whatever its input is worth, and leaves comments out. */
  private int restoreScript() throws IOException {
    List<Request> changes = new ArrayList<>(List.of(new Request.Flush()));
    return restore(changes, line -> !line.startsWith("#"));
  }

  private int command(List<String> arguments) throws IOException {
    if (arguments.isEmpty()) {
      Request.Format format = new Request.Format(Request.Columns.STATE, false, false, true);
      return answer(new Request.ListServices(Optional.empty(), format));
    }
    Request request;
    try {
      request = Parser.parse(NAME, arguments, false, names);
    } catch (UsageException e) {
      err.add(String.valueOf(e.getMessage())).line();
      return e.exitCode();
    }
    if (request instanceof Request.Restore) {
      return restore(new ArrayList<>(), _ -> true);
    }
    if (!request.changes()) {
      return answer(request);
    }
    try {
      execute(director, request);
      return 0;
    } catch (DirectorException e) {
      err.add(refusal(request, e)).line();
      return DIRECTOR_REFUSED;
    }
  }

  /** Executes what changes nothing. */
  private int answer(Request request) throws IOException {
    switch (request) {
      case Request.ListServices(Optional<ServiceKey> key, Request.Format format) -> {
        if (key.isEmpty()) {
          Listing.all(director, format, names, out);
          return 0;
        }
        Optional<ServiceView> service = director.service(key.get());
        if (service.isEmpty()) {
          err.add("No such service").line();
          return 1;
        }
        Listing.one(service.get(), format, names, out);
      }
      case Request.ListConnections connections ->
          Listing.connections(director, connections, names, out);
      case Request.ListTimeouts _ -> {
        Timeouts timeouts = director.timeouts();
        out.add("Timeout (tcp tcpfin udp): ").add(timeouts.tcp()).add(' ');
        out.add(timeouts.tcpFin()).add(' ').add(timeouts.udp()).line();
      }
      case Request.ListDaemons _ -> {
        for (SyncDaemon daemon : director.daemons()) {
          out.add(daemon.master() ? "master" : "backup").add(" sync daemon (mcast=");
          out.add(daemon.mcastInterface()).add(", syncid=").add(daemon.syncId());
          out.add(", maxlen=").add(daemon.maxLength()).add(", group=");
          out.add(daemon.group().orElse("")).add(", port=").add(daemon.port());
          out.add(", ttl=").add(daemon.ttl()).add(")").line();
        }
      }
      case Request.Save(boolean numeric) -> Rules.save(director, new Text(numeric, names), out);
      case Request.Help _ -> out.add(Help.text(NAME));
      case Request.Version _ -> out.add(Help.VERSION);
      case Request.AddService _,
          Request.EditService _,
          Request.DeleteService _,
          Request.Flush _,
          Request.AddServer _,
          Request.EditServer _,
          Request.DeleteServer _,
          Request.Zero _,
          Request.SetTimeouts _,
          Request.StartDaemon _,
          Request.StopDaemon _,
          Request.Restore _ ->
          throw new IllegalArgumentException("not a question: " + request);
    }
    return 0;
  }

  private static void execute(Director target, Request request) throws DirectorException {
    switch (request) {
      case Request.AddService add -> target.addService(add.spec());
      case Request.EditService edit -> target.editService(edit.spec());
      case Request.DeleteService delete -> target.deleteService(delete.key());
      case Request.Flush _ -> target.flush();
      case Request.AddServer add -> target.addServer(add.service(), add.spec());
      case Request.EditServer edit -> target.editServer(edit.service(), edit.spec());
      case Request.DeleteServer delete -> target.deleteServer(delete.service(), delete.server());
      case Request.Zero(Optional<ServiceKey> key) -> {
        if (key.isPresent()) {
          target.zero(key.get());
        } else {
          target.zeroAll();
        }
      }
      case Request.SetTimeouts(Timeouts timeouts) -> target.setTimeouts(timeouts);
      case Request.StartDaemon(SyncDaemon daemon) -> target.startDaemon(daemon);
      case Request.StopDaemon(boolean master, int syncId) -> target.stopDaemon(master, syncId);
      case Request.ListServices _,
          Request.ListConnections _,
          Request.ListTimeouts _,
          Request.ListDaemons _,
          Request.Save _,
          Request.Restore _,
          Request.Help _,
          Request.Version _ ->
          throw new IllegalArgumentException("not a change: " + request);
    }
  }

  private static String refusal(Request request, DirectorException e) {
    boolean ofServer =
        request instanceof Request.AddServer
            || request instanceof Request.EditServer
            || request instanceof Request.DeleteServer;
    return switch (e.errno()) {
      case EEXIST ->
          request instanceof Request.StartDaemon
              ? "Daemon has already run"
              : ofServer ? "Destination already exists" : "Service already exists";
      case ENOENT -> ofServer ? "No such destination" : "Scheduler or persistence engine not found";
      case ESRCH ->
          request instanceof Request.StopDaemon
              ? "No daemon is running"
              : ofServer ? "Service not defined" : "No such service";
      case EINVAL -> "Invalid operation.  Possibly wrong module version, address not unicast, ...";
      case EPERM -> "Permission denied (you must be root)";
      case ENODEV -> "No such device";
      case ERANGE -> "Numerical result out of range";
      case EADDRNOTAVAIL -> "Cannot assign requested address";
      case EAFNOSUPPORT -> "Address family not supported by protocol";
      // What a kernel does not refuse for these reasons; the director's own words say more.
      case ENOMEM, ENOBUFS, EOPNOTSUPP -> String.valueOf(e.getMessage());
    };
  }

  /**
   * Reads all lines before it executes changes, so that names are looked up first and all changes
   * in a row happen at once for the packets. A line that the director refuses does not stop the
   * rest; misuse, {@code -h} and a listing that fails do. The exit code is the last line's.
   *
   * @param changes to be made before those of the lines
   */
  private int restore(List<Request> changes, Predicate<String> isRead) throws IOException {
    int exitCode = 0;
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      List<String> words = isRead.test(line) ? words(line) : List.of();
      if (words.isEmpty()) {
        continue;
      }
      try {
        Request request = Parser.parse(NAME, words, true, names);
        if (request.changes()) {
          changes.add(request);
          continue;
        }
        change(changes);
        changes.clear();
        exitCode = answer(request);
        if (exitCode != 0
            || request instanceof Request.Help
            || request instanceof Request.Version) {
          return exitCode;
        }
      } catch (UsageException e) {
        change(changes);
        changes.clear();
        err.add(String.valueOf(e.getMessage())).line();
        exitCode = e.exitCode();
        if (e.endsRestore()) {
          return exitCode;
        }
      }
    }
    return changes.isEmpty() ? exitCode : change(changes);
  }

  /** The words of a restore's line, without the program's name that may begin it. */
  private static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    for (StringTokenizer tokens = new StringTokenizer(line, " \t\r"); tokens.hasMoreTokens(); ) {
      words.add(tokens.nextToken());
    }
    return !words.isEmpty() && words.getFirst().equals(NAME)
        ? words.subList(1, words.size())
        : words;
  }

  /** Executes changes as one; the exit code is the last one's. */
  private int change(List<Request> requests) throws IOException {
    if (requests.isEmpty()) {
      return 0;
    }
    List<String> refusals = new ArrayList<>();
    boolean[] lastRefused = new boolean[1];
    try {
      director.atomically(
          target -> {
            for (Request request : requests) {
              lastRefused[0] = false;
              try {
                execute(target, request);
              } catch (DirectorException e) {
                lastRefused[0] = true;
                refusals.add(refusal(request, e));
              }
            }
          });
    } catch (DirectorException e) {
      lastRefused[0] = true;
      refusals.add(refusal(requests.getLast(), e));
    }
    for (String refusal : refusals) {
      err.add(refusal).line();
    }
    return lastRefused[0] ? DIRECTOR_REFUSED : 0;
  }
}
