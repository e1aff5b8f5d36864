/**
 * {@code ./jlvs bench}: measurements beside a peer in the same run, on packets that really travel.
 * Started by the launcher; nothing else calls it.
 */
@NullMarked
package org.jlvs.testbed.bench;

import org.jspecify.annotations.NullMarked;
