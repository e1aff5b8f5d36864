package org.jlvs.core.control;

import java.util.Optional;

/**
 * A connection synchronization daemon as {@code --start-daemon} describes it.
 *
 * @param master whether it sends (else it receives)
 * @param syncId 0-255
 * @param maxLength bytes of a message, 0 for the default
 * @param group multicast group, textual, when given
 * @param port 0 for the default
 * @param ttl 0 for the default
 */
public record SyncDaemon(
    boolean master,
    String mcastInterface,
    int syncId,
    int maxLength,
    Optional<String> group,
    int port,
    int ttl) {}
