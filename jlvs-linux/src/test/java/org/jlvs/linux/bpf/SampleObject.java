package org.jlvs.linux.bpf;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The compiled objects of {@code src/test/bpf}. */
public final class SampleObject {
  private SampleObject() {}

  public static byte[] sample() {
    return read("sample.bpf.o");
  }

  static byte[] refused() {
    return read("refused.bpf.o");
  }

  static byte[] withFieldRelocation() {
    return read("core.bpf.o");
  }

  private static byte[] read(String name) {
    try (InputStream in = SampleObject.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
