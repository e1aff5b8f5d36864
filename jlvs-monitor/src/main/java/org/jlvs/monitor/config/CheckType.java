package org.jlvs.monitor.config;

/** What {@code checktype=} can say. */
public enum CheckType {
  /** Send a request in the service's protocol and judge the answer. */
  NEGOTIATE,
  /** Connect by TCP, or ping where the service is not TCP. */
  CONNECT,
  /** So many connects, then one negotiation, and again. */
  COMBINED,
  PING,
  /** Run a command and judge its exit status. */
  EXTERNAL,
  /** As {@link #EXTERNAL}, the command being a Perl script. */
  EXTERNAL_PERL,
  /** No check: the servers are always in. */
  ON,
  /** No check: real servers are never in, so that the fallback is. */
  OFF
}
