/**
 * Commands sent to the director of this network namespace over its Unix socket. The command line
 * and the monitor call it; the daemon uses its frames. Kept small, without streams, lambdas and
 * joined strings on a command's way, because each of these costs milliseconds at its start.
 */
@NullMarked
package org.jlvs.cli;

import org.jspecify.annotations.NullMarked;
