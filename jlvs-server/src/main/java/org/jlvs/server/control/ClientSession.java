package org.jlvs.server.control;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.jlvs.cli.CommandRequest;
import org.jlvs.cli.Frame;
import org.jlvs.cli.MalformedFrameException;

/** One client's connection: its commands, one after the other, until it goes. */
final class ClientSession {
  private static final Logger LOG = System.getLogger(ClientSession.class.getName());

  private static final int MISUSE = 2;
  private static final int INTERNAL_ERROR = 255;
  private static final int OUTPUT_PIECE = 64 * 1024;

  private final SocketChannel channel;
  private final Map<String, CommandHandler> commands;
  private final ControlServer.Limits limits;
  private final InputStream in;
  private final OutputStream out;
  private volatile boolean greeted;
  private volatile long lastByteNanos = System.nanoTime();

  ClientSession(
      SocketChannel channel, Map<String, CommandHandler> commands, ControlServer.Limits limits) {
    this.channel = channel;
    this.commands = commands;
    this.limits = limits;
    this.in = new BufferedInputStream(Channels.newInputStream(channel));
    this.out = Channels.newOutputStream(channel);
  }

  /** Serves the client until it goes or is sent away. */
  void run() {
    try {
      greet();
      for (Optional<Frame> frame = read(); frame.isPresent(); frame = read()) {
        if (frame.get().type() != Frame.Type.REQUEST) {
          throw new MalformedFrameException(frame.get().type() + " without a request");
        }
        serve(CommandRequest.decode(frame.get().payload()));
      }
    } catch (MalformedFrameException e) {
      refuse(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      LOG.log(Level.DEBUG, () -> "a client of the control socket has gone: " + e.getMessage());
    } finally {
      close();
    }
  }

  private void greet() throws IOException {
    byte[] greeting = in.readNBytes(Frame.GREETING.length);
    int version = Frame.GREETING.length - 1;
    if (greeting.length < Frame.GREETING.length
        || !Arrays.equals(greeting, 0, version, Frame.GREETING, 0, version)) {
      throw new MalformedFrameException("this is the control socket of a jlvs director");
    }
    if (greeting[version] != Frame.GREETING[version]) {
      throw new MalformedFrameException(
          "the command speaks version "
              + greeting[version]
              + " of the protocol, the director version "
              + Frame.GREETING[version]
              + ": use both of one release");
    }
    greeted = true;
  }

  private Optional<Frame> read() throws IOException {
    Optional<Frame> frame = Frame.read(in);
    lastByteNanos = System.nanoTime();
    return frame;
  }

  private void serve(CommandRequest request) throws IOException {
    Input input = new Input(request.input());
    Output err = new Output(Frame.Type.ERR);
    int exitCode;
    CommandHandler handler = commands.get(request.program());
    if (handler == null) {
      Frame.write(
          out,
          Frame.Type.ERR,
          "jlvs: the director knows no command \"" + request.program() + "\"\n");
      exitCode = MISUSE;
    } else {
      try {
        exitCode =
            handler.run(
                request.program(), request.arguments(), input, new Output(Frame.Type.OUT), err);
      } catch (RuntimeException e) {
        LOG.log(Level.ERROR, "command " + request + " failed", e);
        Frame.write(
            out,
            Frame.Type.ERR,
            request.program() + ": internal error, see the director's log: " + e + "\n");
        exitCode = INTERNAL_ERROR;
      }
    }
    Frame.writeExit(out, exitCode);
    input.drain();
  }

  /** Says why the client is sent away, if it still listens, and closes the connection. */
  void refuse(String why) {
    try {
      Frame.write(out, Frame.Type.REFUSAL, why);
    } catch (IOException _) {
      // It does not listen any more.
    }
    close();
  }

  /** Ends whatever the session's thread is waiting for, when nothing has moved for too long. */
  void closeIfSilent(long nowNanos) {
    long allowed = (greeted ? limits.idle() : limits.greeting()).toNanos();
    if (nowNanos - lastByteNanos > allowed) {
      close();
    }
  }

  void close() {
    try {
      // A close waits for the thread that reads; this does not, so that from here on the client
      // cannot send a command that nobody would execute.
      channel.shutdownInput();
      channel.close();
    } catch (IOException _) {
      // It is closed, then.
    }
  }

  /** The command's standard input, out of the client's frames. */
  private final class Input extends InputStream {
    private byte[] piece = new byte[0];
    private int next;
    private long received;
    private boolean ended;

    Input(boolean sent) {
      ended = !sent;
    }

    @Override
    public int read() throws IOException {
      return more() ? piece[next++] & 0xff : -1;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (!more()) {
        return -1;
      }
      int count = Math.min(length, piece.length - next);
      System.arraycopy(piece, next, bytes, offset, count);
      next += count;
      return count;
    }

    /** Whether there is a byte at {@code next}. */
    private boolean more() throws IOException {
      while (next == piece.length && !ended) {
        receive();
      }
      return next < piece.length;
    }

    private void receive() throws IOException {
      Frame frame =
          ClientSession.this
              .read()
              .orElseThrow(() -> new MalformedFrameException("standard input has no end"));
      switch (frame.type()) {
        case INPUT -> {
          received += frame.payload().length;
          if (received > limits.inputBytes()) {
            throw new MalformedFrameException(
                "more than " + limits.inputBytes() + " bytes of standard input");
          }
          piece = frame.payload();
          next = 0;
        }
        case INPUT_END -> ended = true;
        case REQUEST, OUT, ERR, EXIT, REFUSAL ->
            throw new MalformedFrameException(frame.type() + " instead of standard input");
      }
    }

    /** Takes what the command has not read, so that the next frame is a request. */
    void drain() throws IOException {
      while (!ended) {
        receive();
      }
    }
  }

  /** One of the command's outputs, as frames. */
  private final class Output extends OutputStream {
    private final Frame.Type type;

    Output(Frame.Type type) {
      this.type = type;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      for (int done = 0; done < length; done += OUTPUT_PIECE) {
        Frame.write(out, type, bytes, offset + done, Math.min(OUTPUT_PIECE, length - done));
        lastByteNanos = System.nanoTime();
      }
    }
  }
}
