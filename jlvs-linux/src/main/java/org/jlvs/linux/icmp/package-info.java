/** Echo requests, for health checks that ping. Any thread may call it, many at once. */
@NullMarked
package org.jlvs.linux.icmp;

import org.jspecify.annotations.NullMarked;
