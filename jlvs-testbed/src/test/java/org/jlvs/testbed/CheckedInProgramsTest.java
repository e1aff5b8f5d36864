package org.jlvs.testbed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Testbed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The checked-in objects are the ones that the sources beside them compile to. */
class CheckedInProgramsTest {
  private static final Path SOURCES = Path.of("src/main/bpf");
  private static final Path OBJECTS = Path.of("src/main/resources/org/jlvs/testbed");

  /** The folder of each program's object. */
  private static final Map<String, String> FOLDERS =
      Map.of("traffic", "bench", "tunnel", "transfer");

  private static Path checkedIn(String program, String ending) {
    return OBJECTS.resolve(FOLDERS.get(program)).resolve(program + ending);
  }

  @ParameterizedTest
  @ValueSource(strings = {"traffic", "tunnel"})
  void hashOfTheSourceIsTheOneTheObjectWasBuiltFrom(String program)
      throws IOException, NoSuchAlgorithmException {
    byte[] source = Files.readAllBytes(SOURCES.resolve(program + ".bpf.c"));
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(source);

    assertThat(HexFormat.of().formatHex(hash))
        .as("the source changed: run jlvs-testbed/build-bpf")
        .isEqualTo(Files.readString(checkedIn(program, ".bpf.sha256")).strip());
  }

  @Test
  void rebuildGivesTheSameObjects(@TempDir Path out) {
    assumeTrue(Testbed.isInstalled("clang-14"), "clang-14 is not installed, so nothing is rebuilt");
    assumeTrue(
        Testbed.isInstalled("llvm-strip-14"), "llvm-14 is not installed, so nothing is rebuilt");
    assumeTrue(
        Files.exists(Path.of("/usr/include/bpf/bpf_helpers.h")),
        "libbpf-dev is not installed, so nothing is rebuilt");

    Command.require("./build-bpf", out.toString());

    for (String program : FOLDERS.keySet()) {
      for (String ending : List.of(".bpf.o", ".bpf.sha256")) {
        assertThat(out.resolve(program + ending))
            .hasSameBinaryContentAs(checkedIn(program, ending));
      }
    }
  }
}
