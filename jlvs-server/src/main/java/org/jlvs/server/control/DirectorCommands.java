package org.jlvs.server.control;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jlvs.core.control.Director;
import org.jlvs.ipvsadm.Ipvsadm;
import org.jlvs.ipvsadm.ProcFiles;
import org.jlvs.ipvsadm.SystemNames;

/** The commands that need nothing but a director. */
public final class DirectorCommands {
  private static final String PROC_USAGE =
      "jlvs proc: which file of /proc/net? Give one of ip_vs ip_vs_conn ip_vs_stats\n";

  private DirectorCommands() {}

  /**
   * ipvsadm, ipvsadm-save, ipvsadm-restore, {@code proc}, which prints one of kernel IPVS' files in
   * /proc/net, and {@link SysctlCommand}.
   *
   * @param director may be called from any thread
   * @return a map of its own, for more to be added
   */
  public static Map<String, CommandHandler> of(Director director) {
    CommandHandler ipvsadm =
        (program, arguments, in, out, err) ->
            Ipvsadm.run(program, arguments, in, out, err, director, SystemNames.ofHost());
    CommandHandler proc =
        (program, arguments, in, out, err) -> {
          if (arguments.size() == 1 && ProcFiles.render(arguments.getFirst(), director, out)) {
            return 0;
          }
          err.write(PROC_USAGE.getBytes(StandardCharsets.UTF_8));
          return 2;
        };
    Map<String, CommandHandler> commands = new HashMap<>();
    for (String program : List.of("ipvsadm", "ipvsadm-save", "ipvsadm-restore")) {
      commands.put(program, ipvsadm);
    }
    commands.put("proc", proc);
    commands.put("sysctl", new SysctlCommand(director));
    return commands;
  }
}
