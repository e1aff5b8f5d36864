/**
 * Virtual services and their real servers as the director keeps them. Owned by the engine thread.
 */
@NullMarked
package org.jlvs.core.service;

import org.jspecify.annotations.NullMarked;
