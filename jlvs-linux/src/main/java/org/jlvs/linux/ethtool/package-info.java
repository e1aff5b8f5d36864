/**
 * What a network device's driver can do and what it counts, by the ethtool ioctl. The data plane
 * asks, tests switch offloads. For any thread.
 */
@NullMarked
package org.jlvs.linux.ethtool;

import org.jspecify.annotations.NullMarked;
