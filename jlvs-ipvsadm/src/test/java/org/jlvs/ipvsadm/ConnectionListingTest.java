package org.jlvs.ipvsadm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.control.ConnectionView;
import org.jlvs.core.net.Address;
import org.junit.jupiter.api.Test;

class ConnectionListingTest {
  /** One table, recorded as the kernel shows it and in all ways that ipvsadm does. */
  @Test
  void everyListingOfOneTableIsTheOriginals() throws IOException {
    List<Recording> recordings =
        Recording.read(Recording.RESOURCES.resolve("recorded/connections.txt"));
    TableDirector director = new TableDirector();
    director.connections.addAll(
        ProcText.connections(
            recordings.stream()
                .filter(recording -> recording.command().startsWith("cat"))
                .findFirst()
                .flatMap(Recording::expected)
                .orElseThrow()
                .out()));
    assertThat(director.connections).hasSize(13);
    assertThat(recordings).hasSize(5);
    for (Recording recording : recordings) {
      assertThat(recording.run(director))
          .as(recording.command())
          .isEqualTo(recording.expected().orElseThrow());
    }
  }

  @Test
  void aMillionConnectionsAreListedInPieces() throws IOException {
    ConnectionView connection =
        new ConnectionView(
            6,
            Address.of("198.18.0.1"),
            40000,
            Address.of("10.0.0.100"),
            80,
            Address.of("10.1.0.1"),
            80,
            "ESTABLISHED",
            900_000,
            Optional.empty(),
            Optional.empty());
    TableDirector director = new TableDirector();
    director.connections.addAll(Collections.nCopies(1_000_000, connection));
    CountingOutput out = new CountingOutput();
    int exitCode =
        Ipvsadm.run(
            "ipvsadm",
            List.of("-Lnc"),
            InputStream.nullInputStream(),
            out,
            OutputStream.nullOutputStream(),
            director,
            Names.NONE);
    assertThat(exitCode).isZero();
    assertThat(out.lines).isEqualTo(1_000_002);
    assertThat(out.longestPiece).isLessThan(32 * 1024);
  }

  private static final class CountingOutput extends OutputStream {
    private int lines;
    private int longestPiece;

    @Override
    public void write(int b) {
      throw new AssertionError("byte by byte");
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      longestPiece = Math.max(longestPiece, length);
      for (int i = offset; i < offset + length; i++) {
        lines += bytes[i] == '\n' ? 1 : 0;
      }
    }
  }
}
