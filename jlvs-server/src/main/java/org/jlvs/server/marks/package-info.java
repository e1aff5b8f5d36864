/**
 * The firewall-mark rules of the host: read with the host's own tools, followed as they change, and
 * handed on as {@code org.jlvs.core.mark} evaluates them. The daemon starts it.
 */
@NullMarked
package org.jlvs.server.marks;

import org.jspecify.annotations.NullMarked;
