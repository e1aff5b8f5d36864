package org.jlvs.testbed.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class ScenarioGeneratorTest {
  private static List<Scenario> scenarios() {
    return LongStream.rangeClosed(1, 300).mapToObj(ScenarioGenerator::generate).toList();
  }

  private static <T extends Step> List<T> steps(Class<T> kind) {
    return scenarios().stream()
        .flatMap(scenario -> scenario.steps().stream())
        .filter(kind::isInstance)
        .map(kind::cast)
        .toList();
  }

  @Test
  void aSeedAlwaysMakesTheSameScenario() {
    assertThat(scenarios().equals(scenarios())).isTrue();
  }

  @Test
  void scenariosUseAllThatThereIs() {
    List<String> commands = steps(Step.Command.class).stream().map(Step.Command::line).toList();

    for (String scheduler : "rr wrr lc wlc sed nq fo ovf dh sh mh lblc lblcr".split(" ")) {
      assertThat(commands).anyMatch(line -> line.contains("-s " + scheduler));
    }
    for (String word :
        "-t -u -f -p -M -o -g -m -i -x -y -e -E -d -D -Z -C --set -6 -Lnc gre gue".split(" ")) {
      assertThat(commands).anyMatch(line -> (line + " ").contains(word + " "));
    }
    assertThat(commands).anyMatch(line -> line.startsWith("iptables-legacy"));
    assertThat(commands).anyMatch(line -> line.startsWith("ip6tables-legacy"));
    assertThat(steps(Step.Frame.class)).hasSizeGreaterThan(1000);
    assertThat(steps(Step.Answer.class)).hasSizeGreaterThan(500);
    assertThat(steps(Step.Sleep.class)).hasSizeGreaterThan(100);
  }

  @Test
  void scenariosAreFair() {
    assertThat(scenarios())
        .filteredOn(scenario -> !Timeline.isFair(scenario.steps()))
        .extracting(Scenario::name)
        .isEmpty();
  }

  @Test
  void anAnswerGoesWithTheFrameItFollows() {
    List<Step> steps =
        List.of(
            new Step.Frame(1, "c0", "00"),
            new Step.Frame(2, "c0", "01"),
            new Step.Answer(3, "r0", 2, Map.of("rs1", "02")));
    Scenario whole = new Scenario("whole", "", steps);

    assertThat(whole.with(steps.subList(1, 3)).lines())
        .containsExactly(
            "{\"t\":\"meta\",\"name\":\"whole\",\"note\":\"\",\"sysctl\":[],\"setup\":[]}",
            "{\"t\":\"frame\",\"in\":\"c0\",\"hex\":\"01\"}",
            "{\"t\":\"frame\",\"in\":\"r0\",\"follows\":1,\"choices\":{\"rs1\":\"02\"}}");
    assertThat(whole.with(List.of(steps.get(0), steps.get(2))).lines()).hasSize(2);
  }
}
