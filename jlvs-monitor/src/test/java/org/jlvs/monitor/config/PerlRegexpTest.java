package org.jlvs.monitor.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class PerlRegexpTest {

  // Expected results as perl 5.36 gives them.
  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "Test Page ~ <h1>Test Page</h1> ~ true",
        "Test Page ~ test page ~ false",
        "(?i)test page ~ a TEST PAGE ~ true",
        "{\"status\":\"ok\"} ~ {\"status\":\"ok\"} ~ true",
        "{\"a\":{\"b\":1}} ~ {\"a\":{\"b\":1}} ~ true",
        "a{2} ~ xaay ~ true",
        "a{2,} ~ xay ~ false",
        "^a{,2}b ~ aab ~ true",
        "^a{,2}b ~ a{,2}b ~ false",
        "x{2,3}{ ~ xxx{ ~ true",
        "[[:digit:]]+ ok ~ 17 ok ~ true",
        "[^[:space:]]x ~ ax ~ true",
        "[[:word:]-]+! ~ a-b! ~ true",
        "[a[]b ~ [b ~ true",
        "[a&&b]c ~ &c ~ true",
        "[]x]y ~ ]y ~ true",
        "[^]x]y ~ ]y ~ false",
        "\\Qa.b\\E. ~ a.bc ~ false",
        "\\Qa.b\\E. ~ Qa.bEc ~ true",
        "\\u0041 ~ u0041 ~ true",
        "[\\j]x ~ jx ~ true",
        "a\\Nb ~ a-b ~ true",
        "[\\b]x ~ x ~ false",
        "\\{x\\} ~ {x} ~ true",
        "\\x{41} ~ A ~ true",
        "^OK$ ~ OK ~ true",
        "(a|b)\\1 ~ bb ~ true",
        "(?<q>a)\\k<q> ~ aa ~ true",
        "(?<q>a)\\k{q} ~ aa ~ true",
        "\\d+\\.\\d+ ~ v1.20 ~ true",
        "up|ready ~ it is ready ~ true"
      })
  void meansWhatItMeansInPerl(String regexp, String text, boolean matches) {
    assertThat(PerlRegexp.of(regexp).pattern().matcher(text).find()).isEqualTo(matches);
  }

  @Test
  void aDollarStandsBeforeTheLastNewlineOnlyAndADotForACarriageReturnToo() {
    assertThat(PerlRegexp.of("OK$").pattern().matcher("OK\n").find()).isTrue();
    assertThat(PerlRegexp.of("OK$").pattern().matcher("OK\r").find()).isFalse();
    assertThat(PerlRegexp.of("a.b").pattern().matcher("a\rb").find()).isTrue();
    assertThat(PerlRegexp.of("a.b").pattern().matcher("a\nb").find()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "(",
        "a)",
        "[a",
        "*",
        "a**b",
        "(?R)",
        "(?1)",
        "(?(1)a|b)",
        "(?{ 1 })",
        "(*FAIL)",
        "a\\Kb",
        "\\bb\\b{wb}",
        "(?|(a)|(b))",
        "\\N{SPACE}",
        "\\p{Greek}",
        "(?<n>a)|(?<n>b)\\k<n>",
        "(?l)a",
        "a{70000}",
        "[[:nope:]]",
        "a{3,2}",
        "\\"
      })
  void refusesWhatIsNoneOrCannotBeHad(String regexp) {
    assertThatThrownBy(() -> PerlRegexp.of(regexp)).isInstanceOf(PatternSyntaxException.class);
  }

  @Test
  void meansOrRefusesWhatPerlWasRecordedToMeanOrRefuse() {
    List<String> texts = RegexpCorpus.texts();
    assertThat(RegexpCorpus.lines("perl-regexps.tsv"))
        .hasSizeGreaterThan(150)
        .allSatisfy(row -> assertThat(RegexpCorpus.difference(row, texts)).isEmpty());
  }

  @ParameterizedTest
  @CsvSource({
    "ok \\b{wb}, 3, \\b{...} is not supported here",
    "(?i)a(?R), 5, a group (?R is not supported here",
    "a\\Kb, 1, \\K is not supported here",
    "\\p{Greek}, 0, this property is not supported here",
    "a{3;2}, 1, {3;2} never matches: the first number is the larger one",
    "ab**, 3, what is repeated already"
  })
  void saysWhereTheTroubleIs(String regexp, int where, String why) {
    assertThatThrownBy(() -> PerlRegexp.of(regexp.replace(';', ',')))
        .isInstanceOfSatisfying(
            PatternSyntaxException.class,
            e -> {
              assertThat(e.getIndex()).isEqualTo(where);
              assertThat(e.getDescription()).startsWith(why.replace(';', ','));
            });
  }

  @Test
  void refusesGroupsNestedSoDeepThatJavasParserWouldRunOutOfStack() {
    assertThatThrownBy(() -> PerlRegexp.of("(".repeat(100_000)))
        .isInstanceOf(PatternSyntaxException.class);
    assertThat(PerlRegexp.of("(".repeat(150) + "a" + ")".repeat(150)).pattern().matcher("a").find())
        .isTrue();
  }
}
