package org.jlvs.linux.netfilter;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jlvs.linux.internal.Bytes;
import org.jlvs.linux.internal.Libc;
import org.jlvs.linux.sys.Capability;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.Fd;
import org.jlvs.linux.sys.LinuxException;

/**
 * What a table of {@code iptables-legacy} or {@code ip6tables-legacy} holds, as numbers that are
 * equal while its rules are.
 *
 * @param entries how many rules, those that end a chain included
 * @param bytes their size in the kernel
 * @param checksum over all but their counters
 */
public record LegacyTable(int entries, int bytes, long checksum) {
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int IPPROTO_RAW = 255;
  private static final int SO_GET_INFO = 64;
  private static final int SO_GET_ENTRIES = 65;
  private static final int NAME_BYTES = 32;
  private static final int INFO_BYTES = 84;
  private static final int INFO_ENTRIES = 76;
  private static final int INFO_SIZE = 80;
  private static final int ENTRIES_HEADER_BYTES = 40;
  private static final int COUNTERS_BYTES = 16;
  private static final int ATTEMPTS = 10;

  /** Which of the two; with the layout of its struct ipt_entry or ip6t_entry. */
  public enum Family {
    IPV4(2, 0, "ip_tables_names", 90, 96),
    IPV6(10, 41, "ip6_tables_names", 142, 152);

    private final int domain;
    private final int level;
    private final String namesFile;
    private final int nextOffsetAt;
    private final int countersAt;

    Family(int domain, int level, String namesFile, int nextOffsetAt, int countersAt) {
      this.domain = domain;
      this.level = level;
      this.namesFile = namesFile;
      this.nextOffsetAt = nextOffsetAt;
      this.countersAt = countersAt;
    }
  }

  /**
   * The table {@code name} in the network namespace of the calling thread; empty when it isn't
   * there. Doesn't make the kernel create it. Needs CAP_NET_ADMIN.
   */
  public static Optional<LegacyTable> read(Family family, String name) throws LinuxException {
    if (!exists(family, name)) {
      return Optional.empty();
    }
    String context = "read legacy table " + name + ", " + family;
    int socket = Libc.socket(family.domain, SOCK_RAW_CLOEXEC, IPPROTO_RAW);
    if (socket < 0) {
      throw Capability.explain(-socket, context, Capability.CAP_NET_RAW);
    }
    try (Fd fd = Fd.of(socket)) {
      // Between the two questions the table may be replaced: then the second answers EAGAIN.
      for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        Optional<LegacyTable> table = readOnce(fd, family, name, context);
        if (table.isPresent()) {
          return table;
        }
      }
    }
    throw new LinuxException(Errno.EAGAIN, context);
  }

  /** Asking for a table that isn't there would make the kernel load and hook it. */
  private static boolean exists(Family family, String name) {
    try {
      return Files.readAllLines(Path.of("/proc/thread-self/net", family.namesFile)).contains(name);
    } catch (IOException e) {
      return false;
    }
  }

  private static Optional<LegacyTable> readOnce(Fd fd, Family family, String name, String context)
      throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(INFO_BYTES, 8);
      putName(info, name);
      int asked = get(fd, family, SO_GET_INFO, info, arena);
      if (asked < 0) {
        throw Capability.explain(-asked, context, Capability.CAP_NET_ADMIN);
      }
      int size = info.get(Bytes.U32, INFO_SIZE);
      MemorySegment table = arena.allocate(ENTRIES_HEADER_BYTES + Math.max(size, 0), 8);
      putName(table, name);
      table.set(Bytes.U32, NAME_BYTES, size);
      int read = get(fd, family, SO_GET_ENTRIES, table, arena);
      if (read == -Errno.EAGAIN) {
        return Optional.empty();
      }
      LinuxException.check(read, context);
      MemorySegment entries = table.asSlice(ENTRIES_HEADER_BYTES);
      return Optional.of(
          new LegacyTable(info.get(Bytes.U32, INFO_ENTRIES), size, checksum(entries, family)));
    }
  }

  private static int get(Fd fd, Family family, int option, MemorySegment value, Arena arena) {
    MemorySegment length = arena.allocateFrom(Bytes.U32, (int) value.byteSize());
    return Libc.getsockopt(fd.number(), family.level, option, value, length);
  }

  /** Every entry says where the next begins; counters change with every packet and don't count. */
  static long checksum(MemorySegment entries, Family family) {
    long at = 0;
    while (entries.byteSize() - at >= family.countersAt + COUNTERS_BYTES) {
      entries.asSlice(at + family.countersAt, COUNTERS_BYTES).fill((byte) 0);
      int next = Short.toUnsignedInt(entries.get(Bytes.U16, at + family.nextOffsetAt));
      if (next < family.countersAt + COUNTERS_BYTES) {
        break;
      }
      at += next;
    }
    CRC32C checksum = new CRC32C();
    checksum.update(entries.asByteBuffer());
    return checksum.getValue();
  }

  private static void putName(MemorySegment request, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.US_ASCII);
    int kept = Math.min(bytes.length, NAME_BYTES - 1);
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, request, 0, kept);
  }
}
