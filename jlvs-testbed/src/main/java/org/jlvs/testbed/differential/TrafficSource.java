package org.jlvs.testbed.differential;

/** Makes packets of one kind. */
interface TrafficSource {
  /** One more packet, or some that belong together. */
  void next();
}
