package org.jlvs.linux.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.jlvs.linux.internal.Libc;

/**
 * Makes one system call fail when its arguments have certain values, by a seccomp filter: for the
 * calling thread, for good, and for all processes it starts. See seccomp(2).
 */
public final class SyscallFilter {
  private static final int PR_SET_SECCOMP = 22;
  private static final int PR_SET_NO_NEW_PRIVS = 38;
  private static final int SECCOMP_MODE_FILTER = 2;
  private static final int SECCOMP_RET_ERRNO = 0x0005_0000;
  private static final int SECCOMP_RET_ALLOW = 0x7fff_0000;

  /** Instructions of classic BPF: load a word of struct seccomp_data, jump if equal, return. */
  private static final int LOAD = 0x20;

  private static final int JUMP_IF_EQUAL = 0x15;
  private static final int RETURN = 0x06;
  private static final int INSTRUCTION_BYTES = 8;

  /** Where struct seccomp_data holds the call's number and its 64-bit arguments. */
  private static final int NUMBER_AT = 0;

  private static final int ARGUMENTS_AT = 16;
  private static final int PROGRAM_BYTES = 16;

  /**
   * An argument's lower 32 bits.
   *
   * @param index from 0
   */
  public record Argument(int index, int value) {}

  private SyscallFilter() {}

  /**
   * Installs the filter.
   *
   * @param number of the system call, on this architecture
   * @param errno what the call fails with
   * @param when all must be so for the call to fail
   * @throws LinuxException when the kernel has no seccomp filters
   */
  public static void fail(int number, int errno, List<Argument> when) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      int tests = 1 + when.size();
      int instructions = 2 * tests + 2;
      MemorySegment code = arena.allocate((long) instructions * INSTRUCTION_BYTES, 8);
      test(code, 0, instructions, NUMBER_AT, number);
      for (int i = 0; i < when.size(); i++) {
        Argument argument = when.get(i);
        int at = ARGUMENTS_AT + 8 * argument.index;
        test(code, 2 * (i + 1), instructions, at, argument.value);
      }
      put(code, 2 * tests, RETURN, 0, SECCOMP_RET_ERRNO | errno);
      put(code, 2 * tests + 1, RETURN, 0, SECCOMP_RET_ALLOW);
      MemorySegment program = arena.allocate(PROGRAM_BYTES, 8);
      program.set(JAVA_SHORT, 0, (short) instructions);
      program.set(ADDRESS, 8, code);
      int allowed = Libc.prctl(PR_SET_NO_NEW_PRIVS, 1, MemorySegment.NULL);
      if (allowed < 0) {
        throw new LinuxException(-allowed, "renounce new privileges");
      }
      int installed = Libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program);
      if (installed < 0) {
        throw new LinuxException(-installed, "install a seccomp filter");
      }
    }
  }

  /** Two instructions: load a word, and go on to the last one, which allows, unless it is equal. */
  private static void test(MemorySegment code, int index, int instructions, int at, int value) {
    put(code, index, LOAD, 0, at);
    put(code, index + 1, JUMP_IF_EQUAL, instructions - 1 - (index + 2), value);
  }

  private static void put(MemorySegment code, int index, int operation, int elseJump, int value) {
    long at = (long) index * INSTRUCTION_BYTES;
    code.set(JAVA_SHORT, at, (short) operation);
    code.set(JAVA_BYTE, at + 2, (byte) 0);
    code.set(JAVA_BYTE, at + 3, (byte) elseJump);
    code.set(JAVA_INT, at + 4, value);
  }
}
