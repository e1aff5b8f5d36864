package org.jlvs.monitor.config;

/** What {@code httpmethod=} can say. */
public enum HttpMethod {
  GET,
  HEAD
}
