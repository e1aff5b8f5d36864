/**
 * The command ipvsadm 1.31: its grammar, messages, listings and the /proc files beside it. The
 * daemon runs it for the command line; replay and tests call it directly.
 */
@NullMarked
package org.jlvs.ipvsadm;

import org.jspecify.annotations.NullMarked;
