package org.jlvs.core.service;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Which server has which number. Numbers go round, so that one is used again as late as possible.
 */
final class ServerNumbers {
  private final int highest;
  private @Nullable RealServer[] servers = new @Nullable RealServer[16];
  private int lastGiven;
  private int inUse;

  ServerNumbers(int highest) {
    if (highest < 1) {
      throw new IllegalArgumentException("a table of " + highest + " servers; at least 1 expected");
    }
    this.highest = highest;
  }

  int highest() {
    return highest;
  }

  /** How many numbers are free. */
  int room() {
    return highest - inUse;
  }

  /** A free number, or 0 when all are in use. */
  int free() {
    if (inUse == highest) {
      return 0;
    }
    int number = lastGiven;
    do {
      number = number == highest ? 1 : number + 1;
    } while (get(number) != null);
    return number;
  }

  /** Gives a free number to a server. */
  void give(RealServer server) {
    int number = server.number();
    if (number >= servers.length) {
      servers =
          Arrays.copyOf(
              servers, (int) Math.min(highest + 1L, Math.max(number + 1L, servers.length * 2L)));
    }
    servers[number] = server;
    lastGiven = number;
    inUse++;
  }

  void takeBack(RealServer server) {
    servers[server.number()] = null;
    inUse--;
  }

  /** The server with a number; null when none has it, or it is no such number. */
  @Nullable RealServer get(int number) {
    return number >= 1 && number < servers.length ? servers[number] : null;
  }
}
