package org.jlvs.cli;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Runs commands in the director over one connection, which is opened when first needed and again
 * when the director has closed it. Any thread may call it; commands run one at a time.
 */
public final class ControlClient implements AutoCloseable {
  private static final int INPUT_PIECE = 32 * 1024;

  private final Path socket;
  private @Nullable SocketChannel channel;

  /**
   * What a command left behind.
   *
   * @param out its standard output as text
   * @param err its standard error as text
   */
  public record Result(int exitCode, String out, String err) {}

  /**
   * @param socket usually {@link ControlSocket#ofThisNamespace}
   */
  public ControlClient(Path socket) {
    this.socket = socket;
  }

  /**
   * Runs a command and keeps its output.
   *
   * @param input standard input for commands that read it; empty for none
   */
  public Result run(String program, List<String> arguments, Optional<String> input)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    InputStream bytes =
        input
            .map(text -> new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))
            .orElse(null);
    int exitCode = run(program, arguments, bytes, out, err);
    return new Result(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /**
   * Runs a command and passes its output on as it comes.
   *
   * @param input standard input for commands that read it; null for none
   * @return the exit code
   * @throws DirectorUnreachableException when nobody listens, or not to this user; the command did
   *     not run
   * @throws IOException when the connection is lost, the director refuses to go on, or output
   *     cannot be written; the command may have run
   */
  public synchronized int run(
      String program,
      List<String> arguments,
      @Nullable InputStream input,
      OutputStream out,
      OutputStream err)
      throws IOException {
    byte[] request = new CommandRequest(program, arguments, input != null).encode();
    if (request.length > Frame.MAX_PAYLOAD) {
      throw new IOException(
          "the command line has "
              + request.length
              + " bytes; "
              + Frame.MAX_PAYLOAD
              + " are the most");
    }
    try {
      OutputStream toDirector = send(request);
      Thread feeder = input == null ? null : feed(input, toDirector);
      int exitCode = receive(out, err);
      if (feeder != null && feeder.isAlive()) {
        // The command did not want all of its input, so the rest must not meet the next command.
        close();
      }
      return exitCode;
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /** Sends the request; over a new connection when the old one turns out to be closed. */
  private OutputStream send(byte[] request) throws IOException {
    if (channel != null) {
      try {
        return send(request, channel);
      } catch (IOException _) {
        // Nobody has read a request that could not be written whole, so it may be sent again.
        close();
      }
    }
    SocketChannel opened = connect();
    channel = opened;
    Channels.newOutputStream(opened).write(Frame.GREETING);
    return send(request, opened);
  }

  private static OutputStream send(byte[] request, SocketChannel to) throws IOException {
    OutputStream toDirector = Channels.newOutputStream(to);
    Frame.write(toDirector, Frame.Type.REQUEST, request, 0, request.length);
    return toDirector;
  }

  private SocketChannel connect() throws IOException {
    SocketChannel opened = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      opened.connect(UnixDomainSocketAddress.of(socket));
      return opened;
    } catch (IOException e) {
      opened.close();
      throw unreachable(e);
    }
  }

  private DirectorUnreachableException unreachable(IOException cause) {
    Path folder = socket.toAbsolutePath().getParent();
    boolean hidden = folder != null && Files.isDirectory(folder) && !Files.isExecutable(folder);
    if (hidden || (Files.exists(socket) && !Files.isWritable(socket))) {
      return new DirectorUnreachableException(
          "permission denied on " + socket + ": the director obeys root only", true, cause);
    }
    return new DirectorUnreachableException(
        "no director runs in this network namespace: start one with `jlvs director`", false, cause);
  }

  private static Thread feed(InputStream input, OutputStream toDirector) {
    Thread feeder =
        new Thread(
            () -> {
              byte[] piece = new byte[INPUT_PIECE];
              try {
                for (int n = input.read(piece); n >= 0; n = input.read(piece)) {
                  Frame.write(toDirector, Frame.Type.INPUT, piece, 0, n);
                }
                Frame.write(toDirector, Frame.Type.INPUT_END);
              } catch (IOException _) {
                abandon(toDirector);
              }
            },
            "standard input");
    feeder.setDaemon(true);
    feeder.start();
    return feeder;
  }

  /** Closes the connection, so that the thread that reads from it notices. */
  private static void abandon(OutputStream toDirector) {
    try {
      toDirector.close();
    } catch (IOException _) {
      // It is closed, then.
    }
  }

  private int receive(OutputStream out, OutputStream err) throws IOException {
    InputStream fromDirector =
        new BufferedInputStream(Channels.newInputStream(Objects.requireNonNull(channel)));
    while (true) {
      Optional<Frame> next = Frame.read(fromDirector);
      if (next.isEmpty()) {
        throw new EOFException("the director ended before the command did");
      }
      Frame frame = next.get();
      switch (frame.type()) {
        case OUT -> out.write(frame.payload());
        case ERR -> err.write(frame.payload());
        case EXIT -> {
          return frame.exitCode();
        }
        case REFUSAL -> throw new IOException("the director refuses: " + frame.text());
        case REQUEST, INPUT, INPUT_END ->
            throw new MalformedFrameException("the director sent " + frame.type());
      }
    }
  }

  @Override
  public synchronized void close() {
    SocketChannel open = channel;
    channel = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException _) {
        // Nothing is lost: what was sent was answered, or the caller knows that it was not.
      }
    }
  }
}
