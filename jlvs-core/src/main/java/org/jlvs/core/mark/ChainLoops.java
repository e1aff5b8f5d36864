package org.jlvs.core.mark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Chains on a way that leads back to where it began. The kernel refuses such tables. */
final class ChainLoops {
  private final Map<String, Chain> chains = new HashMap<>();

  ChainLoops(List<Chain> all) {
    all.forEach(chain -> chains.put(chain.name(), chain));
  }

  /** The names of all chains that can be reached from themselves. */
  static Set<String> of(List<Chain> all) {
    ChainLoops loops = new ChainLoops(all);
    Set<String> looping = new HashSet<>();
    for (Chain chain : all) {
      if (loops.reachableFrom(chain).contains(chain.name())) {
        looping.add(chain.name());
      }
    }
    return looping;
  }

  /** The names of the chains that {@code start} leads to. */
  Set<String> reachableFrom(Chain start) {
    Set<String> seen = new HashSet<>();
    List<Chain> open = new ArrayList<>(List.of(start));
    while (!open.isEmpty()) {
      for (Rule rule : open.removeLast().rules()) {
        if (rule instanceof Rule.Translated translated) {
          for (Action action : translated.actions()) {
            Optional<Chain> next = target(action).map(chains::get);
            if (next.isPresent() && seen.add(next.get().name())) {
              open.add(next.get());
            }
          }
        }
      }
    }
    return seen;
  }

  /** The chain that an action leads to. */
  static Optional<String> target(Action action) {
    return switch (action) {
      case Action.Jump(String chain) -> Optional.of(chain);
      case Action.GoTo(String chain) -> Optional.of(chain);
      case Action.SetMark _,
          Action.SetConnectionMark _,
          Action.SaveMark _,
          Action.RestoreMark _,
          Action.Accept _,
          Action.Drop _,
          Action.Return _,
          Action.Nothing _ ->
          Optional.empty();
    };
  }
}
