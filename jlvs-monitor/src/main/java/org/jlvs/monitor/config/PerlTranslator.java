package org.jlvs.monitor.config;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.PatternSyntaxException;

/**
 * Says a Perl regular expression over bytes in Java's words.
 *
 * <p>Much looks the same and isn't: octal escapes, braces that begin no quantifier, classes and
 * their brackets, which bytes are letters, {@code x}, {@code n} and the letters for character sets,
 * {@code \cx}, names of groups. So each piece is read as perlre has it and written anew: characters
 * as themselves or {@code \x..}, classes as the bytes in them, references by number.
 *
 * <p>As {@code receive=} comes to Perl in a variable, {@code \Q}, {@code \E}, {@code \L} and {@code
 * \U} are letters. Refused, because Java has nothing like them: recursion, conditionals,
 * backtracking verbs and assertions with names, code blocks, branch reset, {@code \b{...}}, {@code
 * \K}, characters and properties by name other than {@link PerlBytes#property}'s, a reference to a
 * name that two groups bear, the locale's rules.
 */
final class PerlTranslator {
  /** Java's own parser recurses: deep nesting would end the thread. */
  private static final int DEEPEST = 200;

  /** The most repetitions that Perl counts. */
  private static final int MOST = 65534;

  private final String source;
  private final Groups groups;
  private final boolean unicode;

  private final StringBuilder java = new StringBuilder();
  private final Deque<Open> open = new ArrayDeque<>();
  private PerlModifiers modifiers;
  private int at;
  private int opened;
  private boolean quantifiable;
  private boolean needsUnicode;

  /** What a first reading has found; references can be told from octals only then. */
  private record Groups(boolean known, int count, Map<String, List<Integer>> names) {}

  private record Open(int at, PerlModifiers before) {}

  private PerlTranslator(String source, Groups groups, boolean unicode) {
    this.source = source;
    this.groups = groups;
    this.unicode = unicode;
    modifiers = PerlModifiers.initial(unicode);
  }

  /**
   * The expression for {@link java.util.regex.Pattern} with {@code UNIX_LINES}.
   *
   * @throws PatternSyntaxException with the place in the source
   */
  static String translate(String source) {
    PerlTranslator first =
        new PerlTranslator(source, new Groups(false, 0, new LinkedHashMap<>()), false);
    first.read();
    Groups found = new Groups(true, first.opened, first.groups.names);
    PerlTranslator second = new PerlTranslator(source, found, first.needsUnicode);
    second.read();
    return second.java.toString();
  }

  private void read() {
    if (unicode) {
      java.append("(?").append(modifiers.inJava()).append(')');
    }
    while (at < source.length()) {
      readPiece();
    }
    if (!open.isEmpty()) {
      throw refused("the group that begins here has no )", open.getFirst().at());
    }
  }

  private void readPiece() {
    char c = source.charAt(at);
    if (skipped()) {
      return;
    }
    if ("*+?".indexOf(c) >= 0 || (c == '{' && quantifierEnd() > 0 && quantifiable)) {
      readQuantifier();
      return;
    }
    switch (c) {
      case '\\' -> readEscape();
      case '[' -> readClass();
      case '(' -> openGroup();
      case ')' -> closeGroup();
      case '|' -> {
        java.append(c);
        at++;
        quantifiable = false;
      }
      case '^', '$', '.' -> {
        java.append(c);
        at++;
        quantifiable = true;
      }
      default -> {
        if (c == '{' && followsLetterEscape()) {
          throw refused("a brace that begins no quantifier should be \\{ after this escape", at);
        }
        literal(c);
        at++;
      }
    }
  }

  /**
   * Perl looks at no more than these two characters, and so takes an escaped backslash and n for a
   * newline.
   */
  private boolean followsLetterEscape() {
    return at >= 2
        && source.charAt(at - 2) == '\\'
        && source.charAt(at - 1) < 0x80
        && Character.isLetter(source.charAt(at - 1));
  }

