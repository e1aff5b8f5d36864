package org.jlvs.core.control;

/**
 * Time-outs in seconds, as {@code ipvsadm --set} takes them. When set, 0 leaves a value as it is.
 */
public record Timeouts(int tcp, int tcpFin, int udp) {}
