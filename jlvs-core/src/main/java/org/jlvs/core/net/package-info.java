/**
 * Addresses, protocols and packet flyweights: bytes in network order, no allocation, no I/O. Anyone
 * may use it.
 */
@NullMarked
package org.jlvs.core.net;

import org.jspecify.annotations.NullMarked;
