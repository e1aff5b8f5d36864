package org.jlvs.linux.bpf;

import java.util.List;

/**
 * What the kernel says of a program.
 *
 * @param id its number on this machine
 * @param type as {@link ProgramType#number()}
 * @param tag hash of its instructions, 16 hexadecimal digits
 * @param name at most 15 characters
 * @param mapIds the maps it uses
 * @param runNanos time spent in it while {@link BpfStatistics} were on
 * @param runs how often it ran while they were on
 */
public record ProgramInfo(
    int id, int type, String tag, String name, List<Integer> mapIds, long runNanos, long runs) {
  public ProgramInfo {
    mapIds = List.copyOf(mapIds);
  }
}
