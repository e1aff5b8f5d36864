/**
 * The tables of the older iptables, which no netlink message tells about: just enough to see that
 * their rules changed. For any thread.
 */
@NullMarked
package org.jlvs.linux.netfilter;

import org.jspecify.annotations.NullMarked;
