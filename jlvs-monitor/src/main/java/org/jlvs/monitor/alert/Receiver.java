package org.jlvs.monitor.alert;

import java.io.IOException;

/** Somebody who is told, and the way there. Equal where both are. */
interface Receiver {

  /** For the log: the directive, and what it names. */
  String name();

  /**
   * Delivers a message. May wait; an interruption ends it.
   *
   * @throws NotAgainException if trying again would make no difference
   */
  void deliver(Message message) throws IOException, InterruptedException;

  /** A failure that the receiver has decided on, so that another attempt is of no use. */
  final class NotAgainException extends IOException {
    private static final long serialVersionUID = 1;

    NotAgainException(String message) {
      super(message);
    }
  }
}
