package org.jlvs.linux.bpf;

import java.util.Optional;

/** Kinds of BPF program, numbered as {@code enum bpf_prog_type}. */
public enum ProgramType {
  SOCKET_FILTER(1),
  SCHED_CLS(3),
  XDP(6);

  private final int number;

  ProgramType(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }

  /** The kind of the programs in ELF section {@code section}, by libbpf's naming rules. */
  static Optional<ProgramType> ofSection(String section) {
    return switch (section) {
      case "xdp", "xdp.frags" -> Optional.of(XDP);
      case "tc", "classifier" -> Optional.of(SCHED_CLS);
      case "socket" -> Optional.of(SOCKET_FILTER);
      default -> Optional.empty();
    };
  }
}
