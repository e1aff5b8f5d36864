package org.jlvs.testbed.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Testbed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The checked-in object is the one that the source beside it compiles to. */
class CheckedInProgramTest {
  private static final Path SOURCE = Path.of("src/main/bpf/traffic.bpf.c");
  private static final Path OBJECTS = Path.of("src/main/resources/org/jlvs/testbed/bench");

  @Test
  void hashOfTheSourceIsTheOneTheObjectWasBuiltFrom() throws IOException, NoSuchAlgorithmException {
    byte[] hash = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(SOURCE));

    assertThat(HexFormat.of().formatHex(hash))
        .as("the source changed: run jlvs-testbed/build-bpf")
        .isEqualTo(Files.readString(OBJECTS.resolve("bpf.sha256")).strip());
  }

  @Test
  void rebuildGivesTheSameObject(@TempDir Path out) {
    assumeTrue(Testbed.isInstalled("clang-14"), "clang-14 is not installed, so nothing is rebuilt");
    assumeTrue(
        Testbed.isInstalled("llvm-strip-14"), "llvm-14 is not installed, so nothing is rebuilt");
    assumeTrue(
        Files.exists(Path.of("/usr/include/bpf/bpf_helpers.h")),
        "libbpf-dev is not installed, so nothing is rebuilt");

    Command.require("./build-bpf", out.toString());

    for (String file : List.of("traffic.bpf.o", "bpf.sha256")) {
      assertThat(out.resolve(file)).hasSameBinaryContentAs(OBJECTS.resolve(file));
    }
  }
}
