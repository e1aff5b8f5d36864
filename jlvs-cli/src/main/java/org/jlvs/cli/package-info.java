/**
 * Commands sent to the director of this network namespace over its Unix socket. The command line
 * and the monitor call it; the daemon uses its frames. Kept small, so that a command starts fast.
 */
@NullMarked
package org.jlvs.cli;

import org.jspecify.annotations.NullMarked;
