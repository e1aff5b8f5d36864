/** Whole frames by an ordinary socket, for tools and tests that play a machine on a wire. */
@NullMarked
package org.jlvs.linux.packet;

import org.jspecify.annotations.NullMarked;
