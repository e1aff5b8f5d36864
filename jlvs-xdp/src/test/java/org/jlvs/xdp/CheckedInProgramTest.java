package org.jlvs.xdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The checked-in objects are those that the sources beside them compile to. */
class CheckedInProgramTest {
  private static final Path SOURCES = Path.of("src/main/bpf");
  private static final Path OBJECTS = Path.of("src/main/resources/org/jlvs/xdp");

  @Test
  void hashOfTheSourcesIsTheOneTheObjectsWereBuiltFrom()
      throws IOException, NoSuchAlgorithmException {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (String ending : List.of(".c", ".h")) {
      try (Stream<Path> files = Files.list(SOURCES)) {
        for (Path file : files.filter(f -> f.toString().endsWith(ending)).sorted().toList()) {
          digest.update(Files.readAllBytes(file));
        }
      }
    }

    assertThat(HexFormat.of().formatHex(digest.digest()))
        .as("sources changed: run jlvs-xdp/build-bpf")
        .isEqualTo(Files.readString(OBJECTS.resolve("bpf.sha256")).strip());
  }

  @Test
  void rebuildGivesTheSameObjects(@TempDir Path out) throws IOException, InterruptedException {
    assumeTrue(isInstalled("clang-14"), "clang-14 is not installed, so nothing is rebuilt");
    assumeTrue(isInstalled("llvm-strip-14"), "llvm-14 is not installed, so nothing is rebuilt");
    assumeTrue(
        Files.exists(Path.of("/usr/include/bpf/bpf_helpers.h")),
        "libbpf-dev is not installed, so nothing is rebuilt");

    Process build =
        new ProcessBuilder("./build-bpf", out.toString()).redirectErrorStream(true).start();
    String output = new String(build.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(build.waitFor()).as(output).isZero();
    for (String object : List.of("director.bpf.o", "bench.bpf.o", "bpf.sha256")) {
      assertThat(out.resolve(object)).hasSameBinaryContentAs(OBJECTS.resolve(object));
    }
  }

  private static boolean isInstalled(String program) {
    return Stream.of(System.getenv("PATH").split(":"))
        .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
  }
}
