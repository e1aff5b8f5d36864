package org.jlvs.linux.bpf;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A BPF object as clang wrote it, read but not yet in the kernel: which maps it wants, which
 * programs it has. Whatever the bytes are, reading ends with an object or with {@link
 * BpfObjectFormatException}. Immutable.
 */
public final class ElfObject {
  static final int INSTRUCTION_BYTES = 8;

  /** The kernel's BPF_COMPLEXITY_LIMIT_INSNS: it takes no longer program. */
  private static final int MAX_INSTRUCTIONS = 1_000_000;

  /** Where functions are that programs call. */
  private static final String TEXT_SECTION = ".text";

  private static final String MAPS_SECTION = ".maps";

  /** Offsets in struct btf_ext_header: hdr_len, core_relo_len. */
  private static final int BTF_EXT_HEADER_LENGTH = 4;

  private static final int BTF_EXT_FIELD_RELOCATIONS = 28;
  private static final byte LDDW = 0x18;
  private static final byte CALL = (byte) 0x85;
  private static final int PSEUDO_MAP_FD = 1;
  private static final int PSEUDO_MAP_VALUE = 2;
  private static final int PSEUDO_CALL = 1;
  private static final int R_BPF_64_64 = 1;
  private static final int R_BPF_64_32 = 10;

  private final ElfFile file;
  private final String license;
  private final Map<String, MapSpec> maps;
  private final Map<String, DataSection> data;
  private final List<Function> functions;
  private final Map<String, Program> programs;

  /**
   * A program of the object.
   *
   * @param name its symbol
   * @param section where it lies, as {@code xdp}
   */
  public record Program(String name, String section, ProgramType type) {
    /** Whether it takes packets in several buffers (section {@code xdp.frags}). */
    public boolean hasFragments() {
      return section.equals("xdp.frags");
    }
  }

  /** Global variables: the map they live in and what it holds at first. */
  record DataSection(MapSpec map, ByteView content, boolean constant) {}

  /** Where a global variable lies. */
  record Variable(String section, int offset, int bytes) {}

  /** Code of a function: a range of bytes in a section. */
  private record Function(String name, int section, long start, long bytes) {
    boolean startsAt(int inSection, long offset) {
      return section == inSection && start == offset;
    }
  }

  private ElfObject(
      ElfFile file,
      String license,
      Map<String, MapSpec> maps,
      Map<String, DataSection> data,
      List<Function> functions,
      Map<String, Program> programs) {
    this.file = file;
    this.license = license;
    this.maps = maps;
    this.data = data;
    this.functions = functions;
    this.programs = programs;
  }

  public static ElfObject parse(byte[] bytes) throws BpfObjectFormatException {
    ElfFile file = ElfFile.parse(bytes.clone());
    refuseFieldRelocations(file);
    Optional<ElfFile.Section> license = file.section("license");
    List<Function> functions = new ArrayList<>();
    Map<String, Program> programs = new LinkedHashMap<>();
    for (ElfFile.Symbol symbol : file.symbols()) {
      Optional<ElfFile.Section> section = file.sectionOf(symbol);
      if (symbol.kind() != ElfFile.SymbolKind.FUNCTION
          || section.isEmpty()
          || !section.get().executable()) {
        continue;
      }
      // Makes sure that the function's range is in the section.
      ByteView code =
          section.get().bytes().slice(symbol.value(), symbol.size(), "function " + symbol.name());
      if (code.length() == 0
          || code.length() % INSTRUCTION_BYTES != 0
          || symbol.value() % INSTRUCTION_BYTES != 0) {
        throw new BpfObjectFormatException(
            "function " + symbol.name() + " is no whole number of instructions");
      }
      functions.add(new Function(symbol.name(), symbol.section(), symbol.value(), symbol.size()));
      if (symbol.global() && !section.get().name().equals(TEXT_SECTION)) {
        Program program = program(symbol.name(), section.get().name());
        programs.put(program.name(), program);
      }
    }
    return new ElfObject(
        file,
        license.isPresent() ? license.get().bytes().text(0) : "",
        maps(file),
        data(file),
        List.copyOf(functions),
        programs);
  }

  /** The text of the {@code license} section; empty without one. */
  public String license() {
    return license;
  }

