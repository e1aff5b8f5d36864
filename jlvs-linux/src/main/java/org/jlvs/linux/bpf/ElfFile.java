package org.jlvs.linux.bpf;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The sections, symbols and relocations of a 64-bit little-endian ELF relocatable for BPF (ELF
 * specification; relocation types in the kernel's {@code Documentation/bpf/llvm_reloc.rst}).
 * Immutable.
 */
record ElfFile(List<Section> sections, List<Symbol> symbols) {

  private static final int MAGIC = 0x464c_457f;
  private static final int CLASS_64 = 2;
  private static final int LITTLE_ENDIAN = 1;
  private static final int ET_REL = 1;
  private static final int EM_BPF = 247;
  private static final int HEADER_BYTES = 64;
  private static final int SECTION_HEADER_BYTES = 64;
  private static final int SYMBOL_BYTES = 24;
  private static final int RELOCATION_BYTES = 16;
  private static final int SHT_SYMTAB = 2;
  private static final int SHT_NOBITS = 8;
  private static final int SHT_REL = 9;
  private static final int SHF_EXECINSTR = 4;

  ElfFile {
    sections = List.copyOf(sections);
    symbols = List.copyOf(symbols);
  }

  /**
   * A section.
   *
   * @param bytes its content; empty for NOBITS
   * @param size its size in memory
   * @param relocations what to patch in it, in the file's order
   */
  record Section(
      int index,
      String name,
      int type,
      boolean executable,
      ByteView bytes,
      int size,
      List<Relocation> relocations) {}

  /** Kinds of symbol that matter here. */
  enum SymbolKind {
    FUNCTION,
    OBJECT,
    SECTION,
    OTHER
  }

  /**
   * A symbol.
   *
   * @param section the index of its section; 0 when it is only declared
   * @param value its offset in that section
   */
  record Symbol(String name, SymbolKind kind, boolean global, int section, long value, long size) {}

  /** At {@code offset} of its section the address of symbol number {@code symbol} is meant. */
  record Relocation(long offset, int type, int symbol) {}

  static ElfFile parse(byte[] file) throws BpfObjectFormatException {
    ByteView all = ByteView.of(file, "the object");
    if (all.length() < HEADER_BYTES || all.s32(0) != MAGIC) {
      throw new BpfObjectFormatException("not an ELF file");
    }
    if (all.u8(4) != CLASS_64 || all.u8(5) != LITTLE_ENDIAN) {
      throw new BpfObjectFormatException("not a 64-bit little-endian ELF file");
    }
    if (all.u16(16) != ET_REL || all.u16(18) != EM_BPF) {
      throw new BpfObjectFormatException(
          "not an object for BPF: type " + all.u16(16) + ", machine " + all.u16(18));
    }
    int count = all.u16(60);
    ByteView headers =
        all.slice(all.u64(40), (long) count * SECTION_HEADER_BYTES, "the section table");
    int namesIndex = all.u16(62);
    if (namesIndex >= count) {
      throw new BpfObjectFormatException("section names in section " + namesIndex + " of " + count);
    }
    ByteView names = content(all, headers, namesIndex, "the section names");
    List<Symbol> symbols = new ArrayList<>();
    List<List<Relocation>> relocations = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      relocations.add(new ArrayList<>());
    }
    for (int i = 0; i < count; i++) {
      long header = (long) i * SECTION_HEADER_BYTES;
      int type = headers.s32(header + 4);
      if (type == SHT_SYMTAB) {
        if (!symbols.isEmpty()) {
          throw new BpfObjectFormatException("two symbol tables");
        }
        int strings = sectionIndex(headers.u32(header + 40), count, "symbol names");
        symbols =
            symbols(
                content(all, headers, i, "the symbol table"),
                content(all, headers, strings, "the symbol names"));
      } else if (type == SHT_REL) {
        int target = sectionIndex(headers.u32(header + 44), count, "relocations");
        addRelocations(content(all, headers, i, "relocations"), relocations.get(target));
      }
    }
    List<Section> sections = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long header = (long) i * SECTION_HEADER_BYTES;
      String name = names.text(headers.u32(header));
      long size = headers.u64(header + 32);
      if (size < 0 || size > Integer.MAX_VALUE) {
        throw new BpfObjectFormatException(
            "section " + name + " has " + Long.toUnsignedString(size) + " bytes");
      }
      sections.add(
          new Section(
              i,
              name,
              headers.s32(header + 4),
              (headers.u64(header + 8) & SHF_EXECINSTR) != 0,
              content(all, headers, i, "section " + name),
              (int) size,
              List.copyOf(relocations.get(i))));
    }
    return new ElfFile(sections, symbols);
  }

  /** The first section called {@code name}. */
  Optional<Section> section(String name) {
    return sections.stream().filter(section -> section.name().equals(name)).findFirst();
  }

  Symbol symbol(int index) throws BpfObjectFormatException {
    if (index < 0 || index >= symbols.size()) {
      throw new BpfObjectFormatException("symbol " + index + " of " + symbols.size());
    }
    return symbols.get(index);
  }

  /** The section a symbol lies in; empty for one that is only declared. */
  Optional<Section> sectionOf(Symbol symbol) {
    int index = symbol.section();
    return index > 0 && index < sections.size()
        ? Optional.of(sections.get(index))
        : Optional.empty();
  }

  private static ByteView content(ByteView all, ByteView headers, int index, String name)
      throws BpfObjectFormatException {
    long header = (long) index * SECTION_HEADER_BYTES;
    boolean empty = headers.s32(header + 4) == SHT_NOBITS || headers.s32(header + 4) == 0;
    return all.slice(
        empty ? 0 : headers.u64(header + 24), empty ? 0 : headers.u64(header + 32), name);
  }

  private static int sectionIndex(long index, int count, String what)
      throws BpfObjectFormatException {
    if (index >= count) {
      throw new BpfObjectFormatException(what + " for section " + index + " of " + count);
    }
    return (int) index;
  }

  private static List<Symbol> symbols(ByteView table, ByteView names)
      throws BpfObjectFormatException {
    List<Symbol> symbols = new ArrayList<>();
    for (long at = 0; at + SYMBOL_BYTES <= table.length(); at += SYMBOL_BYTES) {
      int info = table.u8(at + 4);
      SymbolKind kind =
          switch (info & 0xf) {
            case 1 -> SymbolKind.OBJECT;
            case 2 -> SymbolKind.FUNCTION;
            case 3 -> SymbolKind.SECTION;
            default -> SymbolKind.OTHER;
          };
      symbols.add(
          new Symbol(
              names.text(table.u32(at)),
              kind,
              info >> 4 != 0,
              table.u16(at + 6),
              table.u64(at + 8),
              table.u64(at + 16)));
    }
    return symbols;
  }

  private static void addRelocations(ByteView table, List<Relocation> relocations)
      throws BpfObjectFormatException {
    for (long at = 0; at + RELOCATION_BYTES <= table.length(); at += RELOCATION_BYTES) {
      relocations.add(new Relocation(table.u64(at), table.s32(at + 8), table.s32(at + 12)));
    }
  }
}
