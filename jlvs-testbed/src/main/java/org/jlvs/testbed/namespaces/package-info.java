/**
 * Network namespaces with hosts, switches and processes in them, and their sure removal: the ground
 * on which the demo, the benchmarks and every system test stand. Any test may use it; it needs
 * root.
 */
@NullMarked
package org.jlvs.testbed.namespaces;

import org.jspecify.annotations.NullMarked;
