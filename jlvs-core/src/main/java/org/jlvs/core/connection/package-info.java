/**
 * The connection table in shared memory: its layout, its index, its timers. One writer, the engine
 * thread.
 */
@NullMarked
package org.jlvs.core.connection;

import org.jspecify.annotations.NullMarked;
