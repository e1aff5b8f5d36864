/**
 * The monitor's view of the service table, and the changes it makes there. Called by the
 * supervision; implemented over a director or a control socket.
 */
@NullMarked
package org.jlvs.monitor.table;

import org.jspecify.annotations.NullMarked;
