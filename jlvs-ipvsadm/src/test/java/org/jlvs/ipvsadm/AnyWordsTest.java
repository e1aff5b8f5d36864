package org.jlvs.ipvsadm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Command lines that nobody would type, from seeds so that a failure can be had again. */
class AnyWordsTest {
  private static final int COMMAND_LINES = 20_000;

  private static final List<String> WORDS =
      List.of(
          "-A",
          "-E",
          "-D",
          "-C",
          "-L",
          "-l",
          "-Z",
          "-a",
          "-e",
          "-d",
          "--set",
          "-R",
          "-S",
          "-h",
          "-v",
          "--start-daemon",
          "--stop-daemon",
          "-t",
          "-u",
          "--sctp-service",
          "-f",
          "-6",
          "-s",
          "-p",
          "-M",
          "-r",
          "-m",
          "-i",
          "-g",
          "-w",
          "-x",
          "-y",
          "-n",
          "-c",
          "--mcast-interface",
          "--timeout",
          "--daemon",
          "--stats",
          "--rate",
          "--thresholds",
          "--persistent-conn",
          "--nosort",
          "--sort",
          "--exact",
          "-o",
          "--pe",
          "-b",
          "--tun-info",
          "--tun-type",
          "--tun-port",
          "--tun-csum",
          "--tun-nocsum",
          "--tun-remcsum",
          "--syncid",
          "--sync-maxlen",
          "--mcast-group",
          "--mcast-port",
          "--mcast-ttl",
          "10.0.0.1:80",
          "10.0.0.2",
          "[::1]:80",
          "::1",
          "[",
          "]",
          "[]",
          "[]:",
          "[:",
          ":",
          "",
          "-",
          "--",
          "---",
          "=",
          "-=",
          "--=",
          "-p=",
          "0",
          "1",
          "-1",
          "99999999999999999999999",
          "0x",
          "0x1",
          "08",
          "1.2.3.4.5",
          "...",
          "rr",
          "wlc",
          "sh",
          "sh-port",
          ",",
          "flag-1,,flag-3",
          "sip",
          "gue",
          "ipip",
          "master",
          "\u0000",
          "\ud800",
          "\u00e9",
          "ipvsadm",
          "a b",
          "\t",
          "%s%n",
          "'",
          "\"");

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void everyCommandLineEndsWithAnExitCodeOfTheOriginal(long seed) throws IOException {
    Random random = new Random(seed);
    TableDirector director = new TableDirector();
    for (int i = 0; i < COMMAND_LINES; i++) {
      List<String> words = words(random);
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      int exitCode = run(words, "", director, err);
      assertThat(exitCode).as("%s", words).isIn(0, 1, 2, 255);
      assertThat(err.size() > 0).as("%s says why it failed", words).isEqualTo(exitCode != 0);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void everyRestoreEndsWithAnExitCodeOfTheOriginal(long seed) throws IOException {
    Random random = new Random(seed);
    TableDirector director = new TableDirector();
    for (int i = 0; i < COMMAND_LINES / 20; i++) {
      StringBuilder lines = new StringBuilder();
      for (int line = 0; line < 20; line++) {
        lines.append(String.join(" ", words(random))).append(random.nextInt(9) == 0 ? "" : "\n");
      }
      int exitCode = run(List.of("-R"), lines.toString(), director, new ByteArrayOutputStream());
      assertThat(exitCode).as("%s", lines).isIn(0, 1, 2, 255);
    }
  }

  private static int run(
      List<String> words, String input, TableDirector director, ByteArrayOutputStream err)
      throws IOException {
    return Ipvsadm.run(
        "ipvsadm",
        words,
        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
        new ByteArrayOutputStream(),
        err,
        director,
        Names.NONE);
  }

  private static List<String> words(Random random) {
    List<String> words = new ArrayList<>();
    int count = random.nextInt(8);
    for (int i = 0; i < count; i++) {
      String word = WORDS.get(random.nextInt(WORDS.size()));
      if (random.nextInt(8) == 0) {
        word += WORDS.get(random.nextInt(WORDS.size()));
      }
      words.add(word);
    }
    return words;
  }
}
