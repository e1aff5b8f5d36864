package org.jlvs.server.control;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jlvs.core.control.Director;
import org.jlvs.ipvsadm.Ipvsadm;
import org.jlvs.ipvsadm.ProcFiles;
import org.jlvs.ipvsadm.SystemNames;

/** The commands that need nothing but a director. */
public final class DirectorCommands {
  private static final String PROC_USAGE =
      "jlvs proc: which file of /proc/net? Give one of ip_vs ip_vs_conn ip_vs_stats\n";

  /** ipvsadm, ipvsadm-save, ipvsadm-restore, {@code proc} and {@code sysctl}. */
  public static final List<String> PROGRAMS =
      List.of("ipvsadm", "ipvsadm-save", "ipvsadm-restore", "proc", "sysctl");

  private DirectorCommands() {}

  /**
   * One of {@link #PROGRAMS}: {@code proc} prints one of kernel IPVS' files in /proc/net, {@code
   * sysctl} is {@link SysctlCommand}.
   *
   * @param director may be called from any thread
   */
  public static CommandHandler of(Director director, String program) {
    return switch (program) {
      case "proc" -> (name, arguments, in, out, err) -> proc(director, arguments, out, err);
      case "sysctl" -> new SysctlCommand(director);
      default ->
          (name, arguments, in, out, err) ->
              Ipvsadm.run(name, arguments, in, out, err, director, SystemNames.ofHost());
    };
  }

  private static int proc(
      Director director, List<String> arguments, OutputStream out, OutputStream err)
      throws IOException {
    if (arguments.size() == 1 && ProcFiles.render(arguments.getFirst(), director, out)) {
      return 0;
    }
    err.write(PROC_USAGE.getBytes(StandardCharsets.UTF_8));
    return 2;
  }
}
