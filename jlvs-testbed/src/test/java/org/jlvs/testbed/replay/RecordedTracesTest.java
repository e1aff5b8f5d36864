package org.jlvs.testbed.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every trace that was recorded from the kernel, through the core. */
class RecordedTracesTest {
  static List<Path> traces() throws IOException, URISyntaxException {
    URL folder = Objects.requireNonNull(RecordedTracesTest.class.getResource("traces"));
    try (Stream<Path> files = Files.list(Path.of(folder.toURI()))) {
      return files.sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("traces")
  void theCoreDoesWhatTheKernelDid(Path trace) throws IOException {
    assertThat(Replay.differenceOf(trace)).as(Replay.name(trace)).isEmpty();
  }
}
