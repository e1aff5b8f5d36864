package org.jlvs.xdp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.net.PacketBuilder.eth;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.linux.bpf.XdpAction;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which packets of no connection the program sends up, by each combination of an interest. */
@Tag("system")
class InterestProgramTest {
  private static final String VIP = "10.1.0.1";
  private static final String ANY = "0.0.0.0";
  private static final int TCP = 6;
  private static final int UDP = 17;

  private static final PacketBuilder HTTP = eth().ipv4("10.0.0.1", VIP).tcp(40000, 80).syn();
  private static final PacketBuilder HTTPS = HTTP.but().destinationPort(443);
  private static final PacketBuilder DNS = eth().ipv4("10.0.0.1", VIP).udp(40000, 80);
  private static final PacketBuilder ELSEWHERE = HTTP.but().destination("10.1.0.2");
  private static final PacketBuilder DNS_ELSEWHERE = DNS.but().destination("10.1.0.2");
  private static final PacketBuilder PIECE = HTTP.but().fragment(0, true);

  @AutoClose private static DirectorFixture director;

  record Combination(
      String description, String address, int protocol, int port, List<PacketBuilder> wanted) {
    @Override
    public String toString() {
      return description;
    }
  }

  static List<Combination> combinations() {
    return List.of(
        new Combination("endpoint", VIP, TCP, 80, List.of(HTTP)),
        new Combination("address and protocol", VIP, TCP, 0, List.of(HTTP, HTTPS)),
        new Combination("address", VIP, 0, 0, List.of(HTTP, HTTPS, DNS)),
        new Combination("port", ANY, TCP, 80, List.of(HTTP, ELSEWHERE)),
        new Combination("protocol", ANY, UDP, 0, List.of(DNS, DNS_ELSEWHERE)),
        new Combination("all", ANY, 0, 0, List.of(HTTP, HTTPS, DNS, ELSEWHERE, DNS_ELSEWHERE)));
  }

  @BeforeAll
  static void load() throws IOException {
    director = new DirectorFixture();
  }

  @BeforeEach
  void clear() throws IOException {
    director.clear();
    director.listening(true);
  }

  @ParameterizedTest
  @MethodSource("combinations")
  void sendsUpWhatTheCombinationCovers(Combination combination) throws IOException {
    director.interest(
        combination.address(),
        combination.protocol(),
        combination.port(),
        DirectorLayout.INTEREST_UNMATCHED);

    List<PacketBuilder> sentUp = new ArrayList<>();
    for (PacketBuilder packet : List.of(HTTP, HTTPS, DNS, ELSEWHERE, DNS_ELSEWHERE, PIECE)) {
      if (director.run(packet).verdict() == XdpAction.REDIRECT) {
        sentUp.add(packet);
      }
    }

    assertThat(sentUp).containsExactlyElementsOf(combination.wanted());
  }

  @Test
  void interestsAddUp() throws IOException {
    director.interest(VIP, TCP, 80, DirectorLayout.INTEREST_RETRY);
    director.interest(ANY, TCP, 0, DirectorLayout.INTEREST_UNMATCHED);
    director.listening(false);

    assertThat(director.run(HTTP).verdict()).isEqualTo(XdpAction.DROP);
    assertThat(director.run(HTTPS).verdict()).isEqualTo(XdpAction.PASS);
  }

  @Test
  void oddPacketsAreWantedByAddressInEitherDirection() throws IOException {
    director.interest(VIP, 0, 0, DirectorLayout.INTEREST_ODD_TO);
    director.interest("10.2.0.1", 0, 0, DirectorLayout.INTEREST_ODD_FROM);

    assertThat(director.run(PIECE).verdict()).isEqualTo(XdpAction.REDIRECT);
    assertThat(director.run(PIECE.but().source(VIP).destination("10.0.0.1")).verdict())
        .isEqualTo(XdpAction.PASS);
    assertThat(director.run(PIECE.but().ipv4("10.2.0.1", "10.0.0.1")).verdict())
        .isEqualTo(XdpAction.REDIRECT);
    assertThat(director.run(PIECE.but().ipv4("10.0.0.1", "10.2.0.1")).verdict())
        .isEqualTo(XdpAction.PASS);
    assertThat(director.run(HTTP).verdict()).as("whole packets").isEqualTo(XdpAction.PASS);
  }

  @Test
  void oddPacketsToAnyAddressCanBeWanted() throws IOException {
    director.interest(ANY, 0, 0, DirectorLayout.INTEREST_ODD_TO);

    assertThat(director.run(PIECE).verdict()).isEqualTo(XdpAction.REDIRECT);
    assertThat(director.run(HTTP).verdict()).isEqualTo(XdpAction.PASS);
  }

  @Test
  void withoutInterestsEverythingIsTheHosts() throws IOException {
    for (PacketBuilder packet : List.of(HTTP, HTTPS, DNS, ELSEWHERE, DNS_ELSEWHERE, PIECE)) {
      assertThat(director.run(packet).verdict()).isEqualTo(XdpAction.PASS);
    }
  }
}
