/**
 * What a director keeps over its own end: services, servers and settings in a file, from which the
 * next one goes on. (The connections themselves live in the shared table.) The daemon calls it.
 */
@NullMarked
package org.jlvs.server.state;

import org.jspecify.annotations.NullMarked;
