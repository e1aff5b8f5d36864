package org.jlvs.linux.bpf;

import java.util.Optional;

/** Kinds of BPF map, named and numbered as {@code enum bpf_map_type}. */
public enum MapType {
  HASH(1),
  ARRAY(2),
  PROG_ARRAY(3),
  PERCPU_HASH(5),
  PERCPU_ARRAY(6),
  LRU_HASH(9),
  LPM_TRIE(11),
  DEVMAP(14),
  CPUMAP(16),
  XSKMAP(17),
  DEVMAP_HASH(25),
  RINGBUF(27);

  private final int number;

  MapType(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }

  /** The type the kernel numbers so; empty for those not listed here. */
  public static Optional<MapType> of(int number) {
    for (MapType type : values()) {
      if (type.number == number) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** Whether each CPU has a value of its own. */
  boolean isPerCpu() {
    return this == PERCPU_ARRAY || this == PERCPU_HASH;
  }
}
