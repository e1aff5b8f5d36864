/**
 * ldirectord beside the director: the service table as the monitor sees it through the control
 * socket, and the {@code ldirectord} command put together. The director's command table and {@code
 * Main} use it.
 */
@NullMarked
package org.jlvs.server.monitor;

import org.jspecify.annotations.NullMarked;
