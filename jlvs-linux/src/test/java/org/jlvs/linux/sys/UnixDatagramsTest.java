package org.jlvs.linux.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jlvs.linux.internal.Bytes;
import org.jlvs.linux.internal.Libc;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixDatagramsTest {
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM_CLOEXEC_NONBLOCK = 2 | 0x80000 | 0x800;

  @TempDir Path directory;

  @Test
  void arriveWholeAndInOrderAlsoAtAReceiverThatWasStartedAgain() throws Exception {
    Path path = directory.resolve("log");
    try (UnixDatagrams datagrams = UnixDatagrams.to(path.toString())) {
      assertThatThrownBy(() -> datagrams.send(bytes("nobody is there")))
          .isInstanceOf(LinuxException.class)
          .hasMessageContaining(path.toString())
          .hasMessageContaining("ENOENT");
      try (Fd receiver = receiver(path)) {
        datagrams.send(bytes("first"));
        datagrams.send(bytes("second\n"));
        assertThat(receive(receiver)).isEqualTo("first");
        assertThat(receive(receiver)).isEqualTo("second\n");
      }
      assertThatThrownBy(() -> datagrams.send(bytes("it is gone")))
          .hasMessageContaining("ECONNREFUSED");
      Files.delete(path);
      try (Fd receiver = receiver(path)) {
        datagrams.send(bytes("third"));
        assertThat(receive(receiver)).isEqualTo("third");
      }
    }
  }

  @Test
  void aReceiverThatIsFullDelaysNobody() throws Exception {
    Path path = directory.resolve("log");
    try (UnixDatagrams datagrams = UnixDatagrams.to(path.toString());
        Fd _ = receiver(path)) {
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 100_000; i++) {
                  datagrams.send(bytes("more than anybody reads"));
                }
              })
          .hasMessageContaining("EAGAIN");
    }
  }

  @Test
  void aPathThatDoesNotFitIsRefused() {
    assertThatThrownBy(() -> UnixDatagrams.to("/" + "x".repeat(107)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static Fd receiver(Path path) throws LinuxException {
    Fd fd = Fd.ofResult(Libc.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC_NONBLOCK, 0), "open a socket");
    try (Arena arena = Arena.ofConfined()) {
      byte[] name = bytes(path.toString());
      MemorySegment address = arena.allocate(2 + name.length + 1, 2);
      address.set(Bytes.U16, 0, (short) AF_UNIX);
      MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, 2, name.length);
      LinuxException.check(Libc.bind(fd.number(), address), "bind to " + path);
    }
    return fd;
  }

  private static String receive(Fd fd) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment room = arena.allocate(1000);
      long length =
          Libc.recvfrom(
              fd.number(), room, room.byteSize(), 0, MemorySegment.NULL, MemorySegment.NULL);
      LinuxException.check((int) length, "receive");
      return new String(
          room.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
