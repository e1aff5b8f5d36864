package org.jlvs.ipvsadm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Whatever is typed ends with an exit code, and what it leaves can be saved and restored. */
class CommandLineFuzzTest {
  private static final int MOST_COMMANDS = 30;

  private record Answer(int exitCode, String out, String err) {}

  private static Answer run(TableDirector director, InputStream in, List<String> words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    try {
      int exitCode = Ipvsadm.run("ipvsadm", words, in, out, err, director, Names.NONE);
      return new Answer(
          exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    } catch (IOException e) {
      return fail(String.join(" ", words), e);
    }
  }

  /**
   * @param text a command a line, the words of which are separated by blanks; what stands behind an
   *     empty line is the input of all
   */
  @FuzzTest(maxDuration = "24h")
  void everyCommandEndsAndItsTableCanBeRestored(byte[] text) {
    String all = new String(text, StandardCharsets.UTF_8);
    int end = all.indexOf("\n\n");
    String input = end < 0 ? "" : all.substring(end + 2);
    TableDirector director = new TableDirector();
    for (String line :
        (end < 0 ? all : all.substring(0, end)).lines().limit(MOST_COMMANDS).toList()) {
      InputStream in = new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8));
      Answer answer = run(director, in, List.of(line.split(" ", -1)));
      assertThat(answer.exitCode).as(line).isIn(0, 1, 2, 255);
    }
    Answer saved = run(director, InputStream.nullInputStream(), List.of("-S", "-n"));
    TableDirector other = new TableDirector();
    InputStream in = new ByteArrayInputStream(saved.out.getBytes(StandardCharsets.UTF_8));
    Answer restored = run(other, in, List.of("-R"));
    assertThat(restored.err).as(saved.out).isEmpty();
    assertThat(run(other, InputStream.nullInputStream(), List.of("-S", "-n")).out.lines().sorted())
        .containsExactlyElementsOf(saved.out.lines().sorted().toList());
  }
}
