package org.jlvs.core.mark;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jlvs.core.net.Family;

/**
 * A table of chains that can jump to one another.
 *
 * @param name for an operator, as {@code "ip mangle"}
 * @param families whose packets it sees
 */
public record RuleTable(String name, Set<Family> families, List<Chain> chains) {
  public RuleTable {
    families = Set.copyOf(families);
    chains = List.copyOf(chains);
  }

  /** This table without the chains that no packet gets to. */
  public RuleTable reachable() {
    Set<String> reached = new HashSet<>();
    ChainLoops ways = new ChainLoops(chains);
    for (Chain chain : chains) {
      if (chain.hook().isPresent()) {
        reached.add(chain.name());
        reached.addAll(ways.reachableFrom(chain));
      }
    }
    List<Chain> kept = chains.stream().filter(chain -> reached.contains(chain.name())).toList();
    return new RuleTable(name, families, kept);
  }
}
