package org.jlvs.testbed.differential;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
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
        ("-t -u -f --sctp-service -p -M -o --pe -b -g -m -i -x -y -e -E -d -D -Z -C --set -6 -Ln -Lnc "
                + "--rate gre gue --tun-csum --tun-nocsum --tun-remcsum")
            .split(" ")) {
      assertThat(commands).anyMatch(line -> (line + " ").contains(word + " "));
    }
    assertThat(commands).anyMatch(line -> line.startsWith("iptables-legacy"));
    assertThat(commands).anyMatch(line -> line.startsWith("ip6tables-legacy"));
    for (String change : "-A -I -D".split(" ")) {
      assertThat(commands).anyMatch(line -> line.contains("mangle " + change));
    }
    assertThat(commands).anyMatch(line -> line.startsWith("ip rule add fwmark"));
    for (String method : "-g -m -i".split(" ")) {
      assertThat(commands)
          .anyMatch(line -> line.matches(".* -r 10\\.0\\.0\\.254.* " + method + " .*"));
    }
    assertThat(commands).anyMatch(line -> line.contains(" -r [2001:db8::fe]"));
    for (String device : "eth0 eth1".split(" ")) {
      assertThat(commands).anyMatch(line -> line.startsWith("ip link set " + device + " mtu "));
    }
    for (String port : "6080 6081 5555".split(" ")) {
      assertThat(commands).anyMatch(line -> line.contains("--tun-port " + port));
    }
    assertThat(commands).anyMatch(line -> line.matches("ipvsadm -a .*\\[2001.* -r 10\\..* -i.*"));
    assertThat(commands).anyMatch(line -> line.matches("ipvsadm -a .* 10\\..* -r \\[2001.* -i.*"));
    assertThat(steps(Step.Frame.class)).hasSizeGreaterThan(1000);
    assertThat(steps(Step.Answer.class)).hasSizeGreaterThan(500);
    assertThat(steps(Step.Sleep.class)).hasSizeGreaterThan(100);
  }

  @Test
  void scenariosHaveAllSettingsThatTheKernelFollowsAtOnce() {
    List<String> names =
        steps(Step.Setting.class).stream()
            .map(setting -> setting.key().replaceFirst("net\\.ipv4\\.vs\\.", ""))
            .distinct()
            .toList();

    assertThat(names)
        .contains("conn_reuse_mode", "expire_nodest_conn", "expire_quiescent_template")
        .contains("nat_icmp_send", "pmtu_disc", "schedule_icmp", "sloppy_sctp", "sloppy_tcp")
        .contains("secure_tcp", "cache_bypass", "snat_reroute", "ignore_tunneled")
        .contains("lblc_expiration", "lblcr_expiration", "drop_entry", "drop_packet")
        .contains("am_droprate", "amemthresh");
  }

  /** Of IPv4, without options. */
  private static boolean isPiece(byte[] frame, int protocol) {
    return frame[12] == 8 && frame[23] == protocol && (frame[20] & 0x20) != 0;
  }

  @Test
  void fragmentsAreOfAllProtocolsAndOfServersToo() {
    List<byte[]> clients =
        steps(Step.Frame.class).stream()
            .filter(frame -> frame.wire().equals("c0"))
            .map(frame -> HexFormat.of().parseHex(frame.hex()))
            .toList();
    List<byte[]> servers =
        steps(Step.Answer.class).stream()
            .map(answer -> HexFormat.of().parseHex(answer.choices().values().iterator().next()))
            .toList();

    for (int protocol : new int[] {1, 6, 17, (byte) 132}) {
      assertThat(clients).anyMatch(frame -> isPiece(frame, protocol));
    }
    for (int protocol : new int[] {6, 17, (byte) 132}) {
      assertThat(servers).anyMatch(frame -> isPiece(frame, protocol));
    }
  }

  @Test
  void clientsAreOnTheServersWireToo() {
    for (String client : List.of("0a010008", "20010db8000100000000000000000008")) {
      assertThat(steps(Step.Frame.class))
          .anyMatch(frame -> frame.wire().equals("r0") && frame.hex().contains(client));
    }
  }

  @Test
  void thereAreErrorsAboutTunnelsOfAllKindsAndFamilies() {
    List<String> frames =
        steps(Step.Answer.class).stream()
            .flatMap(answer -> answer.choices().values().stream())
            .toList();

    String ipip = "04";
    String ipv6InIp = "29";
    String gre = "2f";
    String udp = "11";
    for (String quoted : List.of(ipip, ipv6InIp, gre, udp)) {
      String overIpv4 = ".{46}01.{12}0a0100fe.{34}" + quoted + ".{4}0a0100fe.*";
      String overIpv6 = ".{40}3a.{94}" + quoted + "..20010db80001000000000000000000fe.*";
      assertThat(frames).anyMatch(frame -> frame.matches(overIpv4));
      assertThat(frames).anyMatch(frame -> frame.matches(overIpv6));
    }
  }

  @Test
  void everySpecialtyOccurs() {
    assertThat(scenarios().stream().map(Scenario::note).toList())
        .satisfies(
            notes -> {
              for (Specialty specialty : Specialty.values()) {
                String end = specialty == Specialty.NONE ? "\\d" : "\\(" + specialty + "\\)";
                assertThat(notes).anyMatch(note -> note.matches(".*" + end));
              }
            });
  }

  @Test
  void ftpSipAndIpsecTrafficIsThere() {
    List<String> frames =
        steps(Step.Frame.class).stream()
            .map(frame -> new String(HexFormat.of().parseHex(frame.hex()), ISO_8859_1))
            .toList();

    for (String text : List.of("PORT ", "EPRT ", "PASV\r\n", "EPSV", "Call-ID: ", "i: call")) {
      assertThat(frames).anyMatch(frame -> frame.contains(text));
    }
    for (char protocol : new char[] {50, 51}) {
      assertThat(frames).anyMatch(frame -> frame.charAt(23) == protocol);
    }
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
