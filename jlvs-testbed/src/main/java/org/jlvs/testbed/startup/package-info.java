/**
 * What the launcher's build does so that {@code ./jlvs ipvsadm} starts fast. Run by the build;
 * nothing else calls it.
 */
@NullMarked
package org.jlvs.testbed.startup;

import org.jspecify.annotations.NullMarked;
