package org.jlvs.monitor.config;

/** Where a real server's own word on its weight comes from. {@code none} is {@link None}. */
public sealed interface WeightSource {

  /** Nobody is asked: the configured weights hold. */
  record None() implements WeightSource {}

  /** {@code weightagent=PORT}: the server says it by TCP, unasked, and closes. */
  record Tcp(int port) implements WeightSource {}

  /**
   * {@code weightagent=http:PORT/PATH}: the body of a page says it.
   *
   * @param path begins with a slash
   */
  record Page(boolean tls, int port, String path) implements WeightSource {}

  /** {@code weightcommand=}: the output of a command of the operator says it. */
  record Command(String command) implements WeightSource {}

  /** It is part of the answer to the server's check. */
  sealed interface InCheck extends WeightSource {}

  /** {@code weightheader=}: a header of an HTTP answer. */
  record Header(String name) implements InCheck {}

  /** {@code weightpattern=}: the first group of an expression that is searched in the answer. */
  record Group(PerlRegexp regexp) implements InCheck {}
}
