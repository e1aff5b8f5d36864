package org.jlvs.testbed.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestReportTest {
  private final TestReport report = new TestReport();

  @Test
  void passedFailedAndSkippedTestsAreCountedAndExplained() throws Exception {
    add(
        """
        <testsuite name="org.x.OneTest" tests="4" failures="1" errors="1" skipped="1">
          <testcase name="works" classname="org.x.OneTest" time="0.1"><system-out>hello</system-out></testcase>
          <testcase name="differs" classname="org.x.OneTest"><failure message="m" type="T">expected 1
        but was 2</failure></testcase>
          <testcase name="throws" classname="org.x.OneTest"><error type="T">java.io.IOException: gone</error></testcase>
          <testcase name="needsRoot" classname="org.x.OneTest"><skipped message="needs root"/></testcase>
        </testsuite>
        """);

    assertThat(report.allPassed()).isFalse();
    assertThat(printed())
        .isEqualTo(
            """

            Skipped, and why:
              needs root: OneTest.needsRoot

            Failed:
              OneTest.differs
                  expected 1
                  but was 2
              OneTest.throws
                  java.io.IOException: gone

            1 passed, 2 failed, 1 skipped
            """);
  }

  @Test
  void skipsOfOneReasonAreOneLine() throws Exception {
    add(
        """
        <testsuite>
          <testcase name="a" classname="T"/>
          <testcase name="b" classname="T"><skipped message="needs root"/></testcase>
          <testcase name="c" classname="T"><skipped message="needs root"/></testcase>
          <testcase name="d" classname="T"><skipped message="needs root"/></testcase>
          <testcase name="e" classname="T"><skipped message="needs root"/></testcase>
          <testcase name="f" classname="T"><skipped/></testcase>
        </testsuite>
        """);

    assertThat(report.allPassed()).isTrue();
    assertThat(printed())
        .isEqualTo(
            """

            Skipped, and why:
              needs root: 4 tests, such as T.b
              no reason given: T.f

            1 passed, 0 failed, 5 skipped
            """);
  }

  @Test
  void aBrokenBuildIsAFailureEvenWhenAllTestsThatRanPassed() throws Exception {
    add("<testsuite><testcase name='a' classname='T'/></testsuite>");
    report.addStep("format", 0, List.of());
    report.addStep("build", 1, List.of("[INFO] fine", "[ERROR] Foo.java:[3,4] cannot find symbol"));

    assertThat(report.allPassed()).isFalse();
    assertThat(printed())
        .isEqualTo(
            """

            Failed:
              build
                  ended with status 1; its output says:
                  [ERROR] Foo.java:[3,4] cannot find symbol

            1 passed, 1 failed
            """);
  }

  @Test
  void noTestAtAllIsAFailure() {
    assertThat(report.allPassed()).isFalse();
    assertThat(printed()).endsWith("\n0 passed, 1 failed\n");
  }

  @Test
  void aReportCutShortByACrashIsAFailure(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("TEST-a.xml"), "<testsuite><testcase name='a' class");

    report.addFolder(folder);
    report.addFolder(folder.resolve("missing"));

    assertThat(report.allPassed()).isFalse();
    assertThat(printed())
        .contains("TEST-a.xml\n      unreadable: ")
        .endsWith("0 passed, 1 failed\n");
  }

  private void add(String xml) throws Exception {
    report.addReport(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
  }

  private String printed() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    report.print(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
