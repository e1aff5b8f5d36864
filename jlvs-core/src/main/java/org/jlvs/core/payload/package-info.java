/**
 * What the director reads in the application data of packets: FTP's commands and answers. Pure
 * functions of bytes that come from outside, for the packet engine.
 */
@NullMarked
package org.jlvs.core.payload;

import org.jspecify.annotations.NullMarked;
