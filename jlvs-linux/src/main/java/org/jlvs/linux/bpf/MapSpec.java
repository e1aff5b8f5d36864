package org.jlvs.linux.bpf;

/**
 * What a map is created with.
 *
 * @param name at most 15 characters reach the kernel
 * @param keyBytes size of a key
 * @param valueBytes size of a value
 * @param maxEntries how many it can hold
 * @param flags or'ed constants of this class
 */
public record MapSpec(
    String name, MapType type, int keyBytes, int valueBytes, int maxEntries, int flags) {
  /** Hash and LPM_TRIE: memory is taken when an entry is made. LPM_TRIE needs it. */
  public static final int NO_PREALLOC = 1;

  /** Programs can only read it. */
  public static final int RDONLY_PROG = 1 << 7;

  /** An array that user space can map into its memory. */
  public static final int MMAPABLE = 1 << 10;

  public MapSpec withMaxEntries(int entries) {
    return new MapSpec(name, type, keyBytes, valueBytes, entries, flags);
  }

  /** Bytes that a lookup fills: a value rounded up to 8 for each possible CPU in per-CPU maps. */
  public int lookupBytes() {
    return type.isPerCpu() ? ((valueBytes + 7) & -8) * PossibleCpus.count() : valueBytes;
  }

  @Override
  public String toString() {
    return "%s %s (%d entries, keys of %d and values of %d bytes, flags 0x%x)"
        .formatted(type, name, maxEntries, keyBytes, valueBytes, flags);
  }
}
