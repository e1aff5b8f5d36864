package org.jlvs.linux.bpf;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jlvs.linux.internal.Bytes;

/**
 * An object in the kernel: its maps and programs. Closing it closes the descriptors of its programs
 * and of the maps it made or opened, not those handed to it; what is attached or pinned stays.
 */
public final class BpfObject implements AutoCloseable {
  private final Map<String, BpfMap> maps = new LinkedHashMap<>();
  private final Map<String, BpfProgram> programs = new LinkedHashMap<>();
  private final List<BpfMap> owned = new ArrayList<>();

  private BpfObject() {}

  /**
   * Creates the maps and loads the programs of an object. Either all of it is loaded or nothing is
   * left open.
   *
   * @param elf what clang wrote
   * @throws BpfObjectFormatException when the bytes are no such object
   * @throws VerifierException when the kernel refuses a program
   * @throws org.jlvs.linux.sys.UnsupportedFeatureException when a right or kernel part is missing
   */
  public static BpfObject load(byte[] elf, LoadOptions options) throws IOException {
    return load(ElfObject.parse(elf), options);
  }

  /** As {@link #load(byte[], LoadOptions)}, of an object already read. */
  public static BpfObject load(ElfObject elf, LoadOptions options) throws IOException {
    checkNames(elf, options);
    BpfObject object = new BpfObject();
    try {
      object.openMaps(elf, options);
      object.openVariables(elf, options);
      object.loadPrograms(elf, options);
      return object;
    } catch (IOException | RuntimeException e) {
      object.close();
      throw e;
    }
  }

  /** The map {@code name}; global variables are in {@code .rodata}, {@code .data}, {@code .bss}. */
  public BpfMap map(String name) {
    BpfMap map = maps.get(name);
    if (map == null) {
      throw new IllegalArgumentException("no map " + name + " among " + maps.keySet());
    }
    return map;
  }

  /** The program {@code name}. */
  public BpfProgram program(String name) {
    BpfProgram program = programs.get(name);
    if (program == null) {
      throw new IllegalArgumentException("no program " + name + " among " + programs.keySet());
    }
    return program;
  }

  public Map<String, BpfMap> maps() {
    return Map.copyOf(maps);
  }

  public Map<String, BpfProgram> programs() {
    return Map.copyOf(programs);
  }

  @Override
  public void close() {
    programs.values().forEach(BpfProgram::close);
    owned.forEach(BpfMap::close);
  }

  private void openMaps(ElfObject elf, LoadOptions options) throws IOException {
    for (MapSpec written : elf.maps().values()) {
      String name = written.name();
      Integer entries = options.maxEntries().get(name);
      MapSpec spec = entries == null ? written : written.withMaxEntries(entries);
      BpfMap given = options.maps().get(name);
      Path pin = options.pins().get(name);
      if (given != null) {
        maps.put(name, given);
      } else if (pin != null && Files.exists(pin)) {
        maps.put(name, own(BpfMap.openPinned(pin)));
      } else {
        BpfMap made = own(BpfMap.create(spec));
        maps.put(name, made);
        if (pin != null) {
          made.pin(pin);
        }
      }
      checkFits(map(name), spec, entries != null);
    }
  }

  private void openVariables(ElfObject elf, LoadOptions options) throws IOException {
    Map<String, byte[]> contents = new HashMap<>();
    for (ElfObject.DataSection section : elf.data().values()) {
      contents.put(
          section.map().name(),
          Arrays.copyOf(section.content().copy(), section.map().valueBytes()));
    }
    for (Map.Entry<String, Long> constant : options.constants().entrySet()) {
      ElfObject.Variable variable =
          elf.variable(constant.getKey())
              .orElseThrow(
                  () ->
                      new BpfObjectFormatException(
                          "the object has no variable " + constant.getKey()));
      byte[] content = contents.getOrDefault(variable.section(), new byte[0]);
      put(content, variable, constant.getKey(), constant.getValue());
    }
    for (ElfObject.DataSection section : elf.data().values()) {
      String name = section.map().name();
      BpfMap map = own(BpfMap.create(section.map()));
      maps.put(name, map);
      try (Arena arena = Arena.ofConfined()) {
        byte[] content = contents.getOrDefault(name, new byte[0]);
        MemorySegment value = arena.allocate(content.length, 8);
        value.copyFrom(MemorySegment.ofArray(content));
        map.update(arena.allocateFrom(Bytes.U32, 0), value, BpfMap.UpdateMode.ANY);
      }
      if (section.constant()) {
        map.freeze();
      }
    }
  }

  private void loadPrograms(ElfObject elf, LoadOptions options) throws IOException {
    Map<String, Integer> descriptors = new HashMap<>();
    maps.forEach((name, map) -> descriptors.put(name, map.fd().number()));
    for (ElfObject.Program program : elf.programs().values()) {
      String name = program.name();
      if (options.programs().isEmpty() || options.programs().get().contains(name)) {
        programs.put(
            name,
            BpfProgram.load(
                name,
                program.type(),
                elf.link(name, descriptors),
                elf.license(),
                program.hasFragments() ? BpfProgram.XDP_HAS_FRAGMENTS : 0));
      }
    }
  }

  private BpfMap own(BpfMap map) {
    owned.add(map);
    return map;
  }

  private static void put(byte[] content, ElfObject.Variable variable, String name, long value)
      throws BpfObjectFormatException {
    ByteBuffer buffer = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    int at = variable.offset();
    switch (variable.bytes()) {
      case 1 -> buffer.put(at, (byte) value);
      case 2 -> buffer.putShort(at, (short) value);
      case 4 -> buffer.putInt(at, (int) value);
      case 8 -> buffer.putLong(at, value);
      default ->
          throw new BpfObjectFormatException(
              "variable " + name + " has " + variable.bytes() + " bytes, so it is no number");
    }
  }

  /** Programs rely on a map's shape, so one that was made elsewhere must have it. */
  private static void checkFits(BpfMap map, MapSpec wanted, boolean entriesToo)
      throws BpfObjectFormatException {
    MapSpec actual = map.spec();
    boolean fits =
        actual.type() == wanted.type()
            && actual.keyBytes() == wanted.keyBytes()
            && actual.valueBytes() == wanted.valueBytes()
            && actual.flags() == wanted.flags()
            && (!entriesToo || actual.maxEntries() == wanted.maxEntries());
    if (!fits) {
      throw new BpfObjectFormatException(
          "the map for " + wanted.name() + " is " + actual + ", the object wants " + wanted);
    }
  }

  private static void checkNames(ElfObject elf, LoadOptions options)
      throws BpfObjectFormatException {
    for (Map<String, ?> byMap : List.of(options.maxEntries(), options.maps(), options.pins())) {
      for (String name : byMap.keySet()) {
        if (!elf.maps().containsKey(name)) {
          throw new BpfObjectFormatException(
              "the object has no map " + name + " among " + elf.maps().keySet());
        }
      }
    }
    for (String name : options.programs().orElse(elf.programs().keySet())) {
      if (!elf.programs().containsKey(name)) {
        throw new BpfObjectFormatException(
            "the object has no program " + name + " among " + elf.programs().keySet());
      }
    }
  }
}
