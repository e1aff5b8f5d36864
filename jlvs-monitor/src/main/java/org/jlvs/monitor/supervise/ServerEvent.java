package org.jlvs.monitor.supervise;

import org.jlvs.monitor.alert.Alert;
import org.jlvs.monitor.config.VirtualServer;

/**
 * Something that supervision has done to a real or fallback server, or found of it.
 *
 * @param server {@code ADDRESS:PORT}
 * @param message in the words of the log
 * @param reason what the last check said of the server; empty where none has to do with it
 */
public record ServerEvent(
    Alert.Event event, VirtualServer virtual, String server, String message, String reason) {}
