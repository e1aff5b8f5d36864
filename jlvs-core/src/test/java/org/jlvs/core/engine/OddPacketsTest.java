package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.jlvs.core.engine.TestDirector.CLIENT;
import static org.jlvs.core.engine.TestDirector.VIP;
import static org.jlvs.core.engine.TestDirector.tcp;
import static org.jlvs.core.engine.TestDirector.udp;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.net.PacketBuilder;
import org.junit.jupiter.api.Test;

/** Packets that are not as they should be, or not what they seem. */
class OddPacketsTest {
  private final TestDirector world = new TestDirector();

  private static PacketBuilder syn(int port) {
    return PacketBuilder.ip().ipv4(CLIENT, VIP).tcp(port, 80).syn();
  }

  private static List<String> where(List<TestDirector.Sent> sent) {
    return sent.stream().map(TestDirector.Sent::where).toList();
  }

  @Test
  void aFullTableDropsAndCounts() throws DirectorException {
    TestDirector small = new TestDirector(8);
    small.service(tcp(VIP, 80), ForwardingMethod.DIRECT_ROUTE, 80);
    for (int port = 1; port <= 8; port++) {
      assertThat(small.receive(syn(port))).hasSize(1);
    }
    assertThat(small.receive(syn(9))).isEmpty();
    assertThat(small.engine.counters().tableFull).isEqualTo(1);
    assertThat(small.receive(PacketBuilder.ip().ipv4(CLIENT, VIP).tcp(3, 80).ack())).hasSize(1);
  }

  @Test
  void icmpErrorsAreLimitedToABurstAndThenToAThousandASecond() throws DirectorException {
    world.service(tcp(VIP, 80), "rr", 0);
    int told = 0;
    for (int port = 1001; port <= 1200; port++) {
      told += world.receive(syn(port)).size();
    }
    assertThat(told).isEqualTo(50);
    world.now += 10_000_000;
    told = 0;
    for (int port = 1001; port <= 1200; port++) {
      told += world.receive(syn(port)).size();
    }
    assertThat(told).isEqualTo(10);
  }

  @Test
  void sourcesThatNoClientCanHaveAreLeftToTheHost() throws DirectorException {
    world.service(tcp(VIP, 80), ForwardingMethod.DIRECT_ROUTE, 80);
    for (String source : List.of(VIP, "127.0.0.1", "0.0.0.0", "224.0.0.1", "255.255.255.255")) {
      PacketBuilder syn = PacketBuilder.ip().ipv4(source, VIP).tcp(4000, 80).syn();
      assertThat(where(world.receive(syn))).as(source).containsExactly("host");
    }
    assertThat(world.connectionLines()).isEmpty();
  }

  @Test
  void sourceRoutedPacketsAreLeftToTheHost() throws DirectorException {
    world.service(tcp(VIP, 80), ForwardingMethod.DIRECT_ROUTE, 80);
    PacketBuilder syn =
        PacketBuilder.ip().ipv4(CLIENT, VIP).options(1, 131, 7, 4, 10, 1, 0, 5).tcp(1, 80).syn();
    assertThat(where(world.receive(syn))).containsExactly("host");
  }

  @Test
  void fragmentsThatNobodyCompletesAreToldAboutAndForgotten() throws DirectorException {
    world.service(udp(VIP, 53), ForwardingMethod.DIRECT_ROUTE, 53);
    PacketBuilder first =
        PacketBuilder.ip().ipv4(CLIENT, VIP).udp(5000, 53).payload(1000).fragment(0, true);
    assertThat(world.receive(first)).isEmpty();
    assertThat(world.sleep(29)).isEmpty();
    List<TestDirector.Sent> told = world.sleep(2);
    assertThat(where(told)).containsExactly("hop 1");
    assertThat(told.getFirst().bytes()[20]).isEqualTo((byte) IcmpErrors.TIME_EXCEEDED);
    assertThat(told.getFirst().bytes()[21]).isEqualTo((byte) 1);
    assertThat(world.sleep(60)).isEmpty();
  }

  @Test
  void aFloodOfFragmentsTakesBoundedMemory() throws DirectorException {
    world.service(udp(VIP, 53), ForwardingMethod.DIRECT_ROUTE, 53);
    for (int i = 0; i < 20_000; i++) {
      world.receive(
          PacketBuilder.ip()
              .ipv4(CLIENT, VIP)
              .udp(5000, 53)
              .payload(1400)
              .id(i & 0xffff)
              .fragment(8 * (i % 8000), true));
    }
    PacketBuilder whole = PacketBuilder.ip().ipv4(CLIENT, VIP).udp(5000, 53).payload(5);
    assertThat(world.receive(whole)).hasSize(1);
  }

  @Test
  void anyBytesAreTakenWithoutFailing() throws DirectorException {
    world.service(tcp(VIP, 80), ForwardingMethod.MASQUERADE, 8080);
    world.service(udp(VIP, 53), ForwardingMethod.TUNNEL, 53);
    world.service(tcp("2001:db8::100", 80), "rr", 0);
    world.receive(syn(1));
    Random random = new Random(17);
    List<byte[]> seeds =
        List.of(
            syn(1).build(),
            PacketBuilder.ip().ipv4(CLIENT, VIP).udp(5000, 53).payload(300).build(),
            PacketBuilder.ip().ipv4(CLIENT, VIP).icmp(3, 4).payload(syn(1).build()).build(),
            PacketBuilder.ip().ipv4(CLIENT, VIP).options(7, 7, 4, 0, 0, 0, 0, 0).tcp(2, 80).build(),
            PacketBuilder.ip().ipv6("2001:db8:c::1", "2001:db8::100").tcp(2, 80).syn().build());
    for (int i = 0; i < 50_000; i++) {
      byte[] bytes = seeds.get(random.nextInt(seeds.size())).clone();
      for (int change = random.nextInt(6); change > 0; change--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      if (random.nextInt(4) == 0) {
        bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
      }
      if (bytes.length >= 20 && bytes[0] >>> 4 == 4 && random.nextInt(8) != 0) {
        seal(bytes);
      }
      world.receive(bytes);
      if (i % 1000 == 0) {
        world.sleep(0.5);
      }
    }
  }

  /** Makes the IP header's length and checksum right, so that more than the header is looked at. */
  private static void seal(byte[] bytes) {
    int header = Math.min((bytes[0] & 0xf) * 4, bytes.length & ~1);
    bytes[2] = (byte) (bytes.length >>> 8);
    bytes[3] = (byte) bytes.length;
    bytes[10] = 0;
    bytes[11] = 0;
    int sum = 0;
    for (int i = 0; i + 1 < header; i += 2) {
      sum += (bytes[i] & 0xff) << 8 | bytes[i + 1] & 0xff;
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    sum = (sum & 0xffff) + (sum >>> 16);
    bytes[10] = (byte) (~sum >>> 8);
    bytes[11] = (byte) ~sum;
  }

  @Test
  void aUdpChecksumThatTheSenderLeftOutIsWrittenWhenMasquerading() throws DirectorException {
    world.service(udp(VIP, 53), ForwardingMethod.MASQUERADE, 5353);
    PacketBuilder without =
        PacketBuilder.ip().ipv4(CLIENT, VIP).udp(5000, 53).payload(5).withoutChecksum();
    PacketBuilder expected =
        PacketBuilder.ip().ipv4(CLIENT, "10.1.0.2").udp(5000, 5353).payload(5).ttl(63);
    assertThat(world.receive(without).getFirst().bytes()).isEqualTo(expected.build());
  }
}
