/**
 * Questions that hosts answer by themselves, for health checks: echo requests, SCTP's INIT. Any
 * thread may ask, many at once.
 */
@NullMarked
package org.jlvs.linux.probe;

import org.jspecify.annotations.NullMarked;
