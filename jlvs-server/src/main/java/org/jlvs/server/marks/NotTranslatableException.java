package org.jlvs.server.marks;

/** A rule of nft says something that the director can't evaluate; the message says what. */
final class NotTranslatableException extends Exception {
  NotTranslatableException(String reason) {
    super(reason);
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