  /** The maps it defines, by name; global variables' maps are not among them. */
  public Map<String, MapSpec> maps() {
    return Collections.unmodifiableMap(maps);
  }

  /** Its programs, by name, in the object's order. */
  public Map<String, Program> programs() {
    return Collections.unmodifiableMap(programs);
  }

  /** The sections of global variables, by name. */
  Map<String, DataSection> data() {
    return data;
  }

  /** The global variable {@code name}. */
  Optional<Variable> variable(String name) throws BpfObjectFormatException {
    for (ElfFile.Symbol symbol : file.symbols()) {
      Optional<ElfFile.Section> section = file.sectionOf(symbol);
      if (symbol.name().equals(name)
          && symbol.kind() == ElfFile.SymbolKind.OBJECT
          && section.isPresent()
          && data.containsKey(section.get().name())) {
        if (symbol.value() < 0
            || symbol.size() < 0
            || symbol.value() > section.get().size()
            || symbol.size() > section.get().size() - symbol.value()) {
          throw new BpfObjectFormatException("variable " + name + " lies outside of its section");
        }
        return Optional.of(
            new Variable(section.get().name(), (int) symbol.value(), (int) symbol.size()));
      }
    }
    return Optional.empty();
  }

  /**
   * The instructions of program {@code name}, followed by the functions it calls, with references
   * to maps replaced by descriptors.
   *
   * @param descriptors of the maps and the sections of variables, by name
   */
  byte[] link(String name, Map<String, Integer> descriptors) throws BpfObjectFormatException {
    Function entry =
        functions.stream()
            .filter(function -> function.name().equals(name) && programs.containsKey(name))
            .findFirst()
            .orElseThrow(() -> new BpfObjectFormatException("the object has no program " + name));
    return new Linking(descriptors, entry).link();
  }

  /** One program's way from sections to a single run of instructions. */
  private final class Linking {
    private final Map<String, Integer> descriptors;
    private final List<Function> placed = new ArrayList<>();
    private final List<Integer> starts = new ArrayList<>();
    private final Map<Integer, Function> calls = new LinkedHashMap<>();
    private int instructions;

    Linking(Map<String, Integer> descriptors, Function entry) throws BpfObjectFormatException {
      this.descriptors = descriptors;
      place(entry);
    }

