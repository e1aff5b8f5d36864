package org.jlvs.linux.ethtool;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jlvs.linux.internal.Bytes;
import org.jlvs.linux.internal.Libc;
import org.jlvs.linux.sys.Capability;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.Fd;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.UnsupportedFeatureException;

/**
 * Asks and sets what ethtool(8) does (ioctl SIOCETHTOOL, {@code include/uapi/linux/ethtool.h}), for
 * devices of the network namespace of the thread that opened it. Safe for all threads.
 */
public final class Ethtool implements AutoCloseable {
  /** Names of features that matter to a data plane outside of the stack. */
  public static final String TRANSMIT_CHECKSUM = "tx-checksum-ip-generic";

  public static final String TCP_SEGMENTATION = "tx-tcp-segmentation";
  public static final String GENERIC_SEGMENTATION = "tx-generic-segmentation";
  public static final String GENERIC_RECEIVE = "rx-gro";

  private static final int AF_INET = 2;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final long SIOCETHTOOL = 0x8946;
  private static final int IFREQ_BYTES = 40;
  private static final int NAME_BYTES = 16;

  private static final int ETHTOOL_GDRVINFO = 0x03;
  private static final int ETHTOOL_GSTRINGS = 0x1b;
  private static final int ETHTOOL_GSTATS = 0x1d;
  private static final int ETHTOOL_GSSET_INFO = 0x37;
  private static final int ETHTOOL_GFEATURES = 0x3a;
  private static final int ETHTOOL_SFEATURES = 0x3b;
  private static final int ETH_SS_STATS = 1;
  private static final int ETH_SS_FEATURES = 4;
  private static final int DRVINFO_BYTES = 196;
  private static final int STRING_BYTES = 32;

  /** Drivers with some thousand queues have more counters than others, none has so many. */
  private static final int MAX_STRINGS = 1 << 16;

  private final Fd fd;

  private Ethtool(Fd fd) {
    this.fd = fd;
  }

  /**
   * State of a feature.
   *
   * @param active whether it is on
   * @param changeable whether it can be switched
   */
  public record Feature(boolean active, boolean changeable) {}

