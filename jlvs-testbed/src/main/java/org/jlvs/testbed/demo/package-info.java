/**
 * {@code ./jlvs demo}: the load balancing tutorial as a program that runs every command on real
 * packets and checks what comes of it. Started by the launcher; nothing else calls it.
 */
@NullMarked
package org.jlvs.testbed.demo;

import org.jspecify.annotations.NullMarked;
