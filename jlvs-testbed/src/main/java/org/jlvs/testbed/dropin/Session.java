package org.jlvs.testbed.dropin;

import java.util.List;

/** Commands that are typed one after the other, beginning with an empty table. */
public record Session(String name, List<Typed> commands) {}
