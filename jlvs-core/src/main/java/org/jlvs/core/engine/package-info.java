/**
 * The packet engine: frame and time in; frames and table changes out. No I/O, clock or thread of
 * its own.
 */
@NullMarked
package org.jlvs.core.engine;

import org.jspecify.annotations.NullMarked;
