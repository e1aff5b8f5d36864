/**
 * What every other package here stands on: descriptors, memory maps, poll, eventfd, namespaces,
 * capabilities, and errors with errno. Anyone may use it.
 */
@NullMarked
package org.jlvs.linux.sys;

import org.jspecify.annotations.NullMarked;
