/**
 * The command {@code explain}: what the director would do with a connection, and why, for people
 * and as JSON. The daemon registers it; it asks the engine and the next hops.
 */
@NullMarked
package org.jlvs.server.explain;

import org.jspecify.annotations.NullMarked;
