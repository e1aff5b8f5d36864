/**
 * Tells people and programs what happens to real servers: by mail, webhook and command, on threads
 * of their own. Called by supervision.
 */
@NullMarked
package org.jlvs.monitor.alert;

import org.jspecify.annotations.NullMarked;
