/**
 * Plays random scenarios on the kernel's IPVS, in a user-mode Linux, and on the core, and says
 * where the two differ. A tool and a test; nothing else uses it.
 */
@NullMarked
package org.jlvs.testbed.differential;

import org.jspecify.annotations.NullMarked;
