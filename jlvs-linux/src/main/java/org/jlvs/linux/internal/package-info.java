/**
 * The C library by java.lang.foreign: one static method a function, errors as negative errno. Only
 * this module's own packages may call it.
 */
@NullMarked
package org.jlvs.linux.internal;

import org.jspecify.annotations.NullMarked;
