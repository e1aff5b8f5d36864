/**
 * The XDP data plane: the program in the kernel and the engine thread that feeds it. The daemon
 * starts it; everything else speaks to the director behind it.
 */
@NullMarked
package org.jlvs.xdp;

import org.jspecify.annotations.NullMarked;
