package org.jlvs.linux.bpf;

/**
 * What the kernel says of a map.
 *
 * @param id its number on this machine
 * @param type as {@link MapType#number()}
 * @param flags as in {@link MapSpec}
 * @param name at most 15 characters
 */
public record MapInfo(
    int id, int type, int keyBytes, int valueBytes, int maxEntries, int flags, String name) {}
