package org.jlvs.monitor.check;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import org.jlvs.core.net.Address;

/** A request by UDP that is sent again, after pauses that grow, until it is answered. */
final class Datagrams implements AutoCloseable {
  private static final int LONGEST_ANSWER = 64 << 10;

  /** T1 of RFC 3261, after which a request over UDP is sent again, and then after twice as long. */
  private static final int FIRST_PAUSE_MILLIS = 500;

  private final DatagramSocket socket;

  /** Tells the answer from what else may come. */
  @FunctionalInterface
  interface Reader<T> {
    /** What the datagram says; empty when it is not the answer. */
    Optional<T> read(byte[] datagram);
  }

  Datagrams(Address address, int port) throws IOException {
    InetSocketAddress server = new InetSocketAddress(Checker.address(address), port);
    socket = new DatagramSocket();
    // Connected, so that nobody else can answer, and that a port nobody listens on is heard of.
    socket.connect(server);
  }

  /** Where the request comes from. */
  InetSocketAddress local() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  /**
   * @throws SocketTimeoutException if no answer has come by the deadline
   */
  <T> T ask(byte[] request, Reader<T> reader, Deadline deadline) throws IOException {
    byte[] buffer = new byte[LONGEST_ANSWER];
    for (int pause = FIRST_PAUSE_MILLIS; ; pause *= 2) {
      socket.send(new DatagramPacket(request, request.length));
      Deadline again = Deadline.in(Duration.ofMillis(pause));
      try {
        while (true) {
          socket.setSoTimeout(Math.min(again.millisLeft(), deadline.millisLeft()));
          DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
          socket.receive(packet);
          Optional<T> answer = reader.read(Arrays.copyOf(buffer, packet.getLength()));
          if (answer.isPresent()) {
            return answer.get();
          }
        }
      } catch (SocketTimeoutException silent) {
        if (deadline.over()) {
          throw silent;
        }
      }
    }
  }

  @Override
  public void close() {
    socket.close();
  }
}
