package org.jlvs.monitor.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Asks perl, where it is installed, about the recorded expressions and about random ones. */
@Tag("system")
final class LiveRegexpTest {
  private static final Path PERL = Path.of("/usr/bin/perl");

  private static final int COUNT = Integer.getInteger("jlvs.regexps", 5000);
  private static final long SEED = Long.getLong("jlvs.seed", 1);

  /** Without variable look-behind and references to a repeated group, where perls differ. */
  private static final String[] PIECES = {
    "a",
    "b",
    "A",
    "B",
    "8",
    "1",
    " ",
    "#",
    "_",
    "-",
    "]",
    "}",
    "{",
    "{a}",
    ".",
    "^",
    "$",
    "|",
    "*",
    "+",
    "?",
    "{2}",
    "{,2}",
    "{1,}",
    "{ 1, 2 }",
    "{2,1}",
    "{,}",
    "(",
    ")",
    "(a)",
    "(b|)",
    "(?:",
    "(?i)",
    "(?i:",
    "(?-i:",
    "(?^:",
    "(?^i:",
    "(?x)",
    "(?xx)",
    "(?n)",
    "(?s)",
    "(?m)",
    "(?u)",
    "(?a)",
    "(?aa)",
    "(?d)",
    "(?u:",
    "(?a:",
    "(?ix-m:",
    "(?p)",
    "(?ud)",
    "(?#c)",
    "(?=",
    "(?!",
    "(?<=a)",
    "(?<!b)",
    "(?>",
    "(?<n>",
    "\\k<n>",
    "\\k{n}",
    "\\g1",
    "\\g{-1}",
    "\\1",
    "\\2",
    "\\8",
    "\\0",
    "\\08",
    "\\12",
    "\\101",
    "\\o{101}",
    "\\x41",
    "\\x{e9}",
    "\\x",
    "\\ca",
    "\\c[",
    "\\d",
    "\\D",
    "\\s",
    "\\S",
    "\\w",
    "\\W",
    "\\h",
    "\\H",
    "\\v",
    "\\V",
    "\\R",
    "\\N",
    "\\b",
    "\\B",
    "\\A",
    "\\z",
    "\\Z",
    "\\G",
    "\\Q",
    "\\E",
    "\\i",
    "\\_",
    "\\-",
    "\\{",
    "\\}",
    "\\n",
    "\\r",
    "\\t",
    "\\e",
    "\\p{Alpha}",
    "\\P{Lu}",
    "\\pL",
    "\\p{^Lower}",
    "\\p{PosixAlpha}",
    "\\p{Word}",
    "\\p{Punct}",
    "\\p{XPosixPunct}",
    "\\N{U+41}",
    "[a-b]",
    "[^a]",
    "[]a]",
    "[^]a]",
    "[a-\\d]",
    "[\\w-z]",
    "[[:alpha:]]",
    "[^[:upper:]b]",
    "[[:^lower:]]",
    "[[:punct:]]",
    "[[:nope:]]",
    "[a b]",
    "[a-]",
    "[-a]",
    "[\\101]",
    "[\\8]",
    "[\\b]",
    "[a&&b]",
    "[[a]",
    "[\\x{41}-\\x{42}]",
    "[\\N]",
    "[\\R]",
    "[b-a]",
    "[",
    "[[=a=]]",
    "\u00e9",
    "\u00c9",
    "\u00b5",
    "[\u00c0-\u00df]",
    "\u00df"
  };

  @TempDir Path directory;

  @Test
  void perlSaysWhatWasRecorded() throws Exception {
    List<String> recorded = RegexpCorpus.lines("perl-regexps.tsv");
    List<String> expressions =
        recorded.stream().map(row -> row.substring(0, row.lastIndexOf('\t'))).toList();

    assertThat(perl(expressions)).isEqualTo(recorded);
  }

  @Test
  void randomExpressionsMeanWhatTheyMeanToPerl() throws Exception {
    Random random = new Random(SEED);
    List<String> expressions =
        Stream.generate(() -> expression(random)).limit(COUNT).distinct().toList();
    List<String> texts = RegexpCorpus.texts();
    List<String> differences = new ArrayList<>();
    for (String answered : perl(expressions)) {
      String difference = RegexpCorpus.difference(answered, texts);
      if (!difference.isEmpty()) {
        differences.add(difference);
      }
    }
    assertThat(differences).as("with jlvs.seed %d", SEED).isEmpty();
  }

  private static String expression(Random random) {
    StringBuilder expression = new StringBuilder();
    for (int i = 1 + random.nextInt(6); i > 0; i--) {
      expression.append(PIECES[random.nextInt(PIECES.length)]);
    }
    // Groups mostly close, or nearly all would be refused.
    long opened = expression.chars().filter(c -> c == '(').count();
    long closed = expression.chars().filter(c -> c == ')').count();
    return expression
        + (random.nextInt(20) == 0 ? "" : ")".repeat((int) Math.max(0, opened - closed)));
  }

  private List<String> perl(List<String> expressions) throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(PERL), () -> PERL + " is not installed");
    for (String name : List.of("regexps.pl", "perl-texts.hex")) {
      try (InputStream resource = LiveRegexpTest.class.getResourceAsStream(name)) {
        Files.write(directory.resolve(name), Objects.requireNonNull(resource).readAllBytes());
      }
    }
    Path in = directory.resolve("expressions");
    Path out = directory.resolve("answers");
    Files.write(in, expressions, StandardCharsets.ISO_8859_1);
    Process process =
        new ProcessBuilder(PERL.toString(), "regexps.pl", "perl-texts.hex")
            .directory(directory.toFile())
            .redirectInput(in.toFile())
            .redirectOutput(out.toFile())
            .redirectError(directory.resolve("errors").toFile())
            .start();
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return Files.readAllLines(out, StandardCharsets.ISO_8859_1);
  }
}
