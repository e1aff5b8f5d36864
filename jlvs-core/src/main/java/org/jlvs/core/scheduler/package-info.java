/**
 * The schedulers of IPVS: which real server a new connection goes to. Called by the engine only.
 */
@NullMarked
package org.jlvs.core.scheduler;

import org.jspecify.annotations.NullMarked;
