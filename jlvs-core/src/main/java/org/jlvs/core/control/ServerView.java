package org.jlvs.core.control;

/** A real server as it is at one moment. */
public record ServerView(
    ServerSpec spec,
    int activeConnections,
    int inactiveConnections,
    int persistentConnections,
    Statistics statistics,
    Rates rates) {}
