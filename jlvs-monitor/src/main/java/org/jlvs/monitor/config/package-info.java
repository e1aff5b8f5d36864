/**
 * What an ldirectord.cf says, as values, and the parser that reads it. Everything in the monitor
 * may use it; its I/O is the file and name look-ups.
 */
@NullMarked
package org.jlvs.monitor.config;

import org.jspecify.annotations.NullMarked;
