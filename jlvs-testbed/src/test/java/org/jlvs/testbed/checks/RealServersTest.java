package org.jlvs.testbed.checks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.jlvs.monitor.check.Outcome;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each protocol's check against the servers that speak it. */
@Tag("system")
@Timeout(180)
class RealServersTest {
  static Stream<RealServer> servers() {
    return Stream.of(
        WebServers.nginx(),
        WebServers.squid(),
        DatabaseServers.mariadb(),
        DatabaseServers.postgresql(),
        MailServers.dovecot(),
        MailServers.exim(),
        NewsServers.inn(),
        DirectoryServers.slapd(),
        DirectoryServers.bind(),
        DirectoryServers.freeradius(),
        DirectoryServers.kamailio(),
        DirectoryServers.vsftpd());
  }

  @ParameterizedTest
  @MethodSource("servers")
  void aServerIsJudgedByItsAnswersAndByItsSilence(RealServer server) throws Exception {
    try (CheckLab lab = CheckLab.start(server)) {
      CheckCase good = server.cases().getFirst();
      lab.await(good, true);

      SoftAssertions softly = new SoftAssertions();
      for (CheckCase checked : server.cases()) {
        Outcome outcome = lab.check(checked, "negotiatetimeout=10");
        softly.assertThat(outcome.up()).as("%s: %s", checked, outcome).isEqualTo(checked.up());
        softly.assertThat(outcome.reason()).as("%s", checked).contains(checked.reason());
      }
      compareWithOriginal(lab, server, softly);

      lab.signal("STOP");
      softly
          .assertThat(lab.check(good, "negotiatetimeout=1"))
          .as("a silent %s", server)
          .isEqualTo(Outcome.down("no complete answer within 1 s"));
      lab.signal("CONT");
      lab.await(good, true);

      lab.kill();
      Outcome refused = lab.check(good, "negotiatetimeout=2");
      softly.assertThat(refused.up()).as("%s is gone: %s", server, refused).isFalse();
      softly.assertThat(refused.reason()).as("%s is gone", server).containsPattern(server.gone());
      lab.restart();
      lab.await(good, true);
      softly.assertAll();
    }
  }

  private static void compareWithOriginal(CheckLab lab, RealServer server, SoftAssertions softly)
      throws Exception {
    if (!Files.isExecutable(OriginalChecks.PROGRAM)) {
      return;
    }
    List<CheckCase> cases = new ArrayList<>();
    for (CheckCase checked : server.cases()) {
      if (checked.original() != CheckCase.Original.CANNOT_TELL) {
        cases.add(checked);
      }
    }
    List<Boolean> verdicts = lab.askOriginal(cases);
    assertThat(verdicts).hasSameSizeAs(cases);
    for (int i = 0; i < cases.size(); i++) {
      softly
          .assertThat(verdicts.get(i))
          .as("the original's verdict on %s", cases.get(i))
          .isEqualTo(cases.get(i).original() == CheckCase.Original.SAYS_UP);
    }
  }
}
