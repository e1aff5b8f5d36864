package org.jlvs.linux.bpf;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.jlvs.linux.internal.Bytes;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.Fd;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.Mmap;
import org.jspecify.annotations.Nullable;

/**
 * A BPF map. Keys and values are native segments of exactly the map's sizes, in the host's byte
 * order where they are numbers. Safe for all threads, as the kernel's map is; closing it leaves the
 * map to the programs and pins that still hold it. Every operation is a system call; for arrays
 * that are hot, {@link #map} the values instead.
 */
public final class BpfMap implements AutoCloseable {
  private static final int INFO_BYTES = 88;

  private final Fd fd;
  private final MapSpec spec;

  private BpfMap(Fd fd, MapSpec spec) {
    this.fd = fd;
    this.spec = spec;
  }

  /** What an update may do. */
  public enum UpdateMode {
    /** Make the entry or replace it. */
    ANY(0),
    /** Make it; EEXIST when it is there. */
    CREATE(1),
    /** Replace it; ENOENT when it isn't there. */
    REPLACE(2);

    private final long flags;

    UpdateMode(long flags) {
      this.flags = flags;
    }
  }

  public static BpfMap create(MapSpec spec) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = BpfSyscall.attributes(arena);
      attributes.set(Bytes.U32, 0, spec.type().number());
      attributes.set(Bytes.U32, 4, spec.keyBytes());
      attributes.set(Bytes.U32, 8, spec.valueBytes());
      attributes.set(Bytes.U32, 12, spec.maxEntries());
      attributes.set(Bytes.U32, 16, spec.flags());
      BpfSyscall.putName(attributes, 28, spec.name());
      int result = BpfSyscall.call(BpfSyscall.MAP_CREATE, attributes);
      return new BpfMap(BpfSyscall.descriptor(result, "create BPF map " + spec), spec);
    }
  }

  /** The map with number {@code id}, as in {@link ProgramInfo#mapIds()}. */
  public static BpfMap openId(int id) throws LinuxException {
    return adopt(BpfSyscall.byId(BpfSyscall.MAP_GET_FD_BY_ID, id, "open BPF map " + id));
  }

  /** The map that {@link #pin} left at {@code path}. */
  public static BpfMap openPinned(Path path) throws LinuxException {
    return adopt(BpfSyscall.pinned(path, "open the BPF map pinned at " + path));
  }

  private static BpfMap adopt(Fd fd) throws LinuxException {
    try {
      MapInfo info = info(fd);
      MapType type =
          MapType.of(info.type())
              .orElseThrow(
                  () ->
                      new LinuxException(
                          Errno.EINVAL, "BPF map " + info.id() + " has type " + info.type()));
      return new BpfMap(
          fd,
          new MapSpec(
              info.name(),
              type,
              info.keyBytes(),
              info.valueBytes(),
              info.maxEntries(),
              askedFlags(type, info.flags())));
    } catch (LinuxException e) {
      fd.close();
      throw e;
    }
  }

  public Fd fd() {
    return fd;
  }

  public MapSpec spec() {
    return spec;
  }

  public MapInfo info() throws LinuxException {
    return info(fd);
  }

  /**
   * Copies the value of {@code key} into {@code value}, of {@link MapSpec#lookupBytes()}.
   *
   * @return whether there is one
   */
  public boolean lookup(MemorySegment key, MemorySegment value) throws LinuxException {
    checkSizes(key, value);
    return found(element(BpfSyscall.MAP_LOOKUP_ELEM, key, value, 0), "look up");
  }

  /** Stores {@code value}, of {@link MapSpec#lookupBytes()}, under {@code key}. */
  public void update(MemorySegment key, MemorySegment value, UpdateMode mode)
      throws LinuxException {
    checkSizes(key, value);
    int result = element(BpfSyscall.MAP_UPDATE_ELEM, key, value, mode.flags);
    BpfSyscall.check(result, operation("update"));
  }

  /** {@link #update} of maps whose keys and values are 32-bit numbers, as XSKMAP and DEVMAP. */
  public void update(int key, int value) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      update(
          arena.allocateFrom(Bytes.U32, key), arena.allocateFrom(Bytes.U32, value), UpdateMode.ANY);
    }
  }

  /** Whether there was an entry to delete. Arrays refuse it. */
  public boolean delete(MemorySegment key) throws LinuxException {
    checkSize("key", key, spec.keyBytes());
    return found(element(BpfSyscall.MAP_DELETE_ELEM, key, MemorySegment.NULL, 0), "delete from");
  }

  /** {@link #delete} of maps whose keys are 32-bit numbers. */
  public boolean delete(int key) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      return delete(arena.allocateFrom(Bytes.U32, key));
    }
  }

  /**
   * Copies into {@code next} the key after {@code key}, or the first for null, or when {@code key}
   * has gone. A map that others change meanwhile may so never end: bound the loop.
   *
   * @return false at the end
   */
  public boolean nextKey(@Nullable MemorySegment key, MemorySegment next) throws LinuxException {
    checkSize("key", next, spec.keyBytes());
    MemorySegment from = key == null ? MemorySegment.NULL : key;
    return found(element(BpfSyscall.MAP_GET_NEXT_KEY, from, next, 0), "walk");
  }

  /**
   * Maps the values of an array created with {@link MapSpec#MMAPABLE} into memory: value {@code i}
   * is at {@code i * valueStride()}. Unmapped when {@code arena} closes, which need not outlive
   * this object.
   */
  public MemorySegment map(Arena arena) throws LinuxException {
    if (spec.type() != MapType.ARRAY || (spec.flags() & MapSpec.MMAPABLE) == 0) {
      throw new IllegalStateException("BPF map " + spec + " was not made to be mapped");
    }
    return Mmap.shared(fd, 0, valueStride() * Integer.toUnsignedLong(spec.maxEntries()), arena);
  }

  /** Bytes from a value to the next in {@link #map}: the kernel rounds values up to 8. */
  public long valueStride() {
    return Bytes.roundUp(spec.valueBytes(), 8);
  }

  /** Forbids changes from user space for ever; the verifier then takes values for constants. */
  public void freeze() throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = BpfSyscall.attributes(arena);
      attributes.set(Bytes.U32, 0, fd.number());
      BpfSyscall.check(BpfSyscall.call(BpfSyscall.MAP_FREEZE, attributes), operation("freeze"));
    }
  }

  /** Keeps the map in the BPF file system under {@code path} until that file is removed. */
  public void pin(Path path) throws LinuxException {
    BpfSyscall.pin(fd, path, operation("pin at " + path));
  }

  @Override
  public void close() {
    fd.close();
  }

  @Override
  public String toString() {
    return spec.type() + " map " + spec.name();
  }

  /** The flags a map was created with: dev_map_init_map adds one that nobody asked for. */
  private static int askedFlags(MapType type, int flags) {
    return switch (type) {
      case DEVMAP, DEVMAP_HASH -> flags & ~MapSpec.RDONLY_PROG;
      default -> flags;
    };
  }

  private static MapInfo info(Fd fd) throws LinuxException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(INFO_BYTES, 8);
      BpfSyscall.info(fd, info, "ask about BPF map, " + fd);
      return new MapInfo(
          info.get(Bytes.U32, 4),
          info.get(Bytes.U32, 0),
          info.get(Bytes.U32, 8),
          info.get(Bytes.U32, 12),
          info.get(Bytes.U32, 16),
          info.get(Bytes.U32, 20),
          BpfSyscall.name(info, 24));
    }
  }

  private int element(int command, MemorySegment key, MemorySegment value, long flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = BpfSyscall.attributes(arena);
      attributes.set(Bytes.U32, 0, fd.number());
      attributes.set(Bytes.U64, 8, key.address());
      attributes.set(Bytes.U64, 16, value.address());
      attributes.set(Bytes.U64, 24, flags);
      return BpfSyscall.call(command, attributes);
    }
  }

  private boolean found(int result, String what) throws LinuxException {
    if (result == -Errno.ENOENT) {
      return false;
    }
    BpfSyscall.check(result, operation(what));
    return true;
  }

  private void checkSizes(MemorySegment key, MemorySegment value) {
    checkSize("key", key, spec.keyBytes());
    checkSize("value", value, spec.lookupBytes());
  }

  /** The kernel reads and writes so many bytes, whatever the segment's size is. */
  private void checkSize(String part, MemorySegment segment, int bytes) {
    if (!segment.isNative() || segment.byteSize() < bytes) {
      throw new IllegalArgumentException(
          "a " + part + " of " + this + " takes " + bytes + " native bytes, not " + segment);
    }
  }

  private String operation(String what) {
    return what + " " + this;
  }
}
