package org.jlvs.monitor.config;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * Who is told what happens to a virtual server's real servers, when and how.
 *
 * @param webhook gets an HTTP POST for each message
 * @param command the path of a program that is run for each message
 * @param statuses what the monitor must be doing for anybody to be told
 * @param repeat after how long it is said again that a server is down; zero for never
 * @param group what happens within this time comes in one message; zero to tell at once
 * @param limit messages an hour to each receiver; 0 for any number
 * @param serviceName what the operator calls the service; may be empty
 * @param comment the operator's notes; may be empty
 */
public record AlertSettings(
    Optional<Mail> mail,
    Optional<URI> webhook,
    Optional<String> command,
    Set<DaemonStatus> statuses,
    Duration repeat,
    Duration group,
    int limit,
    String serviceName,
    String comment) {

  public AlertSettings {
    statuses = Set.copyOf(statuses);
  }

  /**
   * How mail goes out.
   *
   * @param recipients as a To header has them, separated by commas
   * @param sender as a From header has it; the mail system's default when empty
   * @param server {@code HOST} or {@code HOST:PORT}; the host's own mail system when empty
   */
  public record Mail(String recipients, Optional<String> sender, Optional<String> server) {}
}
