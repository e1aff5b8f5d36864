package org.jlvs.server.state;

import org.jlvs.core.service.TableSnapshot;

/** All that operators have told a director. */
public record DirectorState(TableSnapshot table, Tuning tuning) {}
