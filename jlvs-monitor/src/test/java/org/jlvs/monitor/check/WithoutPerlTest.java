package org.jlvs.monitor.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jlvs.monitor.config.ConfigurationParser;
import org.jlvs.monitor.config.TestNames;
import org.jlvs.monitor.config.VirtualServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code checktype=external-perl} on a host that has no Perl. */
@Timeout(60)
final class WithoutPerlTest {
  @TempDir Path directory;

  /** In a Java of its own, as the path for programs is the whole process's. */
  @Test
  void aServerIsDownAndTheReasonNamesWhatIsMissing() throws Exception {
    Path script = Files.writeString(directory.resolve("check.pl"), "exit 0;\n");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                WithoutPerlTest.class.getName(),
                script.toString())
            .redirectErrorStream(true);
    builder.environment().put("PATH", directory.toString());
    assertThat(new String(builder.start().getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo(Outcome.down("cannot run perl: no such file or directory") + "\n");
  }

  public static void main(String[] arguments) throws Exception {
    VirtualServer virtual =
        ConfigurationParser.parse(
                "virtual=10.0.0.100:80\n\treal=10.0.0.1:80 gate\n\tchecktype=external-perl\n"
                    + "\tcheckcommand="
                    + arguments[0]
                    + "\n",
                new TestNames())
            .virtualServers()
            .getFirst();
    Check check = CheckPlanner.plan(virtual, virtual.realServers().getFirst());
    System.out.println(new Checker((_, _) -> true, (_, _, _) -> {}).perform(check, 0));
  }
}
