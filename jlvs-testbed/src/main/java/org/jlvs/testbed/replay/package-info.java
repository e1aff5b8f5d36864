/**
 * Replays traces recorded from the kernel's IPVS through the core with a simulated clock, and says
 * where the two differ. A tool and a test; nothing else uses it.
 */
@NullMarked
package org.jlvs.testbed.replay;

import org.jspecify.annotations.NullMarked;
