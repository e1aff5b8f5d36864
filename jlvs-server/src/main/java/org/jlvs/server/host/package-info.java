/**
 * The machine the director runs on, as its packets see it: routes, addresses, neighbours and
 * interfaces, read by netlink and followed as they change. The daemon starts it; the engine thread
 * asks it.
 */
@NullMarked
package org.jlvs.server.host;

import org.jspecify.annotations.NullMarked;
