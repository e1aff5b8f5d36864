package org.jlvs.linux.bpf;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The type information clang writes into {@code .BTF}, as far as map definitions and variables need
 * it (kernel: {@code Documentation/bpf/btf.rst}). Immutable. Type numbers start with 1; 0 is void.
 */
final class Btf {
  static final int INT = 1;
  static final int POINTER = 2;
  static final int ARRAY = 3;
  static final int STRUCT = 4;
  static final int UNION = 5;
  static final int ENUM = 6;
  static final int TYPEDEF = 8;
  static final int VOLATILE = 9;
  static final int CONST = 10;
  static final int RESTRICT = 11;
  static final int VAR = 14;
  static final int DATASEC = 15;
  static final int FLOAT = 16;
  static final int TYPE_TAG = 18;
  static final int ENUM64 = 19;

  private static final int MAGIC = 0xeb9f;
  private static final int POINTER_BYTES = 8;

  /** Deeper chains of types are no C that anyone wrote. */
  private static final int MAX_DEPTH = 32;

  /** A part of a struct, or a variable of a data section. */
  record Member(String name, int type, long offset) {}

  /**
   * A type.
   *
   * @param size in bytes, of those kinds that have one
   * @param target what it points to, modifies or has elements of
   * @param elements of an array
   */
  record Type(String name, int kind, long size, int target, long elements, List<Member> members) {}

  private final List<Type> types;

  private Btf(List<Type> types) {
    this.types = types;
  }

  static Btf parse(ByteView bytes) throws BpfObjectFormatException {
    if (bytes.u16(0) != MAGIC) {
      throw new BpfObjectFormatException(".BTF doesn't start with BTF's magic number");
    }
    ByteView body =
        bytes.slice(bytes.u32(4), bytes.length() - Math.min(bytes.u32(4), bytes.length()), ".BTF");
    ByteView table = body.slice(bytes.u32(8), bytes.u32(12), "the types of .BTF");
    ByteView names = body.slice(bytes.u32(16), bytes.u32(20), "the names of .BTF");
    List<Type> types = new ArrayList<>();
    types.add(new Type("void", 0, 0, 0, 0, List.of()));
    long at = 0;
    while (at < table.length()) {
      long info = table.u32(at + 4);
      int count = (int) (info & 0xffff);
      int kind = (int) (info >> 24 & 0x1f);
      long sizeOrType = table.u32(at + 8);
      String name = names.text(table.u32(at));
      at += 12;
      switch (kind) {
        case INT, VAR, 17 -> {
          types.add(new Type(name, kind, sizeOrType, (int) sizeOrType, 0, List.of()));
          at += 4;
        }
        case ARRAY -> {
          types.add(new Type(name, kind, 0, table.s32(at), table.u32(at + 8), List.of()));
          at += 12;
        }
        case STRUCT, UNION, DATASEC -> {
          boolean section = kind == DATASEC;
          List<Member> members = new ArrayList<>();
          for (int i = 0; i < count; i++) {
            String member = section ? "" : names.text(table.u32(at));
            members.add(
                new Member(
                    member,
                    section ? table.s32(at) : table.s32(at + 4),
                    section ? table.u32(at + 4) : table.u32(at + 8)));
            at += 12;
          }
          types.add(new Type(name, kind, sizeOrType, 0, 0, List.copyOf(members)));
        }
        case ENUM, 13 -> {
          types.add(new Type(name, kind, sizeOrType, 0, 0, List.of()));
          at += count * 8L;
        }
        case ENUM64 -> {
          types.add(new Type(name, kind, sizeOrType, 0, 0, List.of()));
          at += count * 12L;
        }
        case POINTER, 7, TYPEDEF, VOLATILE, CONST, RESTRICT, 12, FLOAT, TYPE_TAG ->
            types.add(new Type(name, kind, sizeOrType, (int) sizeOrType, 0, List.of()));
        default -> throw new BpfObjectFormatException(".BTF has a type of unknown kind " + kind);
      }
    }
    return new Btf(types);
  }

  /** The type of variable {@code name}. */
  Optional<Type> variable(String name) throws BpfObjectFormatException {
    for (Type type : types) {
      if (type.kind() == VAR && type.name().equals(name)) {
        return Optional.of(resolved(type.target()));
      }
    }
    return Optional.empty();
  }

  /** The type with number {@code id}, behind typedefs and qualifiers. */
  Type resolved(int id) throws BpfObjectFormatException {
    int current = id;
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
      if (current < 0 || current >= types.size()) {
        throw new BpfObjectFormatException(".BTF has no type " + Integer.toUnsignedString(current));
      }
      Type type = types.get(current);
      switch (type.kind()) {
        case TYPEDEF, VOLATILE, CONST, RESTRICT, TYPE_TAG -> current = type.target();
        default -> {
          return type;
        }
      }
    }
    throw new BpfObjectFormatException(".BTF has a type that is defined by itself");
  }

  /** Bytes that a value of type {@code id} takes. */
  long size(int id) throws BpfObjectFormatException {
    long elements = 1;
    int current = id;
    for (int depth = 0; depth < MAX_DEPTH; depth++) {
      Type type = resolved(current);
      switch (type.kind()) {
        case INT, STRUCT, UNION, ENUM, ENUM64, FLOAT -> {
          return product(elements, type.size());
        }
        case POINTER -> {
          return product(elements, POINTER_BYTES);
        }
        case ARRAY -> {
          elements = product(elements, type.elements());
          current = type.target();
        }
        default ->
            throw new BpfObjectFormatException(
                "a type of kind " + type.kind() + " in .BTF has no size");
      }
    }
    throw new BpfObjectFormatException(".BTF has an array that is defined by itself");
  }

  private static long product(long a, long b) throws BpfObjectFormatException {
    long product = a * b;
    if (product > Integer.MAX_VALUE || (a != 0 && product / a != b)) {
      throw new BpfObjectFormatException(".BTF has a type too large: " + a + " times " + b);
    }
    return product;
  }
}
