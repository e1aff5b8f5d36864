/**
 * ldirectord's own log, a product of the monitor: its words, its line format, its files. Called by
 * supervision and command.
 */
@NullMarked
package org.jlvs.monitor.log;

import org.jspecify.annotations.NullMarked;
