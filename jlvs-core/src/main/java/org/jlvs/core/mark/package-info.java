/**
 * Firewall-mark rules: read from iptables and nft listings, evaluated for the first packet of a
 * flow.
 */
@NullMarked
package org.jlvs.core.mark;

import org.jspecify.annotations.NullMarked;
