/**
 * The director's end of the control socket: takes commands from root and hands them to their
 * handlers. The daemon starts it and registers the handlers.
 */
@NullMarked
package org.jlvs.server.control;

import org.jspecify.annotations.NullMarked;
