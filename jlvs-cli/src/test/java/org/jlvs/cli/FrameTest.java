package org.jlvs.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameTest {
  @Test
  void framesComeOutAsTheyWentIn() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    Frame.write(bytes, Frame.Type.OUT, "TCP  10.0.0.100:80 wlc\n");
    Frame.write(bytes, Frame.Type.INPUT_END);
    Frame.writeExit(bytes, 255);
    Frame.writeExit(bytes, -2);
    InputStream in = new ByteArrayInputStream(bytes.toByteArray());
    assertThat(Frame.read(in).orElseThrow().text()).isEqualTo("TCP  10.0.0.100:80 wlc\n");
    assertThat(Frame.read(in).orElseThrow().type()).isEqualTo(Frame.Type.INPUT_END);
    assertThat(Frame.read(in).orElseThrow().exitCode()).isEqualTo(255);
    assertThat(Frame.read(in).orElseThrow().exitCode()).isEqualTo(-2);
    assertThat(Frame.read(in)).isEmpty();
  }

  @Test
  void frameOfUnknownTypeIsNoFrame() {
    assertThatThrownBy(() -> Frame.read(stream(8, 0, 0, 0, 0)))
        .isInstanceOf(MalformedFrameException.class)
        .hasMessage("there is no frame of type 8");
    assertThatThrownBy(() -> Frame.read(stream(0, 0, 0, 0, 0)))
        .isInstanceOf(MalformedFrameException.class);
  }

  @Test
  void frameThatIsTooLongIsRefusedBeforeItIsRead() {
    assertThatThrownBy(() -> Frame.read(stream(1, 0xff, 0xff, 0xff, 0xff)))
        .isInstanceOf(MalformedFrameException.class)
        .hasMessage("a frame of 4294967295 bytes, more than 1048576");
    assertThatThrownBy(() -> Frame.read(stream(1, 0, 0x10, 0, 1)))
        .isInstanceOf(MalformedFrameException.class)
        .hasMessage("a frame of 1048577 bytes, more than 1048576");
  }

  @Test
  void frameThatEndsEarlyIsNoEndOfTheStream() {
    assertThatThrownBy(() -> Frame.read(stream(1, 0, 0))).isInstanceOf(EOFException.class);
    assertThatThrownBy(() -> Frame.read(stream(1, 0, 0, 0, 2, 7))).isInstanceOf(EOFException.class);
  }

  @Test
  void requestComesOutAsItWentIn() throws MalformedFrameException {
    CommandRequest request =
        new CommandRequest("ipvsadm", List.of("-A", "", "-t", "\u00fcber:80"), true);
    assertThat(CommandRequest.decode(request.encode())).isEqualTo(request);
  }

  @Test
  void everyShortenedRequestIsMalformed() {
    byte[] bytes = new CommandRequest("ipvsadm", List.of("-Ln", "--stats"), false).encode();
    IntStream.range(0, bytes.length)
        .forEach(
            length ->
                assertThatThrownBy(() -> CommandRequest.decode(Arrays.copyOf(bytes, length)))
                    .isInstanceOf(MalformedFrameException.class));
    assertThatThrownBy(() -> CommandRequest.decode(Arrays.copyOf(bytes, bytes.length + 1)))
        .isInstanceOf(MalformedFrameException.class)
        .hasMessage("a request with bytes after its last argument");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void anyBytesAreAFrameOrRefused(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(40)];
      random.nextBytes(bytes);
      if (bytes.length > 5 && random.nextBoolean()) {
        bytes[0] = (byte) (1 + random.nextInt(7));
        bytes[1] = 0;
        bytes[2] = 0;
        bytes[3] = 0;
        bytes[4] = (byte) random.nextInt(bytes.length);
      }
      try {
        Optional<Frame> frame = Frame.read(new ByteArrayInputStream(bytes));
        if (frame.isPresent()) {
          CommandRequest.decode(frame.get().payload());
        }
      } catch (IOException e) {
        assertThat(e).isInstanceOfAny(MalformedFrameException.class, EOFException.class);
      }
    }
  }

  private static InputStream stream(int... bytes) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int b : bytes) {
      out.write(b);
    }
    return new ByteArrayInputStream(out.toByteArray());
  }
}
