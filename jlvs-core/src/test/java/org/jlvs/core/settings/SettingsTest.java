package org.jlvs.core.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.stream.Stream;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.Errno;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SettingsTest {
  private final Settings settings = new Settings();

  /** What kernel 6.1 said to a write to a file of settings. */
  private record Write(String name, String text, String answer) {
    static Write of(String line) {
      String[] fields = line.split("\t", -1);
      return new Write(fields[0], unescaped(fields[1]), unescaped(fields[2]));
    }

    private static String unescaped(String field) {
      return field.replace("\\n", "\n").replace("\\t", "\t").replace("\\0", "\0");
    }
  }

  static Stream<Write> writes() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(SettingsTest.class.getResourceAsStream("writes.tsv"))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().map(Write::of);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  @ParameterizedTest
  @MethodSource("writes")
  void aWriteDoesWhatTheKernelsDoes(Write write) {
    String before = settings.get(write.name).orElseThrow().text();
    String answer;
    try {
      settings.set(write.name, write.text);
      answer = settings.get(write.name).orElseThrow().text();
    } catch (DirectorException e) {
      answer = e.errno().name();
      assertThat(settings.get(write.name).orElseThrow().text()).isEqualTo(before);
    }
    assertThat(answer).isEqualTo(write.answer);
  }

  @Test
  void anUnknownSettingIsNamed() {
    assertThatThrownBy(() -> settings.set("no_such", "1"))
        .hasMessage("there is no setting net.ipv4.vs.no_such")
        .extracting(e -> ((DirectorException) e).errno())
        .isEqualTo(Errno.ENOENT);
  }

  @Test
  void aRefusalNamesTheSettingWhatItTakesAndTheValue() {
    assertThatThrownBy(() -> settings.set("secure_tcp", "4\n"))
        .hasMessage("net.ipv4.vs.secure_tcp can be 0 to 3, not \"4\"");
    assertThatThrownBy(() -> settings.set("sync_ports", "3"))
        .hasMessage("net.ipv4.vs.sync_ports can be a power of two from 1 to 64, not \"3\"");
    assertThatThrownBy(() -> settings.set("sync_threshold", "50 3"))
        .hasMessage(
            "net.ipv4.vs.sync_threshold can be two numbers, the first at least 0 and less than the"
                + " second unless that is 0, not \"50 3\"");
  }

  @Test
  void settingsWithoutEffectSaySo() {
    assertThat(settings.get("sync_ports").flatMap(Setting::withoutEffect))
        .contains("this director does not synchronize connections");
    assertThat(settings.get("secure_tcp").flatMap(Setting::withoutEffect)).isEmpty();
  }
}
