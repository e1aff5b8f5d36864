package org.jlvs.monitor.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogsTest {
  private static final Instant FIRST_OF_NOVEMBER =
      LocalDateTime.of(2026, 11, 1, 9, 5, 7).atZone(ZoneId.systemDefault()).toInstant();

  @TempDir Path directory;

  @Test
  void aFileThatIsRotatedAwayIsMadeAnewWithTheNextLine() throws Exception {
    Path file = directory.resolve("ldirectord.log");
    Path old = directory.resolve("ldirectord.log.1");
    FileLog log = new FileLog(file, "ld.cf", 759, InstantSource.fixed(FIRST_OF_NOVEMBER));
    log.line("Added virtual server: 10.0.0.100:80");
    Files.move(file, old);
    log.line("Gr\u00c3\u00bc\u00c3\u009fe");
    Files.delete(file);
    Files.createDirectory(file);
    log.line("nobody can write this");
    Files.delete(file);
    log.line("as before");
    assertThat(Files.readString(old))
        .isEqualTo("[Sun Nov  1 09:05:07 2026|ld.cf|759] Added virtual server: 10.0.0.100:80\n");
    assertThat(Files.readString(file))
        .isEqualTo("[Sun Nov  1 09:05:07 2026|ld.cf|759] as before\n");
  }

  @Test
  void aLineOfTheSystemLogIsAsTheOriginalSendsItAndALostOneHurtsNobody() {
    List<String> sent = new ArrayList<>();
    SyslogLog log =
        new SyslogLog(
            datagram -> {
              if (sent.size() == 1) {
                sent.add("lost");
                throw new IOException("send to /dev/log: ENOENT (no such file or directory)");
              }
              sent.add(new String(datagram, StandardCharsets.ISO_8859_1));
            },
            16,
            759,
            InstantSource.fixed(FIRST_OF_NOVEMBER));
    log.line("Added virtual server: 10.0.0.100:80");
    log.line("nobody hears this");
    log.line("as before");
    assertThat(sent)
        .containsExactly(
            "<134>Nov  1 09:05:07 ldirectord[759]: Added virtual server: 10.0.0.100:80",
            "lost",
            "<134>Nov  1 09:05:07 ldirectord[759]: as before");
  }
}
