/**
 * Firewall-mark rules: read from iptables listings and commands, evaluated for the first packet of
 * a flow as netfilter evaluates them. The daemon, the replay and the packet engine use it.
 */
@NullMarked
package org.jlvs.core.mark;

import org.jspecify.annotations.NullMarked;