  /**
   * Passes over a comment, or with {@code x} over blanks; what stood before may be repeated yet.
   */
  private boolean skipped() {
    if (source.startsWith("(?#", at)) {
      int end = source.indexOf(')', at);
      if (end < 0) {
        throw refused("the comment that begins here has no )", at);
      }
      at = end + 1;
      return true;
    }
    if (modifiers.extended() == 0) {
      return false;
    }
    if (isBlank(source.charAt(at))) {
      at++;
      return true;
    }
    if (source.charAt(at) == '#') {
      int end = source.indexOf('\n', at);
      at = end < 0 ? source.length() : end + 1;
      return true;
    }
    return false;
  }

  private static boolean isBlank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85;
  }

  private void readQuantifier() {
    int start = at;
    if (!quantifiable) {
      throw refused("there is nothing before " + source.charAt(at) + " to repeat", at);
    }
    if (source.charAt(at) == '{') {
      int end = quantifierEnd();
      java.append(counted(source.substring(at + 1, end), start));
      at = end + 1;
    } else {
      java.append(source.charAt(at));
      at++;
    }
    skipAll();
    if (at < source.length() && "?+".indexOf(source.charAt(at)) >= 0) {
      java.append(source.charAt(at));
      at++;
      skipAll();
    }
    boolean another =
        at < source.length()
            && ("*+?".indexOf(source.charAt(at)) >= 0
                || (source.charAt(at) == '{' && quantifierEnd() > 0));
    if (another) {
      throw refused("what is repeated already can't be repeated again without a group", at);
    }
    quantifiable = false;
  }

  private void skipAll() {
    while (at < source.length() && skipped()) {
      // skipped() goes on by itself
    }
  }

  private String counted(String inside, int start) {
    String[] counts = inside.split(",", -1);
    String least = counts[0].strip();
    String most = counts.length == 1 ? least : counts[1].strip();
    int from = least.isEmpty() ? 0 : count(least, start);
    if (most.isEmpty()) {
      return "{" + from + ",}";
    }
    int to = count(most, start);
    if (from > to) {
      throw refused("{" + inside + "} never matches: the first number is the larger one", start);
    }
    return "{" + from + "," + to + "}";
  }

  private int count(String digits, int start) {
    String number = digits.replaceFirst("^0+(?=.)", "");
    if (number.length() > 5 || Integer.parseInt(number) > MOST) {
      throw refused("Perl repeats " + MOST + " times at most", start);
    }
    return Integer.parseInt(number);
  }

  /** Where {@code }} ends the quantifier that begins here; -1 where the brace is a literal. */
  private int quantifierEnd() {
    int end = blanks(at + 1);
    int afterFirst = digits(end);
    boolean first = afterFirst > end;
    end = blanks(afterFirst);
    boolean second = false;
    if (end < source.length() && source.charAt(end) == ',') {
      end = blanks(end + 1);
      second = digits(end) > end;
      end = blanks(digits(end));
    }
    return (first || second) && end < source.length() && source.charAt(end) == '}' ? end : -1;
  }

  private int blanks(int from) {
    int end = from;
    while (end < source.length() && (source.charAt(end) == ' ' || source.charAt(end) == '\t')) {
      end++;
    }
    return end;
  }

  private int digits(int from) {
    int end = from;
    while (end < source.length() && isDigit(source.charAt(end))) {
      end++;
    }
    return end;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private void literal(int c) {
    needsUnicode |= c > 0xff;
    boolean plain = c >= 0x80 || Character.isLetterOrDigit(c) || c == ' ' || c == '_';
    if (plain && c <= 0xff) {
      java.append((char) c);
    } else {
      java.append(hex(c));
    }
    quantifiable = true;
  }

  private static String hex(int c) {
    return "\\x{" + Integer.toHexString(c) + "}";
  }

  private void atom(String text) {
    java.append(text);
    quantifiable = true;
  }

  private void readEscape() {
    if (at + 1 >= source.length()) {
      throw refused("nothing follows the backslash", at);
    }
    int start = at;
    char c = source.charAt(at + 1);
    switch (c) {
      case 'A', 'z', 'Z', 'G', 'X' -> {
        at += 2;
        atom("\\" + c);
      }
      case 'b', 'B' -> {
        if (source.startsWith("{", at + 2)) {
          throw unsupported("\\" + c + "{...}", start);
        }
        at += 2;
        atom("\\" + c);
      }
      case 'R' -> {
        at += 2;
        atom("(?>\\r\\n|[\\n-\\r\\x{85}])");
      }
      case 'K' -> throw unsupported("\\K", start);
      case 'C' -> throw refused("Perl knows no \\C any more", start);
      case 'k' -> {
        at += 2;
        reference(named(start), start);
      }
      case 'g' -> readGroupReference(start);
      case 'N' -> readNotNewline();
      case '1', '2', '3', '4', '5', '6', '7', '8', '9' -> readNumber(start);
      case 'd', 'D', 's', 'S', 'w', 'W', 'h', 'H', 'v', 'V', 'p', 'P' ->
          atom(inJava(readSet(), false));
      default -> literal(readCharacter());
    }
  }

  /** Not followed by a name, {@code \N} is anything but a newline. */
  private void readNotNewline() {
    if (source.startsWith("{", at + 2)) {
      int end = source.indexOf('}', at);
      at += 2;
      boolean repeats = quantifierEnd() > 0;
      at -= 2;
      if (!repeats && end > 0) {
        literal(readCharacter());
        return;
      }
      if (!repeats) {
        throw refused("the name that begins here has no }", at);
      }
    }
    at += 2;
    atom("[^\\n]");
  }

  /** A reference, or an octal number when there are fewer groups and it can be one. */
  private void readNumber(int start) {
    int end = digits(at + 1);
    String number = source.substring(at + 1, end);
    int group = number.length() > 5 ? Integer.MAX_VALUE : Integer.parseInt(number);
    boolean octal =
        group > 9 && group > groups.count && number.charAt(0) != '8' && number.charAt(0) != '9';
    if (octal) {
      literal(readCharacter());
      return;
    }
    at = end;
    reference(group, start);
  }

  /** {@code \g1}, {@code \g-1}, {@code \g{1}}, {@code \g{-1}} or {@code \g{name}}. */
  private void readGroupReference(int start) {
    at += 2;
    boolean braced = source.startsWith("{", at);
    int from = braced ? at + 1 : at;
    int to = braced ? source.indexOf('}', at) : digits(source.startsWith("-", at) ? at + 1 : at);
    String what = to < from ? "" : source.substring(from, to).strip();
    if (what.isEmpty() || what.equals("-")) {
      throw refused("\\g is not followed by a group", start);
    }
    boolean relative = what.charAt(0) == '-';
    String number = relative ? what.substring(1) : what;
    if (number.isEmpty() || !isDigit(number.charAt(0))) {
      reference(named(start), start);
      return;
    }
    at = braced ? to + 1 : to;
    if (number.length() > 5 || !number.chars().allMatch(c -> isDigit((char) c))) {
      throw refused("there is no group " + what, start);
    }
    int group = Integer.parseInt(number);
    reference(relative ? opened + 1 - group : group, start);
  }

  /** The number of the group whose name follows within braces, angle brackets or quotes. */
  private int named(int start) {
    char before = at < source.length() ? source.charAt(at) : 0;
    int which = "{<'".indexOf(before);
    int end = which < 0 ? -1 : source.indexOf("}>'".charAt(which), at + 1);
    if (end < 0) {
      throw refused("the name of a group should follow", start);
    }
    String name = source.substring(at + 1, end).strip();
    at = end + 1;
    return numberOf(name, start);
  }

  private int numberOf(String name, int start) {
    if (!groups.known) {
      return 1;
    }
    List<Integer> numbers = groups.names.getOrDefault(name, List.of());
    if (numbers.isEmpty()) {
      throw refused("there is no group named " + name, start);
    }
    if (numbers.size() > 1) {
      throw unsupported("a reference to a name that several groups bear", start);
    }
    return numbers.getFirst();
  }

  private void reference(int group, int start) {
    if (groups.known && (group < 1 || group > groups.count)) {
      throw refused("there is no such group", start);
    }
    if (groups.known && group > 9 && group > opened) {
      throw unsupported("a reference to a group from the tenth on before that group", start);
    }
    // Enclosed: a digit that follows is none of the number's.
    atom("(?:\\" + group + ")");
  }

  /** The bytes of a class or property that an escape names, beginning at its backslash. */
  private BitSet readSet() {
    char c = source.charAt(at + 1);
    if (c != 'p' && c != 'P') {
      at += 2;
      return PerlBytes.ofEscape(c, modifiers.unicodeClasses());
    }
    int start = at;
    int from = at + 2;
    int to;
    if (source.startsWith("{", from)) {
      from++;
      to = source.indexOf('}', from);
      at = to + 1;
    } else {
      to = from + 1;
      at = to;
    }
    if (to < from || to > source.length()) {
      throw refused("the name of a property should follow", start);
    }
    String name = source.substring(from, to).strip();
    boolean negated = c == 'P';
    if (name.startsWith("^")) {
      negated = !negated;
      name = name.substring(1).strip();
    }
    needsUnicode |= modifiers.rules() == 'd';
    BitSet set =
        PerlBytes.property(name, modifiers.ignoreCase())
            .orElseThrow(() -> unsupported("this property", start));
    return negated ? PerlBytes.opposite(set) : set;
  }

  /** The one character that an escape stands for, beginning at its backslash. */
  private int readCharacter() {
    int start = at;
    char c = source.charAt(at + 1);
    at += 2;
    return switch (c) {
      case 't' -> '\t';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 'f' -> '\f';
      case 'a' -> 7;
      case 'e' -> 27;
      case '0', '1', '2', '3', '4', '5', '6', '7' -> {
        int from = at - 1;
        while (at < source.length() && at < from + 3 && isOctal(source.charAt(at))) {
          at++;
        }
        yield Integer.parseInt(source.substring(from, at), 8);
      }
      case 'x' -> {
        if (source.startsWith("{", at)) {
          yield number(braced(start), 16, start);
        }
        int from = at;
        while (at < source.length()
            && at < from + 2
            && Character.digit(source.charAt(at), 16) >= 0) {
          at++;
        }
        yield number(source.substring(from, at), 16, start);
      }
      case 'o' -> number(braced(start), 8, start);
      case 'N' -> {
        String name = braced(start);
        if (!name.startsWith("U+")) {
          throw unsupported("a character by its name", start);
        }
        needsUnicode = true;
        yield number(name.substring(2), 16, start);
      }
      case 'c' -> {
        char letter = at < source.length() ? source.charAt(at) : 0;
        if (letter < ' ' || letter > '~' || letter == '{') {
          throw refused("\\c is followed by no character that makes a control character", start);
        }
        at++;
        yield Character.toUpperCase(letter) ^ 64;
      }
      default -> c;
    };
  }

  private static boolean isOctal(char c) {
    return c >= '0' && c <= '7';
  }

  private String braced(int start) {
    int end = source.startsWith("{", at) ? source.indexOf('}', at) : -1;
    if (end < 0) {
      throw refused("{...} should follow", start);
    }
    String inside = source.substring(at + 1, end).strip();
    at = end + 1;
    return inside;
  }

  /** As far as it is one: Perl warns of what follows, and goes on. */
  private int number(String digits, int radix, int start) {
    int value = 0;
    for (int i = 0; i < digits.length() && Character.digit(digits.charAt(i), radix) >= 0; i++) {
      value = value * radix + Character.digit(digits.charAt(i), radix);
      if (value > Character.MAX_CODE_POINT) {
        throw refused("there is no such character", start);
      }
    }
    return value;
  }

  private void openGroup() {
    int start = at;
    if (source.startsWith("(*", at)) {
      throw unsupported("a group (*", start);
    }
    if (open.size() >= DEEPEST) {
      throw refused("more than " + DEEPEST + " groups within one another", start);
    }
    PerlModifiers before = modifiers;
    if (!source.startsWith("(?", at)) {
      at++;
      java.append(modifiers.noCapture() ? "(?:" : "(");
      opened += modifiers.noCapture() ? 0 : 1;
    } else if (!openSpecial(start)) {
      return;
    }
    open.push(new Open(start, before));
    quantifiable = false;
  }

  /** Returns false for what is no group that is open now: modifiers, or a reference. */
  private boolean openSpecial(int start) {
    for (String same : List.of("(?:", "(?=", "(?!", "(?>", "(?<=", "(?<!")) {
      if (source.startsWith(same, at)) {
        at += same.length();
        java.append(same);
        return true;
      }
    }
    String rest = source.substring(at + 2, Math.min(source.length(), at + 4));
    char kind = rest.isEmpty() ? 0 : rest.charAt(0);
    if (rest.equals("P=")) {
      int end = source.indexOf(')', at);
      if (end < 0) {
        throw refused("the group that begins here has no )", start);
      }
      at = end + 1;
      reference(numberOf(source.substring(start + 4, end), start), start);
      return false;
    }
    if (kind == '<' || kind == '\'' || rest.equals("P<")) {
      openNamed(start, kind == 'P' ? at + 4 : at + 3, kind == '\'' ? '\'' : '>');
      return true;
    }
    boolean signed = rest.length() == 2 && (kind == '+' || kind == '-') && isDigit(rest.charAt(1));
    if ("R&({|?P[".indexOf(kind) >= 0 || isDigit(kind) || signed) {
      throw unsupported("a group (?" + kind, start);
    }
    return readModifiers(start);
  }

  private void openNamed(int start, int from, char closing) {
    int end = source.indexOf(closing, from);
    String name = end < 0 ? "" : source.substring(from, end);
    if (!name.matches("[A-Za-z_][A-Za-z_0-9]*")) {
      throw refused("the name of a group should follow", start);
    }
    at = end + 1;
    java.append('(');
    opened++;
    if (!groups.known) {
      groups.names.computeIfAbsent(name, unused -> new ArrayList<>()).add(opened);
    }
  }

  private boolean readModifiers(int start) {
    int end = at + 2;
    while (end < source.length() && ":)".indexOf(source.charAt(end)) < 0) {
      end++;
    }
    if (end == source.length()) {
      throw refused("the group that begins here is none that Perl knows", start);
    }
    modifiers = modifiers.changedBy(source, at + 2, end, unicode);
    at = end + 1;
    boolean group = source.charAt(end) == ':';
    java.append("(?").append(modifiers.inJava()).append(group ? ':' : ')');
    quantifiable = false;
    return group;
  }

  private void closeGroup() {
    if (open.isEmpty()) {
      throw refused("no group is open that this could close", at);
    }
    modifiers = open.pop().before();
    at++;
    atom(")");
  }

  private void readClass() {
    int start = at;
    at++;
    boolean negated = source.startsWith("^", at);
    at += negated ? 1 : 0;
    BitSet members = new BitSet();
    int firstAt = at;
    while (true) {
      if (at >= source.length()) {
        throw refused("the class that begins here has no ]", start);
      }
      if (modifiers.extended() == 2 && (source.charAt(at) == ' ' || source.charAt(at) == '\t')) {
        firstAt += at == firstAt ? 1 : 0;
        at++;
        continue;
      }
      if (source.charAt(at) == ']' && at > firstAt) {
        at++;
        break;
      }
      readMember(members, start);
    }
    atom(inJava(members, negated));
  }

  private void readMember(BitSet members, int start) {
    if (isSet()) {
      members.or(readClassSet());
      return;
    }
    int from = readClassCharacter(start);
    skipClassBlanks();
    boolean range =
        source.startsWith("-", at) && at + 1 < source.length() && source.charAt(at + 1) != ']';
    int dash = at;
    if (range) {
      at++;
      skipClassBlanks();
      range = at < source.length() && source.charAt(at) != ']' && !isSet();
    }
    if (!range) {
      // The dash is a member of its own, and is read next.
      at = dash;
      members.set(from);
      return;
    }
    int to = readClassCharacter(start);
    if (to < from) {
      throw refused("a range should go upwards", dash);
    }
    members.set(from, to + 1);
  }

  private void skipClassBlanks() {
    while (modifiers.extended() == 2
        && at < source.length()
        && (source.charAt(at) == ' ' || source.charAt(at) == '\t')) {
      at++;
    }
  }

  /** Whether a class within the class stands here, which is no end of a range. */
  private boolean isSet() {
    if (source.charAt(at) == '[') {
      return posixEnd() > 0;
    }
    return source.charAt(at) == '\\'
        && at + 1 < source.length()
        && "dDsSwWhHvVpP".indexOf(source.charAt(at + 1)) >= 0;
  }

  private BitSet readClassSet() {
    if (source.charAt(at) == '\\') {
      return readSet();
    }
    int start = at;
    int end = posixEnd();
    boolean negated = source.startsWith("^", at + 2);
    String name = source.substring(negated ? at + 3 : at + 2, end);
    if (source.charAt(at + 1) != ':') {
      throw refused("Perl keeps this for later", start);
    }
    at = end + 2;
    BitSet set =
        PerlBytes.posix(name, modifiers.unicodeClasses(), modifiers.ignoreCase())
            .orElseThrow(() -> refused("there is no POSIX class [:" + name + ":]", start));
    return negated ? PerlBytes.opposite(set) : set;
  }

  /**
   * Where the name that {@code [:}, {@code [.} or {@code [=} begins ends; -1 for a mere bracket.
   */
  private int posixEnd() {
    if (at + 1 >= source.length() || ":.=".indexOf(source.charAt(at + 1)) < 0) {
      return -1;
    }
    int end = source.startsWith("^", at + 2) ? at + 3 : at + 2;
    while (end < source.length() && Character.isLetter(source.charAt(end))) {
      end++;
    }
    return source.startsWith(source.charAt(at + 1) + "]", end) ? end : -1;
  }

  private int readClassCharacter(int start) {
    if (source.charAt(at) != '\\') {
      return source.charAt(at++);
    }
    if (at + 1 >= source.length()) {
      throw refused("the class that begins here has no ]", start);
    }
    char c = source.charAt(at + 1);
    if (c == 'b') {
      at += 2;
      return '\b';
    }
    if (c == 'N' && !source.startsWith("{", at + 2)) {
      throw refused("\\N can't stand in a class", at);
    }
    int character = readCharacter();
    needsUnicode |= character > 0xff;
    return character;
  }

  private static String inJava(BitSet members, boolean negated) {
    if (members.isEmpty()) {
      return negated ? "(?s:.)" : "(?!)";
    }
    StringBuilder result = new StringBuilder(negated ? "[^" : "[");
    for (int from = members.nextSetBit(0); from >= 0; ) {
      int to = members.nextClearBit(from) - 1;
      result.append(hex(from));
      if (to > from) {
        result.append('-').append(hex(to));
      }
      from = members.nextSetBit(to + 1);
    }
    return result.append(']').toString();
  }

  private PatternSyntaxException unsupported(String what, int where) {
    return refused(what + " is not supported here, though Perl has it", where);
  }

  private PatternSyntaxException refused(String why, int where) {
    return new PatternSyntaxException(why, source, where);
  }
}
