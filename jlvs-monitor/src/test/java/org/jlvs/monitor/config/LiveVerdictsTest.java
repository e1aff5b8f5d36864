package org.jlvs.monitor.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Asks Debian's ldirectord, where it is installed, whether the recorded verdicts are its own. */
@Tag("system")
final class LiveVerdictsTest {
  private static final Path ORIGINAL = Path.of("/usr/sbin/ldirectord");
  private static final int VALID = 3;
  private static final int REFUSED = 2;

  /** How many texts are asked about, and by which seed they are chosen. */
  private static final int COUNT = Integer.getInteger("jlvs.verdicts", 300);

  private static final long SEED = Long.getLong("jlvs.seed", 1);

  /** What it writes, the names that the texts use, and no name server. */
  private static final String SURROUNDINGS =
      "mount -t tmpfs none /var && mkdir /var/log /var/run && mount --bind \"$1/hosts\" /etc/hosts"
          + " && mount --bind /dev/null /etc/resolv.conf"
          + " && exec perl \"$1/verdicts.pl\" \"$1\" \"$2\"";

  @TempDir Path directory;

  @Test
  void theOriginalStillSaysWhatWasRecorded() throws Exception {
    assumeTrue(Files.isExecutable(ORIGINAL), () -> ORIGINAL + " is not installed");
    assumeTrue(
        System.getProperty("user.name").equals("root"), "only root may bind files over others");
    List<RecordedVerdicts.Row> rows = new ArrayList<>(RecordedVerdicts.all());
    Collections.shuffle(rows, new Random(SEED));
    List<RecordedVerdicts.Row> asked = rows.subList(0, Math.min(COUNT, rows.size()));
    for (int i = 0; i < asked.size(); i++) {
      Files.writeString(directory.resolve(i + ".cf"), asked.get(i).text());
    }
    Files.writeString(
        directory.resolve("hosts"),
        "127.0.0.1 localhost\n10.0.0.1 web1\n10.0.0.2 web2\n10.0.0.3 web3\n::1 ip6-localhost\n");
    try (InputStream script = LiveVerdictsTest.class.getResourceAsStream("verdicts.pl")) {
      Files.write(directory.resolve("verdicts.pl"), Objects.requireNonNull(script).readAllBytes());
    }
    List<String> statuses = statuses(asked.size());

    assertThat(statuses).hasSameSizeAs(asked);
    List<String> differences = new ArrayList<>();
    for (int i = 0; i < asked.size(); i++) {
      String expected = String.valueOf(asked.get(i).valid() ? VALID : REFUSED);
      if (!statuses.get(i).equals(expected)) {
        differences.add(
            asked.get(i).name() + ": recorded " + expected + ", now " + statuses.get(i));
      }
    }
    assertThat(differences).isEmpty();
  }

  private List<String> statuses(int count) throws IOException, InterruptedException {
    Path out = directory.resolve("statuses");
    Process process =
        new ProcessBuilder(
                "unshare", "-m", "sh", "-c", SURROUNDINGS, "sh", directory.toString(), "" + count)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(out.toFile())
            .start();
    try {
      assertThat(process.waitFor(10, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return Files.readAllLines(out, StandardCharsets.UTF_8);
  }
}
