package org.jlvs.monitor.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class WeightDirectivesTest {
  private static Configuration parse(String text) throws ConfigurationException {
    return ConfigurationParser.parse(text, new TestNames());
  }

  private static String section(String... lines) {
    return "virtual=10.0.0.100:80\n\treal=10.0.0.1 masq 100\n\t"
        + String.join("\n\t", lines)
        + "\n";
  }

  private static VirtualServer with(String... lines) throws ConfigurationException {
    return parse(section(lines)).virtualServers().getFirst();
  }

  @Test
  void nobodyIsAskedUnlessItIsSaid() throws ConfigurationException {
    VirtualServer virtual = with("checkinterval=7", "checktimeout=4");
    assertThat(virtual.weights())
        .isEqualTo(
            new WeightSettings(
                new WeightSource.None(), Duration.ofSeconds(7), Duration.ofSeconds(4), 5, 3));
    assertThat(virtual.passive())
        .isEqualTo(new PassiveSettings(false, 5, 1, Duration.ofSeconds(10), Duration.ZERO));
  }

  @Test
  void aSectionsSettingsGoBeforeTheGlobalOnes() throws ConfigurationException {
    Configuration configuration =
        parse(
            "weightagent=8081\nweightinterval=2\nweightstep=10\npassivehealth=yes\n"
                + "passivefailures=3\npassivewindow=20\npassivedowntime=60\npassiveclients=2\n"
                + section("weightcommand=/bin/weight -v", "weightkeep=9", "weighttimeout=1")
                + "\nvirtual=10.0.0.100:81\n\tweightagent=none\n\tpassivehealth=no\n");
    assertThat(configuration.virtualServers().getFirst().weights())
        .isEqualTo(
            new WeightSettings(
                new WeightSource.Command("/bin/weight -v"),
                Duration.ofSeconds(2),
                Duration.ofSeconds(1),
                10,
                9));
    assertThat(configuration.virtualServers().getFirst().passive())
        .isEqualTo(new PassiveSettings(true, 3, 2, Duration.ofSeconds(20), Duration.ofSeconds(60)));
    assertThat(configuration.virtualServers().get(1).weights().isOn()).isFalse();
    assertThat(configuration.virtualServers().get(1).passive().on()).isFalse();
  }

  @Test
  void agentsAreNamedByPortAndPath() throws ConfigurationException {
    assertThat(with("weightagent=8081").weights().source()).isEqualTo(new WeightSource.Tcp(8081));
    assertThat(with("weightagent=tcp:8081").weights().source())
        .isEqualTo(new WeightSource.Tcp(8081));
    assertThat(with("weightagent=http:8081/load?of=me").weights().source())
        .isEqualTo(new WeightSource.Page(false, 8081, "/load?of=me"));
    assertThat(with("weightagent=https:443").weights().source())
        .isEqualTo(new WeightSource.Page(true, 443, "/"));
    assertThat(with("weightheader=X-Load").weights().source())
        .isEqualTo(new WeightSource.Header("x-load"));
    assertThat(with("weightpattern=\"load (\\d+)\"").weights().source())
        .isEqualTo(new WeightSource.Group(PerlRegexp.of("load (\\d+)")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "weightagent=",
        "weightagent=0",
        "weightagent=65536",
        "weightagent=udp:53",
        "weightagent=80/load",
        "weightagent=http:/load",
        "weightagent=http:80/a%zz",
        "weightcommand=",
        "weightheader=",
        "weightheader=X:Load",
        "weightpattern=load (\\d+)",
        "weightpattern=\"load\"",
        "weightpattern=\"load (\"",
        "weightinterval=0",
        "weighttimeout=soon",
        "weightstep=0",
        "weightstep=101",
        "weightkeep=0",
        "passivehealth=true",
        "passivefailures=0",
        "passiveclients=0",
        "passiveclients=9",
        "passivewindow=0",
        "passivewindow=3601",
        "passivedowntime=-1",
      })
  void whatCannotBeMeantIsRefusedAtBothPlaces(String line) {
    for (String text : List.of(line + "\n", section(line))) {
      ConfigurationException refused =
          catchThrowableOfType(ConfigurationException.class, () -> parse(text));
      assertThat(refused).as(line).isNotNull();
      assertThat(refused.problems()).hasSize(1);
      assertThat(refused.problems().getFirst().toString()).contains(line.split("=")[0]);
    }
  }

  @Test
  void onlyOneSourceCanTellTheWeight() {
    ConfigurationException refused =
        catchThrowableOfType(
            ConfigurationException.class,
            () -> parse(section("weightagent=8081", "weightheader=X-Load")));
    assertThat(refused.problems().getFirst().toString())
        .contains("weightheader=X-Load: expected no other source of weights beside weightagent=");
  }

  @ParameterizedTest
  @CsvSource({
    "checktype=connect, weightheader=X-Load, true",
    "service=smtp, weightheader=X-Load, true",
    "service=simpletcp, weightheader=X-Load, true",
    "service=simpletcp, weightpattern=\"(.)\", false",
    "service=ldap, weightpattern=\"(.)\", true",
    "checktype=3, weightpattern=\"(.)\", false",
    "checktype=ping, weightagent=8081, false",
  })
  void aSourceInAnAnswerThatNobodyReadsIsWarnedOf(String check, String source, boolean warned)
      throws ConfigurationException {
    assertThat(!parse(section(check, source)).warnings().isEmpty()).isEqualTo(warned);
  }

  @Test
  void aSmallWeightIsWarnedOfAsPercentagesHaveNoRoomInIt() throws ConfigurationException {
    List<Problem> warnings =
        parse("virtual=10.0.0.100:80\n\treal=10.0.0.1 masq\n\tweightagent=8081\n").warnings();
    assertThat(warnings).hasSize(1);
    assertThat(warnings.getFirst().toString()).contains("weight 1 of real server 10.0.0.1");
  }
}
