/**
 * Netlink: the host's links, addresses, routes and neighbours, their changes, XDP attachment, and
 * generic netlink. Requests are for any thread; a subscription is for the thread that polls it.
 */
@NullMarked
package org.jlvs.linux.netlink;

import org.jspecify.annotations.NullMarked;
