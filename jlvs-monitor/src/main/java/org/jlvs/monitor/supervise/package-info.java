/**
 * Decides from check results what the table shall hold, and runs the checks. Called by the command.
 */
@NullMarked
package org.jlvs.monitor.supervise;

import org.jspecify.annotations.NullMarked;
