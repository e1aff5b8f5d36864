/**
 * The command line of ldirectord: its grammar, exit codes, pid file and signals. Called by the
 * program that wires the parts.
 */
@NullMarked
package org.jlvs.monitor.command;

import org.jspecify.annotations.NullMarked;
