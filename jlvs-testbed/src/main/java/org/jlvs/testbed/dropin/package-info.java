/**
 * Types the same commands to the original ipvsadm, on the kernel's IPVS in a user-mode Linux, and
 * to jlvs, and says where the two differ. A tool and a test; nothing else uses it.
 */
@NullMarked
package org.jlvs.testbed.dropin;

import org.jspecify.annotations.NullMarked;