  public static Ethtool open() throws LinuxException {
    return new Ethtool(
        Fd.ofResult(Libc.socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0), "open a socket for ethtool"));
  }

  /** The name of the device's driver, as {@code veth} or {@code virtio_net}. */
  public String driver(String device) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(DRVINFO_BYTES, 8);
      info.set(Bytes.U32, 0, ETHTOOL_GDRVINFO);
      call(device, info, "ask for the driver of " + device);
      return text(info, 4);
    }
  }

  /** The driver's own counters, by name, in its order; empty when it has none. */
  public Map<String, Long> statistics(String device) throws LinuxException {
    Map<String, Long> statistics = new LinkedHashMap<>();
    List<String> names = strings(device, ETH_SS_STATS);
    if (names.isEmpty()) {
      return statistics;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment values = arena.allocate(8 + 8L * names.size(), 8);
      values.set(Bytes.U32, 0, ETHTOOL_GSTATS);
      values.set(Bytes.U32, 4, names.size());
      call(device, values, "ask for the statistics of " + device);
      for (int i = 0; i < names.size(); i++) {
        statistics.put(names.get(i), values.get(Bytes.U64, 8 + 8L * i));
      }
      return statistics;
    }
  }

  /** The features the kernel knows, by their names in {@code ethtool -k}'s long form. */
  public Map<String, Feature> features(String device) throws LinuxException {
    List<String> names = strings(device, ETH_SS_FEATURES);
    int blocks = (names.size() + 31) / 32;
    try (Arena arena = Arena.ofConfined()) {
      // Blocks of: available, requested, active, never changed.
      MemorySegment bits = arena.allocate(8 + 16L * blocks, 8);
      bits.set(Bytes.U32, 0, ETHTOOL_GFEATURES);
      bits.set(Bytes.U32, 4, blocks);
      call(device, bits, "ask for the features of " + device);
      Map<String, Feature> features = new LinkedHashMap<>();
      for (int i = 0; i < names.size(); i++) {
        long block = 8 + 16L * (i / 32);
        boolean available = bit(bits, block, i);
        boolean active = bit(bits, block + 8, i);
        boolean neverChanged = bit(bits, block + 12, i);
        features.put(names.get(i), new Feature(active, available && !neverChanged));
      }
      return features;
    }
  }

  /**
   * Switches features.
   *
   * @param wanted on or off, by name
   * @throws UnsupportedFeatureException when one isn't as wanted afterwards: the device fixes it
   */
  public void setFeatures(String device, Map<String, Boolean> wanted) throws LinuxException {
    List<String> names = strings(device, ETH_SS_FEATURES);
    int blocks = (names.size() + 31) / 32;
    try (Arena arena = Arena.ofConfined()) {
      // Blocks of: valid, requested.
      MemorySegment bits = arena.allocate(8 + 8L * blocks, 8);
      bits.set(Bytes.U32, 0, ETHTOOL_SFEATURES);
      bits.set(Bytes.U32, 4, blocks);
      for (Map.Entry<String, Boolean> feature : wanted.entrySet()) {
        int index = names.indexOf(feature.getKey());
        if (index < 0) {
          throw new UnsupportedFeatureException(
              Errno.EOPNOTSUPP,
              "feature " + feature.getKey() + " of " + device,
              "this kernel doesn't know it");
        }
        long block = 8 + 8L * (index / 32);
        int bit = 1 << (index % 32);
        bits.set(Bytes.U32, block, bits.get(Bytes.U32, block) | bit);
        if (feature.getValue()) {
          bits.set(Bytes.U32, block + 4, bits.get(Bytes.U32, block + 4) | bit);
        }
      }
      call(device, bits, "set features of " + device);
    }
    Map<String, Feature> now = features(device);
    for (Map.Entry<String, Boolean> feature : wanted.entrySet()) {
      Feature state = now.get(feature.getKey());
      if (state == null || state.active() != feature.getValue()) {
        throw new UnsupportedFeatureException(
            Errno.EOPNOTSUPP,
            "switching " + feature.getKey() + " of " + device,
            "its driver keeps it " + (feature.getValue() ? "off" : "on"));
      }
    }
  }

  @Override
  public void close() {
    fd.close();
  }

  private List<String> strings(String device, int set) throws LinuxException {
    List<String> strings = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(24, 8);
      count.set(Bytes.U32, 0, ETHTOOL_GSSET_INFO);
      count.set(Bytes.U64, 8, 1L << set);
      call(device, count, "ask what " + device + " has names for");
      // The kernel clears the bit of a set that the device doesn't have.
      int size = count.get(Bytes.U64, 8) == 0 ? 0 : count.get(Bytes.U32, 16);
      if (size <= 0 || size > MAX_STRINGS) {
        return strings;
      }
      MemorySegment names = arena.allocate(12 + (long) size * STRING_BYTES, 8);
      names.set(Bytes.U32, 0, ETHTOOL_GSTRINGS);
      names.set(Bytes.U32, 4, set);
      names.set(Bytes.U32, 8, size);
      call(device, names, "ask for names of " + device);
      for (int i = 0; i < size; i++) {
        strings.add(text(names, 12 + (long) i * STRING_BYTES));
      }
      return strings;
    }
  }

  private void call(String device, MemorySegment command, String context) throws LinuxException {
    byte[] name = device.getBytes(StandardCharsets.UTF_8);
    if (name.length == 0 || name.length >= NAME_BYTES) {
      throw new LinuxException(Errno.ENODEV, context);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(IFREQ_BYTES, 8);
      MemorySegment.copy(MemorySegment.ofArray(name), 0, request, 0, name.length);
      request.set(Bytes.U64, NAME_BYTES, command.address());
      int result = Libc.ioctl(fd.number(), SIOCETHTOOL, request);
      if (result < 0) {
        throw Capability.explain(-result, context, Capability.CAP_NET_ADMIN);
      }
    }
  }

  private static boolean bit(MemorySegment bits, long block, int index) {
    return (bits.get(Bytes.U32, block) >>> (index % 32) & 1) != 0;
  }

  /** Up to 32 bytes, which end with a zero unless all are used. */
  private static String text(MemorySegment segment, long offset) {
    byte[] bytes = new byte[STRING_BYTES];
    MemorySegment.copy(segment, offset, MemorySegment.ofArray(bytes), 0, STRING_BYTES);
    int length = 0;
    while (length < STRING_BYTES && bytes[length] != 0) {
      length++;
    }
    return new String(bytes, 0, length, StandardCharsets.US_ASCII);
  }
}
