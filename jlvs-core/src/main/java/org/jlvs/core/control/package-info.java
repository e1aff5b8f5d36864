/**
 * What can be asked of a director: the commands of ipvsadm as an interface and its values.
 * Everything above the core talks to it.
 */
@NullMarked
package org.jlvs.core.control;

import org.jspecify.annotations.NullMarked;
