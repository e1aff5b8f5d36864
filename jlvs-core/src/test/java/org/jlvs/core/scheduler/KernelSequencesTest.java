package org.jlvs.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The schedulers choose what Linux 6.1 chose in sequences of connections and of changes in the
 * middle of the rotation, recorded there. Most sequences are random; {@link SequencePlayer} tells
 * how to read them.
 */
class KernelSequencesTest {

  @TestFactory
  Stream<DynamicTest> schedulesAsTheKernel() throws IOException, URISyntaxException {
    URL folder = KernelSequencesTest.class.getResource("sequences");
    return Files.list(Path.of(folder.toURI())).sorted().map(KernelSequencesTest::test);
  }

  private static DynamicTest test(Path file) {
    return DynamicTest.dynamicTest(
        file.getFileName().toString(),
        () -> {
          List<String> lines =
              Files.readAllLines(file).stream().filter(line -> !line.startsWith("#")).toList();
          List<String> played = new SequencePlayer().play(lines);
          for (int i = 0; i < lines.size(); i++) {
            assertThat(played.get(i)).as("step %d of %s", i + 1, file).isEqualTo(lines.get(i));
          }
        });
  }
}
