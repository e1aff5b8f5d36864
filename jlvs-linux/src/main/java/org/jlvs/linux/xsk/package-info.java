/**
 * AF_XDP sockets: frames from an XDP program into Java's memory and back out of a device, without
 * allocation. For the thread that polls them; the data plane calls it.
 */
@NullMarked
package org.jlvs.linux.xsk;

import org.jspecify.annotations.NullMarked;
