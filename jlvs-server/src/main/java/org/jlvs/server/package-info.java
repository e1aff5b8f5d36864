/**
 * Where the daemon's commands begin: {@code Main} is what the launcher starts for director and
 * ldirectord.
 */
@NullMarked
package org.jlvs.server;

import org.jspecify.annotations.NullMarked;
