package org.jlvs.core.control;

import java.util.Optional;
import org.jlvs.core.net.Address;

/**
 * One entry of the connection table.
 *
 * @param protocol IP protocol number; 0 ({@code IP}) for a template of a firewall mark
 * @param state the kernel's name of it, such as {@code ESTABLISHED}
 * @param expiresMillis time until its timer ends
 * @param persistenceEngineName of a template made by a persistence engine
 */
public record ConnectionView(
    int protocol,
    Address client,
    int clientPort,
    Address virtual,
    int virtualPort,
    Address server,
    int serverPort,
    String state,
    long expiresMillis,
    Optional<String> persistenceEngineName,
    Optional<String> persistenceEngineData) {}
