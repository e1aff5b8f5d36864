/**
 * Large TCP transfers between real sockets through a director: what tests and benchmarks of them
 * share. Nothing else uses it.
 */
@NullMarked
package org.jlvs.testbed.transfer;

import org.jspecify.annotations.NullMarked;
