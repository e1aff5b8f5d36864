package org.jlvs.cli;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * What goes over the control socket: a type byte, the payload's length in four bytes, highest
 * first, and the payload. A connection begins with {@link #GREETING} from the client. Then come any
 * number of exchanges, one after the other: a {@link Type#REQUEST}, for commands that read standard
 * input {@link Type#INPUT} frames up to {@link Type#INPUT_END}, and meanwhile from the director
 * {@link Type#OUT} and {@link Type#ERR} frames up to {@link Type#EXIT}. A {@link Type#REFUSAL} ends
 * the connection.
 *
 * @param payload not copied; whoever gets a frame owns it
 */
public record Frame(Type type, byte[] payload) {

  /** Magic and version of the protocol. */
  public static final byte[] GREETING = {'j', 'l', 'v', 's', 1};

  /** The longest payload that a receiver takes. */
  public static final int MAX_PAYLOAD = 1 << 20;

  /** Meaning of a frame; its byte is the position here, counted from 1. */
  public enum Type {
    /** A {@link CommandRequest}. */
    REQUEST,
    /** A piece of standard input. */
    INPUT,
    /** There is no more standard input. */
    INPUT_END,
    /** A piece of standard output. */
    OUT,
    /** A piece of standard error. */
    ERR,
    /** The command has ended with this exit code, four bytes. */
    EXIT,
    /** Why the director does not go on with this connection, in UTF-8. */
    REFUSAL
  }

  private static final Type[] TYPES = Type.values();

  /**
   * Reads the next frame.
   *
   * @return empty when the stream ends before it
   * @throws MalformedFrameException when the bytes are none
   * @throws EOFException when the stream ends within it
   */
  public static Optional<Frame> read(InputStream in) throws IOException {
    int type = in.read();
    if (type < 0) {
      return Optional.empty();
    }
    if (type == 0 || type > TYPES.length) {
      throw new MalformedFrameException("there is no frame of type " + type);
    }
    int length = new DataInputStream(in).readInt();
    if (length < 0 || length > MAX_PAYLOAD) {
      throw new MalformedFrameException(
          "a frame of " + Integer.toUnsignedString(length) + " bytes, more than " + MAX_PAYLOAD);
    }
    byte[] payload = in.readNBytes(length);
    if (payload.length < length) {
      throw new EOFException("the connection ended within a frame");
    }
    return Optional.of(new Frame(TYPES[type - 1], payload));
  }

  /** Writes a frame without payload. */
  public static void write(OutputStream out, Type type) throws IOException {
    write(out, type, new byte[0], 0, 0);
  }

  /** Writes a frame with a text in it. */
  public static void write(OutputStream out, Type type, String text) throws IOException {
    byte[] payload = text.getBytes(StandardCharsets.UTF_8);
    write(out, type, payload, 0, payload.length);
  }

  /** Writes the frame that ends a command. */
  public static void writeExit(OutputStream out, int exitCode) throws IOException {
    byte[] payload = {
      (byte) (exitCode >> 24), (byte) (exitCode >> 16), (byte) (exitCode >> 8), (byte) exitCode
    };
    write(out, Type.EXIT, payload, 0, payload.length);
  }

  /** Writes a frame in one piece. */
  public static void write(OutputStream out, Type type, byte[] payload, int offset, int length)
      throws IOException {
    if (length > MAX_PAYLOAD) {
      throw new IllegalArgumentException(
          "a payload of " + length + " bytes, more than " + MAX_PAYLOAD);
    }
    ByteArrayOutputStream piece = new ByteArrayOutputStream(5 + length);
    DataOutputStream data = new DataOutputStream(piece);
    data.writeByte(type.ordinal() + 1);
    data.writeInt(length);
    data.write(payload, offset, length);
    piece.writeTo(out);
  }

  /** The exit code in the payload of an {@link Type#EXIT} frame. */
  public int exitCode() throws MalformedFrameException {
    if (payload.length != 4) {
      throw new MalformedFrameException("an exit code of " + payload.length + " bytes, not 4");
    }
    return payload[0] << 24
        | (payload[1] & 0xff) << 16
        | (payload[2] & 0xff) << 8
        | (payload[3] & 0xff);
  }

  /** The payload as text. */
  public String text() {
    return new String(payload, StandardCharsets.UTF_8);
  }
}
