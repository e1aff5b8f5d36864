/**
 * What IPVS knows of transport protocols: the states of a connection and how long each lasts. Pure
 * tables; the engine uses them.
 */
@NullMarked
package org.jlvs.core.protocol;

import org.jspecify.annotations.NullMarked;
