package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.net.Packet;
import org.jlvs.core.net.PacketBuilder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class Ipv6FragmentsTest {
  private static final String VIP = "2001:db8::100";
  private static final String CLIENT = "2001:db8:c::1";

  private final TestDirector world = new TestDirector();

  @BeforeEach
  void aServiceOfOneServer() throws DirectorException {
    world.service(TestDirector.udp(VIP, 53), "rr", 0);
    world.director.addServer(
        TestDirector.udp(VIP, 53),
        TestDirector.server("2001:db8:1::1", 53, ForwardingMethod.DIRECT_ROUTE, 1));
  }

  /** The fragments of a datagram: sizes of their payloads, which add up to its length with UDP. */
  private static List<byte[]> fragments(String client, int identification, int... sizes) {
    int total = Arrays.stream(sizes).sum();
    byte[] whole = PacketBuilder.ip().ipv6(client, VIP).udp(4000, 53).payload(total - 8).build();
    List<byte[]> fragments = new ArrayList<>();
    int offset = 0;
    for (int size : sizes) {
      fragments.add(fragment(whole, identification, offset, size, offset + size < total));
      offset += size;
    }
    return fragments;
  }

  private static byte[] fragment(
      byte[] whole, int identification, int offset, int size, boolean more) {
    byte[] fragment = new byte[48 + size];
    System.arraycopy(whole, 0, fragment, 0, 40);
    System.arraycopy(whole, 40 + offset, fragment, 48, size);
    Packet packet = new Packet().wrap(MemorySegment.ofArray(fragment), 0, fragment.length, 0);
    packet.u16(4, 8 + size);
    packet.u8(6, Ipv6Extensions.FRAGMENT);
    packet.u8(40, Headers.UDP);
    packet.u16(42, offset | (more ? 1 : 0));
    packet.i32(44, identification);
    return fragment;
  }

  private List<Integer> lengths(List<TestDirector.Sent> sent) {
    return sent.stream().map(one -> one.bytes().length).toList();
  }

  @Test
  void fragmentsGoOnInTheirOldSizesOnceAllHaveCome() {
    List<byte[]> pieces = fragments(CLIENT, 1, 800, 1200, 100);
    assertThat(world.receive(pieces.get(2))).isEmpty();
    assertThat(world.receive(pieces.get(0))).isEmpty();
    List<TestDirector.Sent> sent = world.receive(pieces.get(1));
    assertThat(sent).extracting(TestDirector.Sent::where).containsOnly("hop 2");
    assertThat(lengths(sent)).containsExactly(848, 1248, 148);
    assertThat(sent).allSatisfy(one -> assertThat(one.bytes()[7]).isEqualTo((byte) 63));
    assertThat(world.connectionLines()).hasSize(1);
  }

  @Test
  void anOverlapSpoilsThePacketForGood() {
    List<byte[]> pieces = fragments(CLIENT, 1, 800, 800);
    byte[] overlapping = fragments(CLIENT, 1, 792, 808).get(1);
    world.receive(pieces.get(0));
    assertThat(world.receive(overlapping)).isEmpty();
    assertThat(world.receive(pieces.get(1))).isEmpty();
    assertThat(world.connectionLines()).isEmpty();
  }

  @Test
  void repeatedFragmentsChangeNothing() {
    List<byte[]> pieces = fragments(CLIENT, 1, 800, 800);
    world.receive(pieces.get(0));
    assertThat(world.receive(pieces.get(0))).isEmpty();
    assertThat(lengths(world.receive(pieces.get(1)))).containsExactly(848, 848);
    assertThat(world.receive(pieces.get(1))).isEmpty();
  }

  @Test
  void aPacketOfOneFragmentLosesItsFragmentHeader() {
    List<TestDirector.Sent> sent = world.receive(fragments(CLIENT, 1, 40).getFirst());
    assertThat(lengths(sent)).containsExactly(80);
    assertThat(sent.getFirst().bytes()[6]).isEqualTo((byte) Headers.UDP);
  }

  @Test
  void whoseRestDoesNotComeInAMinuteIsTold() {
    byte[] first = fragments(CLIENT, 1, 800, 800).getFirst();
    world.receive(first);
    world.receive(fragments("2001:db8:c::2", 2, 800, 800).get(1));
    assertThat(world.sleep(59)).isEmpty();
    List<TestDirector.Sent> told = world.sleep(2);
    assertThat(told).hasSize(1);
    byte[] error = told.getFirst().bytes();
    assertThat(error[40]).isEqualTo((byte) IcmpErrors.V6_TIME_EXCEEDED);
    assertThat(error[41]).isEqualTo((byte) IcmpErrors.REASSEMBLY_CODE);
    assertThat(Arrays.copyOfRange(error, 48, error.length)).isEqualTo(first);
    assertThat(world.receive(fragments(CLIENT, 1, 800, 800).get(1))).isEmpty();
  }

  @Test
  void anEndInTheMiddleOfEightIsLeftToTheHost() {
    byte[] whole = PacketBuilder.ip().ipv6(CLIENT, VIP).udp(4000, 53).payload(200).build();
    byte[] odd = fragment(whole, 1, 8, 101, true);
    assertThat(world.receive(odd)).extracting(TestDirector.Sent::where).containsExactly("host");
  }

  @Test
  void aFragmentTooBigForTheWayIsReportedBySizeOfTheFragment() {
    world.serverMtu = 1280;
    List<byte[]> pieces = fragments(CLIENT, 1, 1400, 400);
    world.receive(pieces.get(0));
    List<TestDirector.Sent> told = world.receive(pieces.get(1));
    assertThat(told).hasSize(1);
    assertThat(told.getFirst().bytes()[40]).isEqualTo((byte) IcmpErrors.V6_PACKET_TOO_BIG);
    world.receive(fragments(CLIENT, 2, 1200, 600).get(0));
    assertThat(lengths(world.receive(fragments(CLIENT, 2, 1200, 600).get(1))))
        .containsExactly(1248, 648);
  }

  @Test
  void aFloodOfFirstFragmentsHoldsABoundedMemory() {
    Ipv6Reassembler reassembler = new Ipv6Reassembler();
    for (int i = 0; i < 3000; i++) {
      byte[] first = fragments(CLIENT, i, 1400, 8).getFirst();
      reassembler.add(
          new Packet().wrap(MemorySegment.ofArray(first), 0, first.length, 0), world.now);
    }
    assertThat(reassembler.partials().memory()).isLessThanOrEqualTo(PartialPackets.MOST_BYTES);
    assertThat(reassembler.partials().count())
        .isPositive()
        .isLessThanOrEqualTo(PartialPackets.MOST_PACKETS);
  }
}
