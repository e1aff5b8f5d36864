package org.jlvs.testbed.transfer;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.zip.CRC32C;
import org.jlvs.linux.sys.NetworkNamespace;
import org.jlvs.testbed.namespaces.Host;

/**
 * One way through a network for a large amount of bytes: a connection of two sockets of this
 * process, each in its host's namespace. Both ends add up what has passed.
 */
public final class Transfer {
  private static final int TIMEOUT_MILLIS = 20_000;
  private static final int CHUNK_BYTES = 1 << 18;
  private static final int CHUNKS = 16;

  /** As they are repeated, but each time from another place on, no two megabytes are alike. */
  private static final byte[] RANDOM = random();

  private Transfer() {}

  private static byte[] random() {
    byte[] bytes = new byte[CHUNK_BYTES + CHUNKS];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  /** How both ends add up: to be sure, or for next to nothing. */
  public enum Sum {
    SHA_256,
    CRC_32C
  }

  /**
   * What came of a transfer.
   *
   * @param bytes how many were received
   * @param sent sum of what was sent, in hexadecimal
   * @param received of what was received
   * @param seconds from the begin of the connection to the last byte received
   */
  public record Outcome(long bytes, String sent, String received, double seconds) {
    public boolean isWhole() {
      return sent.equals(received);
    }

    public double megabytesPerSecond() {
      return bytes / seconds / 1e6;
    }
  }

  private record Received(long bytes, String sum, long nanos) {}

  /** A sum that grows. */
  private interface Adding {
    void add(byte[] bytes, int offset, int length);

    String inHexadecimal();
  }

  private static Adding adding(Sum sum) throws NoSuchAlgorithmException {
    return switch (sum) {
      case SHA_256 -> {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        yield new Adding() {
          @Override
          public void add(byte[] bytes, int offset, int length) {
            digest.update(bytes, offset, length);
          }

          @Override
          public String inHexadecimal() {
            return HexFormat.of().formatHex(digest.digest());
          }
        };
      }
      case CRC_32C -> {
        CRC32C crc = new CRC32C();
        yield new Adding() {
          @Override
          public void add(byte[] bytes, int offset, int length) {
            crc.update(bytes, offset, length);
          }

          @Override
          public String inHexadecimal() {
            return HexFormat.of().toHexDigits(crc.getValue());
          }
        };
      }
    };
  }

  /**
   * Transfers bytes over one new connection.
   *
   * @param client opens the connection to {@code service}
   * @param server listens at {@code listening}
   * @param upload whether the client sends; otherwise the server does
   * @throws IOException when the connection is refused, or nothing comes for 20 s
   */
  public static Outcome run(
      Host client,
      InetSocketAddress service,
      Host server,
      InetSocketAddress listening,
      boolean upload,
      long bytes,
      Sum sum)
      throws Exception {
    try (ServerSocket listener = listen(server, listening);
        Socket connecting = socket(client)) {
      FutureTask<Socket> accepting = new FutureTask<>(listener::accept);
      Thread.ofPlatform().daemon().start(accepting);
      long start = System.nanoTime();
      connecting.connect(service, TIMEOUT_MILLIS);
      try (Socket accepted = accepting.get()) {
        accepted.setSoTimeout(TIMEOUT_MILLIS);
        connecting.setSoTimeout(TIMEOUT_MILLIS);
        Socket to = upload ? accepted : connecting;
        FutureTask<Received> receiving = new FutureTask<>(() -> receive(to, adding(sum)));
        Thread.ofPlatform().daemon().start(receiving);
        String sent = send(upload ? connecting : accepted, bytes, adding(sum));
        Received received = receiving.get();
        double seconds = (received.nanos - start) / 1e9;
        return new Outcome(received.bytes, sent, received.sum, seconds);
      }
    }
  }

  private static ServerSocket listen(Host host, InetSocketAddress address) throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.named(host.namespace())) {
      return namespace.run(
          () -> {
            ServerSocket listener = new ServerSocket();
            listener.setReuseAddress(true);
            listener.setSoTimeout(TIMEOUT_MILLIS);
            listener.bind(address);
            return listener;
          });
    }
  }

  /** Java makes a socket when it is first bound or connected. */
  private static Socket socket(Host host) throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.named(host.namespace())) {
      return namespace.run(
          () -> {
            Socket socket = new Socket();
            socket.bind(new InetSocketAddress(InetAddress.ofLiteral("::"), 0));
            return socket;
          });
    }
  }

  private static String send(Socket socket, long bytes, Adding sum) throws IOException {
    OutputStream out = socket.getOutputStream();
    long left = bytes;
    for (int round = 0; left > 0; round++) {
      int size = (int) Math.min(left, CHUNK_BYTES);
      int from = round % CHUNKS;
      sum.add(RANDOM, from, size);
      out.write(RANDOM, from, size);
      left -= size;
    }
    socket.shutdownOutput();
    return sum.inHexadecimal();
  }

  private static Received receive(Socket socket, Adding sum) throws IOException {
    InputStream in = socket.getInputStream();
    byte[] buffer = new byte[CHUNK_BYTES];
    long bytes = 0;
    for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
      sum.add(buffer, 0, count);
      bytes += count;
    }
    return new Received(bytes, sum.inHexadecimal(), System.nanoTime());
  }
}
