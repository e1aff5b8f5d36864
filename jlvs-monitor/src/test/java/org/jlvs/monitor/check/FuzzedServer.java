package org.jlvs.monitor.check;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A server on one port of TCP and UDP that says what it is told to, in thousands of connections a
 * second: to each connection all at once, and then it listens until the client has gone.
 */
final class FuzzedServer {
  private static final int DNS_QUESTION_END = 27;
  private static final int RADIUS_HEADER = 20;

  private final ServerSocket listener;
  private final DatagramSocket datagrams;
  private volatile byte[] answer = new byte[0];
  private volatile List<UnaryOperator<byte[]>> datagramAnswers = List.of();

  private FuzzedServer(ServerSocket listener, DatagramSocket datagrams) {
    this.listener = listener;
    this.datagrams = datagrams;
  }

  static FuzzedServer start() {
    try {
      ServerSocket listener = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
      FuzzedServer server =
          new FuzzedServer(
              listener,
              new DatagramSocket(new InetSocketAddress("127.0.0.1", listener.getLocalPort())));
      Thread.ofPlatform().daemon().start(server::accept);
      Thread.ofPlatform().daemon().start(server::receive);
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  int port() {
    return listener.getLocalPort();
  }

  /** What the next connections get. */
  void answer(byte[] bytes) {
    answer = bytes;
  }

  /** What the next datagrams are answered by, one after the other. */
  void answerDatagrams(List<UnaryOperator<byte[]>> answering) {
    datagramAnswers = answering;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try (Socket socket = listener.accept()) {
        socket.setSoTimeout(100);
        socket.getOutputStream().write(answer);
        socket.shutdownOutput();
        InputStream stream = socket.getInputStream();
        byte[] ignored = new byte[4096];
        while (stream.read(ignored) >= 0) {
          // Closed with something unread, the connection would be reset, and the answer lost.
        }
      } catch (IOException gone) {
        // The client has heard enough.
      }
    }
  }

  private void receive() {
    byte[] buffer = new byte[65_536];
    while (!datagrams.isClosed()) {
      try {
        DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
        datagrams.receive(packet);
        byte[] query = Arrays.copyOf(buffer, packet.getLength());
        for (UnaryOperator<byte[]> answering : datagramAnswers) {
          byte[] bytes = answering.apply(query);
          datagrams.send(new DatagramPacket(bytes, bytes.length, packet.getSocketAddress()));
        }
      } catch (IOException gone) {
        // The client has heard enough.
      }
    }
  }

  /** The bytes as an answer to this query: with its number, and at least a header long. */
  static byte[] dnsAnswer(byte[] query, byte[] bytes) {
    byte[] answer = Arrays.copyOf(bytes, Math.max(DNS_QUESTION_END, bytes.length));
    answer[0] = query[0];
    answer[1] = query[1];
    return Arrays.copyOf(answer, Math.min(answer.length, 60_000));
  }

  /** There is no such name (RFC 1035, section 4.1.1). */
  static byte[] noSuchName(byte[] query) {
    byte[] answer = query.clone();
    answer[2] = (byte) 0x81;
    answer[3] = (byte) 0x83;
    return answer;
  }

  /** An answer that is authentic (RFC 2865, section 3), whatever is in it. */
  static byte[] radiusAnswer(byte[] query, byte[] bytes, String secret) {
    int attributes = Math.min(Math.max(bytes.length - 1, 0), 4000);
    ByteBuffer answer = ByteBuffer.allocate(RADIUS_HEADER + attributes);
    answer.put(bytes.length == 0 ? 2 : bytes[0]).put(query[1]).putShort((short) answer.capacity());
    answer.put(query, 4, 16);
    if (attributes > 0) {
      answer.put(bytes, 1, attributes);
    }
    try {
      MessageDigest md5 = MessageDigest.getInstance("MD5");
      md5.update(answer.array());
      byte[] authenticator = md5.digest(secret.getBytes(StandardCharsets.US_ASCII));
      return answer.put(4, authenticator).array();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  void close() {
    try {
      listener.close();
      datagrams.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
