package org.jlvs.cli;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A command line on its way to the director.
 *
 * @param program such as {@code ipvsadm}
 * @param arguments without the program's name
 * @param input whether standard input follows in frames
 */
public record CommandRequest(String program, List<String> arguments, boolean input) {

  /** More arguments than any command needs. */
  public static final int MAX_ARGUMENTS = 4096;

  public CommandRequest {
    arguments = List.copyOf(arguments);
  }

  /** The payload of its frame: a byte for input, a count, and strings with their lengths. */
  public byte[] encode() {
    byte[][] texts = new byte[1 + arguments.size()][];
    texts[0] = program.getBytes(StandardCharsets.UTF_8);
    int length = 5 + 4 + texts[0].length;
    for (int i = 1; i < texts.length; i++) {
      texts[i] = arguments.get(i - 1).getBytes(StandardCharsets.UTF_8);
      length += 4 + texts[i].length;
    }
    ByteBuffer payload = ByteBuffer.allocate(length);
    payload.put((byte) (input ? 1 : 0)).putInt(arguments.size());
    for (byte[] text : texts) {
      payload.putInt(text.length).put(text);
    }
    return payload.array();
  }

  /** Reads what {@link #encode} wrote. */
  public static CommandRequest decode(byte[] bytes) throws MalformedFrameException {
    ByteBuffer payload = ByteBuffer.wrap(bytes);
    if (payload.remaining() < 5) {
      throw new MalformedFrameException("a request of " + bytes.length + " bytes");
    }
    byte input = payload.get();
    int count = payload.getInt();
    if (input < 0 || input > 1 || count < 0 || count > MAX_ARGUMENTS) {
      throw new MalformedFrameException(
          "a request with "
              + Integer.toUnsignedString(count)
              + " arguments; "
              + MAX_ARGUMENTS
              + " are the most");
    }
    String program = text(payload);
    List<String> arguments = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      arguments.add(text(payload));
    }
    if (payload.hasRemaining()) {
      throw new MalformedFrameException("a request with bytes after its last argument");
    }
    return new CommandRequest(program, arguments, input == 1);
  }

  private static String text(ByteBuffer payload) throws MalformedFrameException {
    int length = payload.remaining() < 4 ? -1 : payload.getInt();
    if (length < 0 || length > payload.remaining()) {
      throw new MalformedFrameException("a request that ends within an argument");
    }
    String text = new String(payload.array(), payload.position(), length, StandardCharsets.UTF_8);
    payload.position(payload.position() + length);
    return text;
  }
}