    byte[] link() throws BpfObjectFormatException {
      List<byte[]> parts = new ArrayList<>();
      // A function that is called is placed behind the ones there, so the list grows as we go.
      for (int i = 0; i < placed.size(); i++) {
        parts.add(relocated(placed.get(i), starts.get(i)));
      }
      ByteBuffer code =
          ByteBuffer.allocate(instructions * INSTRUCTION_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      parts.forEach(code::put);
      calls.forEach(
          (call, function) ->
              code.putInt(
                  call * INSTRUCTION_BYTES + 4, starts.get(placed.indexOf(function)) - call - 1));
      return code.array();
    }

    private void place(Function function) throws BpfObjectFormatException {
      if (placed.contains(function)) {
        return;
      }
      placed.add(function);
      starts.add(instructions);
      instructions += (int) (function.bytes() / INSTRUCTION_BYTES);
      if (instructions > MAX_INSTRUCTIONS) {
        throw new BpfObjectFormatException(
            "program "
                + placed.getFirst().name()
                + " has over "
                + MAX_INSTRUCTIONS
                + " instructions");
      }
    }

    private byte[] relocated(Function function, int start) throws BpfObjectFormatException {
      ElfFile.Section section = file.sections().get(function.section());
      ByteView view =
          section.bytes().slice(function.start(), function.bytes(), "function " + function.name());
      ByteBuffer code = ByteBuffer.wrap(view.copy()).order(ByteOrder.LITTLE_ENDIAN);
      Map<Integer, ElfFile.Symbol> symbols = new LinkedHashMap<>();
      for (ElfFile.Relocation relocation : section.relocations()) {
        long offset = relocation.offset() - function.start();
        if (offset < 0 || offset >= function.bytes()) {
          continue;
        }
        if (offset % INSTRUCTION_BYTES != 0
            || (relocation.type() != R_BPF_64_64 && relocation.type() != R_BPF_64_32)) {
          throw new BpfObjectFormatException(
              where(function, offset) + ": relocation of type " + relocation.type());
        }
        symbols.put((int) offset, file.symbol(relocation.symbol()));
      }
      for (int at = 0; at < code.capacity(); at += INSTRUCTION_BYTES) {
        boolean wide = code.get(at) == LDDW;
        if (wide && at + 2 * INSTRUCTION_BYTES > code.capacity()) {
          throw new BpfObjectFormatException(
              where(function, at) + ": the last instruction is only half there");
        }
        ElfFile.Symbol symbol = symbols.remove(at);
        if (code.get(at) == CALL && source(code, at) == PSEUDO_CALL) {
          Function called = called(function, at, code.getInt(at + 4), symbol);
          place(called);
          calls.put(start + at / INSTRUCTION_BYTES, called);
        } else if (wide && symbol != null) {
          refer(code, at, symbol, where(function, at));
        } else if (symbol != null) {
          throw new BpfObjectFormatException(
              where(function, at)
                  + " refers to "
                  + symbol.name()
                  + " in a way that is not supported");
        }
        if (wide) {
          at += INSTRUCTION_BYTES;
        }
      }
      if (!symbols.isEmpty()) {
        throw new BpfObjectFormatException(
            "function " + function.name() + " has relocations within an instruction");
      }
      return code.array();
    }

    private Function called(Function caller, int at, int immediate, ElfFile.@Nullable Symbol symbol)
        throws BpfObjectFormatException {
      int section = symbol == null ? caller.section() : symbol.section();
      long target;
      if (symbol == null) {
        target = caller.start() + at + (immediate + 1L) * INSTRUCTION_BYTES;
      } else if (symbol.kind() == ElfFile.SymbolKind.SECTION) {
        target = (immediate + 1L) * INSTRUCTION_BYTES;
      } else {
        target = symbol.value();
      }
      for (Function function : functions) {
        if (function.startsAt(section, target)) {
          return function;
        }
      }
      throw new BpfObjectFormatException(
          where(caller, at)
              + " calls "
              + (symbol == null || symbol.name().isEmpty() ? "offset " + target : symbol.name())
              + ", which the object doesn't define");
    }

    private void refer(ByteBuffer code, int at, ElfFile.Symbol symbol, String where)
        throws BpfObjectFormatException {
      String section =
          file.sectionOf(symbol)
              .map(ElfFile.Section::name)
              .orElseThrow(
                  () ->
                      new BpfObjectFormatException(
                          where + " refers to " + symbol.name() + ", which isn't defined"));
      String map = section.equals(MAPS_SECTION) ? symbol.name() : section;
      Integer descriptor = descriptors.get(map);
      if (descriptor == null) {
        throw new BpfObjectFormatException(
            where
                + " refers to "
                + (symbol.name().isEmpty() ? "section " + section : symbol.name())
                + ", which is no map or variable");
      }
      boolean isVariable = !section.equals(MAPS_SECTION);
      int offset = isVariable ? code.getInt(at + 4) + (int) symbol.value() : 0;
      int destination = code.get(at + 1) & 0xf;
      code.put(at + 1, (byte) (destination | (isVariable ? PSEUDO_MAP_VALUE : PSEUDO_MAP_FD) << 4));
      code.putInt(at + 4, descriptor);
      code.putInt(at + INSTRUCTION_BYTES + 4, offset);
    }

    private static int source(ByteBuffer code, int at) {
      return code.get(at + 1) >> 4 & 0xf;
    }

    private static String where(Function function, long offset) {
      return "instruction " + offset / INSTRUCTION_BYTES + " of " + function.name();
    }
  }

  /** CO-RE's relocations of struct fields are in no relocation section: unseen, they'd be wrong. */
  private static void refuseFieldRelocations(ElfFile file) throws BpfObjectFormatException {
    Optional<ElfFile.Section> extension = file.section(".BTF.ext");
    if (extension.isEmpty()) {
      return;
    }
    ByteView header = extension.get().bytes();
    boolean hasField = header.u32(BTF_EXT_HEADER_LENGTH) >= BTF_EXT_FIELD_RELOCATIONS + 4;
    if (hasField && header.u32(BTF_EXT_FIELD_RELOCATIONS) != 0) {
      throw new BpfObjectFormatException(
          "the object has CO-RE relocations, which are not supported");
    }
  }

