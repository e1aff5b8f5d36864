package org.jlvs.testbed.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * A program that is thousands of small web servers, each on an address of its own: {@code
 * CheckedServers PORT COUNT}. One thread, no allocation that grows with checks. Each line on
 * standard input is a command, answered by one line:
 *
 * <ul>
 *   <li>{@code close FROM TO} ends servers, so that connections to them are refused: {@code ok}
 *   <li>{@code open FROM TO} starts them again: {@code ok}
 *   <li>{@code count}: how many checks were answered, how many of them came later after the one
 *       before than {@link #LATE_NANOS}, and the longest such time in milliseconds; late ones and
 *       the longest time begin anew
 * </ul>
 */
public final class CheckedServers {
  /** A check that comes so long after the one before is late: an interval of 1 s and a tenth. */
  static final long LATE_NANOS = 1_100_000_000;

  private static final int BACKLOG = 128;
  private static final byte[] ANSWER =
      "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 6\r\nConnection: close\r\n\r\nalive\n"
          .getBytes(StandardCharsets.ISO_8859_1);

  private final Selector selector = Selector.open();
  private final ConcurrentLinkedQueue<String> commands = new ConcurrentLinkedQueue<>();
  private final ByteBuffer request = ByteBuffer.allocateDirect(8192);
  private final ByteBuffer answer = ByteBuffer.allocateDirect(ANSWER.length).put(ANSWER);
  private final int port;
  private final @Nullable ServerSocketChannel[] listeners;
  private final long[] last;
  private long answered;
  private long late;
  private long longest;

  private CheckedServers(int port, int count) throws IOException {
    this.port = port;
    this.listeners = new ServerSocketChannel[count];
    this.last = new long[count];
  }

  /** The address of a server, by its number from 0. */
  static String address(int server) {
    return "127.10.%d.%d".formatted(server / 200, 1 + server % 200);
  }

  /** Serves until its standard input ends. */
  public static void main(String[] args) throws IOException {
    CheckedServers servers =
        new CheckedServers(Integer.parseInt(args[0]), Integer.parseInt(args[1]));
    servers.open(0, servers.listeners.length);
    System.out.println("ready");
    Thread.ofPlatform().daemon().start(servers::readCommands);
    servers.serve();
  }

  private void readCommands() {
    try (var lines =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.ISO_8859_1))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        commands.add(line);
        selector.wakeup();
      }
    } catch (IOException gone) {
      // As if it had ended.
    }
    System.exit(0);
  }

  private void serve() throws IOException {
    while (true) {
      selector.select(this::handle);
      for (String line = commands.poll(); line != null; line = commands.poll()) {
        String[] words = line.split(" ");
        switch (words[0]) {
          case "close" -> close(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
          case "open" -> open(Integer.parseInt(words[1]), Integer.parseInt(words[2]));
          default -> {}
        }
        System.out.println(words[0].equals("count") ? count() : "ok");
      }
    }
  }

  private String count() {
    String counts = answered + " " + late + " " + longest / 1_000_000;
    late = 0;
    longest = 0;
    return counts;
  }

  private void open(int from, int to) throws IOException {
    for (int server = from; server < to; server++) {
      if (listeners[server] == null) {
        ServerSocketChannel listener = ServerSocketChannel.open();
        listener.configureBlocking(false);
        listener.bind(new InetSocketAddress(InetAddress.getByName(address(server)), port), BACKLOG);
        listener.register(selector, SelectionKey.OP_ACCEPT, server);
        listeners[server] = listener;
        last[server] = 0;
      }
    }
  }

  private void close(int from, int to) throws IOException {
    for (int server = from; server < to; server++) {
      ServerSocketChannel listener = listeners[server];
      if (listener != null) {
        listener.close();
        listeners[server] = null;
      }
    }
    // A channel is closed for good when its key has left the selector.
    selector.selectNow(this::handle);
  }

  private void handle(SelectionKey key) {
    try {
      if (!key.isValid()) {
        return;
      }
      if (key.isAcceptable()) {
        accept((ServerSocketChannel) key.channel(), (Integer) key.attachment());
      } else {
        answer(key);
      }
    } catch (IOException broken) {
      key.cancel();
    }
  }

  private void accept(ServerSocketChannel listener, Integer server) throws IOException {
    for (SocketChannel client = listener.accept(); client != null; client = listener.accept()) {
      client.configureBlocking(false);
      client.register(selector, SelectionKey.OP_READ, server);
    }
  }

  /** A check's request comes in one piece, and the answer goes out in one. */
  private void answer(SelectionKey key) throws IOException {
    try (SocketChannel client = (SocketChannel) key.channel()) {
      request.clear();
      if (client.read(request) <= 0) {
        return;
      }
      answer.flip();
      client.write(answer);
      answer.limit(answer.capacity()).position(answer.capacity());
      answered++;
      int server = (Integer) key.attachment();
      long now = System.nanoTime();
      long since = last[server] == 0 ? 0 : now - last[server];
      last[server] = now;
      longest = Math.max(longest, since);
      if (since > LATE_NANOS) {
        late++;
      }
    }
  }
}
