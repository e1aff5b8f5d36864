/**
 * What operators can tune about a running director: the settings of {@code net.ipv4.vs} and jlvs'
 * own, with the values they take. The tables, schedulers and the engine read them.
 */
@NullMarked
package org.jlvs.core.settings;

import org.jspecify.annotations.NullMarked;
