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
  private final int patienceSeconds;
  private @Nullable SocketChannel channel;

  /**
   * What a command left behind.
   *
   * @param out its standard output as text
   * @param err its standard error as text
   */
  public record Result(int exitCode, String out, String err) {}

  /**
   * Waits for a silent director as long as the environment says.
   *
   * @param socket usually {@link ControlSocket#ofThisNamespace}
   * @throws IOException when the environment says nonsense
   */
  public ControlClient(Path socket) throws IOException {
    this.socket = socket;
    this.patienceSeconds = SilenceGuard.seconds(System.getenv());
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
    if (channel != null) {
      try (SilenceGuard guard = new SilenceGuard(channel, patienceSeconds)) {
        OutputStream toDirector;
        try {
          toDirector = send(request, channel);
        } catch (IOException e) {
          // Nobody has read a request that could not be written whole, so it may be sent again.
          close();
          return runAnew(request, input, out, err);
        }
        return exchange(toDirector, input, out, err, guard);
      }
    }
    return runAnew(request, input, out, err);
  }

  /** Runs a command over a new connection. */
  private int runAnew(
      byte[] request, @Nullable InputStream input, OutputStream out, OutputStream err)
      throws IOException {
    SocketChannel opened = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel = opened;
    try (SilenceGuard guard = new SilenceGuard(opened, patienceSeconds)) {
      try {
        connect(opened);
      } catch (IOException e) {
        close();
        throw guard.reason(e);
      }
      OutputStream toDirector = Channels.newOutputStream(opened);
      try {
        toDirector.write(Frame.GREETING);
        Frame.write(toDirector, Frame.Type.REQUEST, request, 0, request.length);
      } catch (IOException _) {
        // Who is sent away may not get to say all of it; why is in what there is to receive.
      }
      return exchange(toDirector, input, out, err, guard);
    }
  }

  private int exchange(
      OutputStream toDirector,
      @Nullable InputStream input,
      OutputStream out,
      OutputStream err,
      SilenceGuard guard)
      throws IOException {
    try {
      Thread feeder = input == null ? null : feed(input, toDirector, guard);
      int exitCode = receive(out, err, guard);
      if (feeder != null && feeder.isAlive()) {
        // The command did not want all of its input, so the rest must not meet the next command.
        close();
      }
      return exitCode;
    } catch (IOException e) {
      close();
      throw guard.reason(e);
    }
  }

  private static OutputStream send(byte[] request, SocketChannel to) throws IOException {
    OutputStream toDirector = Channels.newOutputStream(to);
    Frame.write(toDirector, Frame.Type.REQUEST, request, 0, request.length);
    return toDirector;
  }

  private void connect(SocketChannel opened) throws IOException {
    try {
      opened.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
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

  private static Thread feed(InputStream input, OutputStream toDirector, SilenceGuard guard) {
    Thread feeder =
        new Thread(
            () -> {
              byte[] piece = new byte[INPUT_PIECE];
              try {
                int n;
                do {
                  n = read(input, piece, guard);
                } while (pass(piece, n, toDirector, guard));
              } catch (IOException _) {
                abandon(toDirector);
              }
            },
            "standard input");
    feeder.setDaemon(true);
    feeder.start();
    return feeder;
  }

  /**
   * Passes a piece of input on, or, when it has no length, its end; whether more may follow. A
   * director that does not listen any more says why to the thread that reads from it.
   */
  private static boolean pass(byte[] piece, int n, OutputStream toDirector, SilenceGuard guard) {
    try {
      if (n < 0) {
        Frame.write(toDirector, Frame.Type.INPUT_END);
      } else {
        Frame.write(toDirector, Frame.Type.INPUT, piece, 0, n);
      }
      guard.moved();
      return n >= 0;
    } catch (IOException _) {
      return false;
    }
  }

  private static int read(InputStream input, byte[] piece, SilenceGuard guard) throws IOException {
    guard.readsInput(true);
    int n = input.read(piece);
    guard.readsInput(false);
    return n;
  }

  /** Closes the connection, so that the thread that reads from it notices. */
  private static void abandon(OutputStream toDirector) {
    try {
      toDirector.close();
    } catch (IOException _) {
      // It is closed, then.
    }
  }

  private int receive(OutputStream out, OutputStream err, SilenceGuard guard) throws IOException {
    InputStream fromDirector =
        new BufferedInputStream(Channels.newInputStream(Objects.requireNonNull(channel)));
    while (true) {
      Optional<Frame> next = Frame.read(fromDirector);
      if (next.isEmpty()) {
        throw new EOFException("the director ended before the command did");
      }
      Frame frame = next.get();
      guard.writesOutput(true);
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
      guard.writesOutput(false);
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
