/**
 * What operators are shown of checks and of a running monitor, as text and as JSON. Filled in by
 * the supervision, printed by the commands.
 */
@NullMarked
package org.jlvs.monitor.report;

import org.jspecify.annotations.NullMarked;