  private static Program program(String name, String section) throws BpfObjectFormatException {
    return ProgramType.ofSection(section)
        .map(type -> new Program(name, section, type))
        .orElseThrow(
            () ->
                new BpfObjectFormatException(
                    "program " + name + " is in section " + section + ", which is not supported"));
  }

  private static Map<String, MapSpec> maps(ElfFile file) throws BpfObjectFormatException {
    Map<String, MapSpec> maps = new LinkedHashMap<>();
    Optional<ElfFile.Section> section = file.section(MAPS_SECTION);
    if (section.isEmpty()) {
      return maps;
    }
    Optional<ElfFile.Section> types = file.section(".BTF");
    if (types.isEmpty()) {
      throw new BpfObjectFormatException(
          "the object has maps but no .BTF that describes them; compile it with -g");
    }
    Btf btf = Btf.parse(types.get().bytes());
    for (ElfFile.Symbol symbol : file.symbols()) {
      if (symbol.section() == section.get().index() && symbol.kind() == ElfFile.SymbolKind.OBJECT) {
        maps.put(symbol.name(), map(btf, symbol.name()));
      }
    }
    return maps;
  }

  /**
   * Reads what libbpf's {@code __uint} (a pointer to an array so long) and {@code __type} wrote.
   */
  private static MapSpec map(Btf btf, String name) throws BpfObjectFormatException {
    Btf.Type definition =
        btf.variable(name)
            .orElseThrow(() -> new BpfObjectFormatException(".BTF doesn't describe map " + name));
    long type = 0;
    long keyBytes = 0;
    long valueBytes = 0;
    long maxEntries = 0;
    long flags = 0;
    for (Btf.Member member : definition.members()) {
      Btf.Type pointer = btf.resolved(member.type());
      switch (member.name()) {
        case "type" -> type = number(btf, pointer, name, member);
        case "max_entries" -> maxEntries = number(btf, pointer, name, member);
        case "map_flags" -> flags = number(btf, pointer, name, member);
        case "key_size" -> keyBytes = number(btf, pointer, name, member);
        case "value_size" -> valueBytes = number(btf, pointer, name, member);
        case "key" -> keyBytes = btf.size(pointer.target());
        case "value" -> valueBytes = btf.size(pointer.target());
        default ->
            throw new BpfObjectFormatException(
                "map " + name + " has " + member.name() + ", which is not supported");
      }
    }
    int number = (int) type;
    MapType mapType =
        MapType.of(number)
            .orElseThrow(
                () ->
                    new BpfObjectFormatException(
                        "map " + name + " has type " + number + ", which is not supported"));
    return new MapSpec(
        name, mapType, (int) keyBytes, (int) valueBytes, (int) maxEntries, (int) flags);
  }

  private static long number(Btf btf, Btf.Type pointer, String map, Btf.Member member)
      throws BpfObjectFormatException {
    Btf.Type array = btf.resolved(pointer.target());
    if (pointer.kind() != Btf.POINTER || array.kind() != Btf.ARRAY) {
      throw new BpfObjectFormatException("map " + map + ": " + member.name() + " is no __uint");
    }
    return array.elements();
  }

  private static Map<String, DataSection> data(ElfFile file) {
    Map<String, DataSection> data = new LinkedHashMap<>();
    for (ElfFile.Section section : file.sections()) {
      String name = section.name();
      boolean constant = name.equals(".rodata") || name.startsWith(".rodata.");
      boolean variable =
          name.equals(".data")
              || name.startsWith(".data.")
              || name.equals(".bss")
              || name.startsWith(".bss.");
      if (section.size() > 0 && (constant || variable)) {
        int flags = constant ? MapSpec.RDONLY_PROG : MapSpec.MMAPABLE;
        MapSpec map = new MapSpec(name, MapType.ARRAY, Integer.BYTES, section.size(), 1, flags);
        data.put(name, new DataSection(map, section.bytes(), constant));
      }
    }
    return data;
  }
}
