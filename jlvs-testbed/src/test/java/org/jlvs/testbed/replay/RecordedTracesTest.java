package org.jlvs.testbed.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every trace that was recorded from the kernel, through the core. */
class RecordedTracesTest {
  /** Traces in which the core is known to differ, with the reason. */
  private static final Map<String, String> KNOWN_TO_DIFFER =
      Map.of(
          "ipv6-more-dr-frag",
          "IPv6 fragments are not put together",
          "ipv6-more-nat-frag",
          "IPv6 fragments are not put together");

  static List<Path> traces() throws IOException, URISyntaxException {
    URL folder = Objects.requireNonNull(RecordedTracesTest.class.getResource("traces"));
    try (Stream<Path> files = Files.list(Path.of(folder.toURI()))) {
      return files.sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("traces")
  void theCoreDoesWhatTheKernelDid(Path trace) throws IOException {
    Optional<String> difference = Replay.differenceOf(trace);
    String reason = KNOWN_TO_DIFFER.get(Replay.name(trace));
    if (reason == null) {
      assertThat(difference).as(Replay.name(trace)).isEmpty();
    } else {
      assertThat(difference)
          .as("%s is listed as different (%s) but is not", Replay.name(trace), reason)
          .isPresent();
    }
  }
}
