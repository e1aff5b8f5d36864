package org.jlvs.server.marks;

import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * A value that a mark is set to: {@code (a mark & and) ^ xor}, which all of nft's expressions of
 * marks and constants come down to.
 *
 * @param source whose mark; with {@link Source#NONE} only {@code xor} counts
 */
record NftMarkValue(Source source, int and, int xor) {
  enum Source {
    NONE,
    PACKET,
    CONNECTION
  }

  private static final int MAX_DEPTH = 32;

  static NftMarkValue of(JsonNode value) throws NotTranslatableException {
    return of(value, 0);
  }

  private static NftMarkValue of(JsonNode value, int depth) throws NotTranslatableException {
    Optional<Integer> constant = constant(value);
    if (constant.isPresent()) {
      return new NftMarkValue(Source.NONE, 0, constant.get());
    }
    if (value.path("meta").path("key").asString("").equals("mark")) {
      return new NftMarkValue(Source.PACKET, -1, 0);
    }
    if (value.path("ct").path("key").asString("").equals("mark")) {
      return new NftMarkValue(Source.CONNECTION, -1, 0);
    }
    for (String operator : new String[] {"&", "|", "^"}) {
      JsonNode operands = value.path(operator);
      if (operands.isArray() && operands.size() >= 2 && depth < MAX_DEPTH) {
        NftMarkValue result = of(operands.get(0), depth + 1);
        for (int i = 1; i < operands.size(); i++) {
          Optional<Integer> operand = constant(operands.get(i));
          if (operand.isEmpty()) {
            throw notTranslatable(value);
          }
          result = result.with(operator, operand.get());
        }
        return result;
      }
    }
    throw notTranslatable(value);
  }

  private static NotTranslatableException notTranslatable(JsonNode value) {
    return new NotTranslatableException(
        "the mark \"" + NftWords.of(value) + "\" can't be evaluated by the director");
  }

  private NftMarkValue with(String operator, int bits) {
    return switch (operator) {
      case "&" -> new NftMarkValue(source, and & bits, xor & bits);
      case "|" -> new NftMarkValue(source, and & ~bits, xor & ~bits ^ bits);
      default -> new NftMarkValue(source, and, xor ^ bits);
    };
  }

  /** A number of 32 bits, written as one or as text. */
  static Optional<Integer> constant(JsonNode value) {
    if (value.isIntegralNumber()) {
      long number = value.asLong(-1);
      return number >= 0 && number <= 0xffff_ffffL ? Optional.of((int) number) : Optional.empty();
    }
    String text = value.asString("");
    if (value.isString() && text.matches("0x[0-9a-fA-F]{1,8}")) {
      return Optional.of(Integer.parseUnsignedInt(text.substring(2), 16));
    }
    return Optional.empty();
  }
}
