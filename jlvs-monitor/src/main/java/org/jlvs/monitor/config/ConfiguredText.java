package org.jlvs.monitor.config;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Text of a configuration for what wants characters. A configuration is read as bytes, each a
 * character below 256, since the original knows nothing else, and protocols without a character set
 * get them as they are.
 */
public final class ConfiguredText {
  private ConfiguredText() {}

  /** The characters that the bytes stand for in UTF-8; where they are none of it, in Latin 1. */
  public static String decoded(String bytes) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.ISO_8859_1)))
          .toString();
    } catch (CharacterCodingException latin1) {
      return bytes;
    }
  }
}
