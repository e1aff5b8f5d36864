package org.jlvs.testbed.demo;

import java.io.Console;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Optional;
import org.jlvs.testbed.namespaces.Testbed;

/**
 * {@code ./jlvs demo [--keep | --stop]}. Ends with {@code N passed, N failed} and status 0 when all
 * passed, 1 when not, 2 for a usage error. Leaves nothing behind, also when it is interrupted; with
 * {@code --keep} the network and the director stay until {@code --stop}.
 */
public final class Demo {
  private static final String PURPOSE = "jlvs-demo";

  private Demo() {}

  /** Runs the demo. */
  public static void main(String[] args) {
    boolean keep = List.of(args).equals(List.of("--keep"));
    boolean stop = List.of(args).equals(List.of("--stop"));
    if (args.length > 0 && !keep && !stop) {
      System.err.println(
          "jlvs demo: unknown option \""
              + String.join(" ", args)
              + "\"; there are --keep (leave it up) and --stop (take it down)");
      System.exit(2);
    }
    Optional<String> missing = Testbed.missing();
    if (missing.isPresent()) {
      System.err.println("jlvs demo: " + missing.get());
      System.exit(1);
    }
    List<String> removed = Testbed.removeLeftovers(PURPOSE, stop);
    if (stop) {
      System.out.println(
          removed.isEmpty() ? "nothing to stop" : "stopped " + String.join(", ", removed));
      return;
    }
    if (!Testbed.isInstalled("curl") || !Testbed.isInstalled("iptables")) {
      System.err.println(
          "jlvs demo: needs curl and iptables (Debian: apt-get install curl iptables)");
      System.exit(1);
    }
    Console console = System.console();
    boolean terminal = console != null && console.isTerminal() && System.getenv("NO_COLOR") == null;
    Narrator narrator = new Narrator(System.out, terminal);
    Runtime.getRuntime().addShutdownHook(new Thread(narrator::silence, "demo-silence"));
    run(narrator, keep);
    narrator.summary();
    System.exit(narrator.allHeld() ? 0 : 1);
  }

  private static void run(Narrator narrator, boolean keep) {
    try (Testbed testbed = Testbed.create(PURPOSE)) {
      Lab lab = new Lab(testbed, Path.of(System.getenv().getOrDefault("JLVS_HOME", ".")));
      try {
        new Story(lab, narrator).tell();
      } finally {
        if (!narrator.allHeld()) {
          narrator.chapter("What the director printed");
          narrator.output(lab.directorLogs());
        }
      }
      if (keep) {
        testbed.keep();
        narrator.chapter("It stays up");
        narrator.say("  ip netns exec %s ./jlvs ipvsadm -ln".formatted(lab.director().namespace()));
        narrator.say(
            "  ip netns exec %s curl http://%s/".formatted(lab.client().namespace(), Lab.VIRTUAL));
        narrator.say("  ./jlvs demo --stop");
      }
    } catch (IOException
        | UncheckedIOException
        | GeneralSecurityException
        | IllegalStateException e) {
      narrator.check("the demo runs to its end", false, String.valueOf(e.getMessage()));
    }
  }
}
