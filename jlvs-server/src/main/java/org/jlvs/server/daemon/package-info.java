/**
 * The director as a process: its options, its start and stop, and the one thread that owns the
 * tables. Its {@code DirectorMain} is what {@code jlvs director} runs.
 */
@NullMarked
package org.jlvs.server.daemon;

import org.jspecify.annotations.NullMarked;
