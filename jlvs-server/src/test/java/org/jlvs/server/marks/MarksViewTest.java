package org.jlvs.server.marks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.mark.HostFacts;
import org.jlvs.core.mark.IptablesSave;
import org.jlvs.core.mark.MarkRuleSet;
import org.jlvs.core.mark.OwnRules;
import org.jlvs.core.mark.RuleTable;
import org.jlvs.core.net.Family;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class MarksViewTest {
  private static MarksView view() throws Exception {
    List<RuleTable> tables =
        new ArrayList<>(
            IptablesSave.parse(
                """
                *mangle
                :PREROUTING ACCEPT [0:0]
                -A PREROUTING -p tcp -m tcp --dport 80 -j MARK --set-xmark 0xa/0xffffffff
                -A PREROUTING -p tcp -j MARK --set-xmark 0x10/0xf0
                -A PREROUTING -m limit --limit 5/sec -j MARK --set-xmark 0xb/0xffffffff
                COMMIT
                """,
                Family.IPV4));
    OwnRules own = new OwnRules();
    own.add(Family.IPV6, List.of("-p", "tcp", "--set-mark", "10"), Optional.empty());
    tables.addAll(own.tables());
    return MarksView.of(
        new MarkRuleSet(tables, HostFacts.NONE),
        List.of(
            new ServiceKey.Mark(10, Family.IPV4),
            new ServiceKey.Mark(10, Family.IPV6),
            new ServiceKey.Mark(0x1b, Family.IPV4),
            new ServiceKey.Mark(11, Family.IPV4)),
        List.of("nft is not well"));
  }

  @Test
  void showsRulesUnderTheirChainsWithTheServicesThatGoByThem() throws Exception {
    assertThat(view().text(false))
        .isEqualTo(
            """
                  Hits Rule
            ip mangle PREROUTING:
                     0 -p tcp -m tcp --dport 80 -j MARK --set-xmark 0xa/0xffffffff
                       used by -f 10
                     0 -p tcp -j MARK --set-xmark 0x10/0xf0
                       used by -f 27
                     0 -m limit --limit 5/sec -j MARK --set-xmark 0xb/0xffffffff
                       not evaluated: match `limit' can't be evaluated by the director
            ip6 jlvs (jlvs mark):
                     0 -p tcp -j MARK --set-xmark 0xa/0xffffffff
                       used by -f 10 -6
            service -f 11: no rule gives its mark
            problem: nft is not well
            """);
  }

  @Test
  void coloursAddNothingElse() throws Exception {
    assertThat(view().text(true)).contains("\u001b[31mnot evaluated: ");
    assertThat(view().text(true).replaceAll("\u001b\\[[0-9]+m", "")).isEqualTo(view().text(false));
  }

  @Test
  void givesScriptsTheSame() throws Exception {
    JsonNode all = JsonMapper.shared().readTree(view().json());
    assertThat(all.path("rules").size()).isEqualTo(4);
    assertThat(all.path("rules").path(0).toString())
        .isEqualTo(
            "{\"table\":\"ip mangle\",\"chain\":\"PREROUTING\",\"number\":1,\"own\":false,"
                + "\"rule\":\"-p tcp -m tcp --dport 80 -j MARK --set-xmark 0xa/0xffffffff\","
                + "\"hits\":0,\"services\":[\"-f 10\"]}");
    assertThat(all.path("rules").path(3).path("own").asBoolean()).isTrue();
    assertThat(all.path("servicesWithoutRule").toString()).isEqualTo("[\"-f 11\"]");
    assertThat(all.path("problems").toString()).isEqualTo("[\"nft is not well\"]");
  }
}
