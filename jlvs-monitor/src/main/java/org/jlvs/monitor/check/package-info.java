/**
 * Health checks of real servers: one attempt against one server within one deadline. Called by the
 * supervision's runner.
 */
@NullMarked
package org.jlvs.monitor.check;

import org.jspecify.annotations.NullMarked;
