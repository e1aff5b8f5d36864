package org.jlvs.core.mark;

import java.util.List;
import java.util.Optional;

/** A set of {@code ipset} that can't be asked; it holds nothing. */
record UnreadableIpSet(String reason) implements HostFacts.IpSet {
  @Override
  public boolean contains(Evaluation packet, List<Side> sides, boolean noMatch) {
    return false;
  }

  @Override
  public Optional<String> unreadable() {
    return Optional.of(reason);
  }
}
