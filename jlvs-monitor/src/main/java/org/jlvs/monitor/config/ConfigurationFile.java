package org.jlvs.monitor.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;

/**
 * A configuration file that is read again when it changes. Not for sharing between threads, but for
 * {@link #parse}.
 */
public final class ConfigurationFile {
  private static final long LARGEST = 16L << 20;

  private final Path path;
  private final NameResolver names;
  private Object stamp = "";
  private byte[] content = new byte[0];

  public ConfigurationFile(Path path, NameResolver names) {
    this.path = path;
    this.names = names;
  }

  public Path path() {
    return path;
  }

  /**
   * Reads the file as it is now.
   *
   * @throws IOException if it cannot be read; its message names no file
   */
  public Configuration read() throws IOException, ConfigurationException {
    return parse(text());
  }

  /**
   * The file's text as it is now, its bytes as characters below 256.
   *
   * @throws IOException if it cannot be read; its message names no file
   */
  public String text() throws IOException {
    stamp = stampNow();
    content = bytes();
    return new String(content, StandardCharsets.ISO_8859_1);
  }

  /** What such a text says. Any thread may ask; host names may take seconds. */
  public Configuration parse(String text) throws ConfigurationException {
    return ConfigurationParser.parse(text, names);
  }

  /**
   * Whether the content is another than when this was last asked or the file was read. A file that
   * is missing for a moment, as while an editor replaces it, has not changed.
   */
  public boolean changed() {
    try {
      Object now = stampNow();
      if (now.equals(stamp)) {
        return false;
      }
      byte[] bytes = bytes();
      stamp = now;
      boolean other = !Arrays.equals(bytes, content);
      content = bytes;
      return other;
    } catch (IOException missing) {
      return false;
    }
  }

  private byte[] bytes() throws IOException {
    if (Files.size(path) > LARGEST) {
      throw new IOException("larger than " + LARGEST + " bytes, which no configuration is");
    }
    return Files.readAllBytes(path);
  }

  private Object stampNow() throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
    return attributes.lastModifiedTime() + " " + attributes.size() + " " + attributes.fileKey();
  }
}
