package org.jlvs.linux.bpf;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How an object is loaded, where it differs from what the object says. Immutable: each method
 * answers changed options. A name the object doesn't have is an error when it is loaded.
 */
public final class LoadOptions {
  private static final LoadOptions DEFAULTS =
      new LoadOptions(Map.of(), Map.of(), Map.of(), Map.of(), Optional.empty());

  private final Map<String, Integer> maxEntries;
  private final Map<String, BpfMap> maps;
  private final Map<String, Path> pins;
  private final Map<String, Long> constants;
  private final Optional<Set<String>> programs;

  private LoadOptions(
      Map<String, Integer> maxEntries,
      Map<String, BpfMap> maps,
      Map<String, Path> pins,
      Map<String, Long> constants,
      Optional<Set<String>> programs) {
    this.maxEntries = maxEntries;
    this.maps = maps;
    this.pins = pins;
    this.constants = constants;
    this.programs = programs;
  }

  /** Every map new, every program loaded. */
  public static LoadOptions defaults() {
    return DEFAULTS;
  }

  /** Makes map {@code name} of {@code entries} entries. */
  public LoadOptions maxEntries(String name, int entries) {
    return new LoadOptions(with(maxEntries, name, entries), maps, pins, constants, programs);
  }

  /**
   * Uses {@code map}, which the caller keeps and closes, as map {@code name}. Type, sizes and flags
   * must be those of the object; its number of entries may differ unless set here too.
   */
  public LoadOptions map(String name, BpfMap map) {
    return new LoadOptions(maxEntries, with(maps, name, map), pins, constants, programs);
  }

  /** Uses the map pinned at {@code path} as map {@code name}, or makes it and pins it there. */
  public LoadOptions pin(String name, Path path) {
    return new LoadOptions(maxEntries, maps, with(pins, name, path), constants, programs);
  }

  /**
   * Sets the variable {@code name}, of 1, 2, 4 or 8 bytes, before programs are loaded. The verifier
   * knows the value of one in {@code .rodata} and drops code that it rules out.
   */
  public LoadOptions constant(String name, long value) {
    return new LoadOptions(maxEntries, maps, pins, with(constants, name, value), programs);
  }

  /** Loads only these programs. */
  public LoadOptions only(String... names) {
    return new LoadOptions(maxEntries, maps, pins, constants, Optional.of(Set.of(names)));
  }

  Map<String, Integer> maxEntries() {
    return maxEntries;
  }

  Map<String, BpfMap> maps() {
    return maps;
  }

  Map<String, Path> pins() {
    return pins;
  }

  Map<String, Long> constants() {
    return constants;
  }

  Optional<Set<String>> programs() {
    return programs;
  }

  private static <V> Map<String, V> with(Map<String, V> map, String key, V value) {
    Map<String, V> copy = new HashMap<>(map);
    copy.put(key, value);
    return Map.copyOf(copy);
  }
}
