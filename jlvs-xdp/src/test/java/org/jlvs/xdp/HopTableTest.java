package org.jlvs.xdp;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.engine.Hop;
import org.jlvs.core.net.Address;
import org.junit.jupiter.api.Test;

class HopTableTest {
  private static final int ETH0 = 2;
  private static final int ETH1 = 3;
  private static final Address SERVER = Address.of("10.2.0.1");
  private static final Address OTHER = Address.of("fd00::2");
  private static final long MAC = 0x0200_0000_0001L;
  private static final long OWN_MAC = 0x0200_0000_00ffL;

  private final MemorySegment area = Arena.ofAuto().allocate(4L * ConnectionLayout.HOP_BYTES, 8);
  private final List<String> asked = new ArrayList<>();
  private final HopTable hops = table();

  private HopTable table() {
    return new HopTable(area, (index, address) -> asked.add(index + " " + address));
  }

  private int u32(int number, int field) {
    return area.get(ValueLayout.JAVA_INT, (long) number * ConnectionLayout.HOP_BYTES + field);
  }

  private long u64(int number, int field) {
    return area.get(ValueLayout.JAVA_LONG, (long) number * ConnectionLayout.HOP_BYTES + field);
  }

  @Test
  void anUnknownNeighbourIsAskedForOnceAndTheProgramWaits() {
    hops.interfaceIs(ETH0, OWN_MAC, 1500, true);

    Hop hop = hops.hop(ETH0, SERVER, 0);
    hops.hop(ETH0, SERVER, 0);

    assertThat(hop).isEqualTo(new Hop(1, ETH0, 1500));
    assertThat(asked).containsExactly("2 10.2.0.1");
    assertThat(hops.isResolved(1)).isFalse();
    assertThat(u32(1, ConnectionLayout.HOP_VALID)).isZero();
  }

  @Test
  void aResolvedNeighbourIsWrittenForTheProgramAsItGoesOnTheWire() {
    hops.interfaceIs(ETH0, OWN_MAC, 1500, true);
    hops.hop(ETH0, SERVER, 0);

    hops.resolved(ETH0, SERVER, MAC);

    assertThat(hops.isResolved(1)).isTrue();
    assertThat(hops.destination(1)).isEqualTo(0x0100_0000_0002L);
    assertThat(u64(1, ConnectionLayout.HOP_DESTINATION)).isEqualTo(0x0100_0000_0002L);
    assertThat(u64(1, ConnectionLayout.HOP_SOURCE)).isEqualTo(0xff00_0000_0002L);
    assertThat(u32(1, ConnectionLayout.HOP_INTERFACE)).isEqualTo(ETH0);
    assertThat(u32(1, ConnectionLayout.HOP_MTU)).isEqualTo(1500);
    assertThat(u32(1, ConnectionLayout.HOP_VALID)).isOne();
  }

  @Test
  void aNeighbourKnownBeforehandNeedsNoAsking() {
    hops.interfaceIs(ETH0, OWN_MAC, 1500, true);
    hops.resolved(ETH0, SERVER, MAC);
    assertThat(hops.leadsTo(ETH0, SERVER)).isFalse();

    Hop hop = hops.hop(ETH0, SERVER, 0);

    assertThat(hops.isResolved(hop.number())).isTrue();
    assertThat(hops.leadsTo(ETH0, SERVER)).isTrue();
  }

  @Test
  void aNeighbourThatFailsStopsTheProgramAndTheEngine() {
    hops.interfaceIs(ETH0, OWN_MAC, 1500, true);
    hops.hop(ETH0, SERVER, 0);
    hops.resolved(ETH0, SERVER, MAC);

    hops.unresolved(ETH0, SERVER);

    assertThat(hops.isResolved(1)).isFalse();
    assertThat(u32(1, ConnectionLayout.HOP_VALID)).isZero();
  }

  @Test
  void theEngineSendsWhereTheProgramCannot() {
    hops.interfaceIs(ETH0, OWN_MAC, 1500, false);
    hops.hop(ETH0, SERVER, 0);
    hops.resolved(ETH0, SERVER, MAC);

    assertThat(hops.isResolved(1)).isTrue();
    assertThat(u32(1, ConnectionLayout.HOP_VALID)).isZero();
  }

  @Test
  void aRoutesMtuMakesAHopOfItsOwnThatSharesTheNeighbour() {
    hops.interfaceIs(ETH0, OWN_MAC, 1500, true);
    hops.hop(ETH0, SERVER, 0);
    hops.resolved(ETH0, SERVER, MAC);

    Hop narrow = hops.hop(ETH0, SERVER, 1400);

    assertThat(narrow).isEqualTo(new Hop(2, ETH0, 1400));
    assertThat(hops.isResolved(2)).isTrue();
    hops.interfaceIs(ETH0, OWN_MAC, 1300, true);
    assertThat(hops.hop(ETH0, SERVER, 1400).mtu()).isEqualTo(1300);
    assertThat(u32(1, ConnectionLayout.HOP_MTU)).isEqualTo(1300);
  }

  @Test
  void nothingLeavesByAnInterfaceThatIsGone() {
    hops.interfaceIs(ETH0, OWN_MAC, 1500, true);
    hops.interfaceIs(ETH1, OWN_MAC, 1500, true);
    hops.hop(ETH0, SERVER, 0);
    hops.hop(ETH1, SERVER, 0);
    hops.resolved(ETH0, SERVER, MAC);
    hops.resolved(ETH1, SERVER, MAC);

    hops.interfacesAre(index -> index == ETH1);

    assertThat(hops.isResolved(1)).isFalse();
    assertThat(u32(1, ConnectionLayout.HOP_VALID)).isZero();
    assertThat(u32(2, ConnectionLayout.HOP_VALID)).isOne();
  }

  @Test
  void hopsBeyondTheSharedAreaAreTheEnginesAlone() {
    hops.interfaceIs(ETH0, OWN_MAC, 1500, true);
    for (int i = 1; i <= 10; i++) {
      Address neighbour = Address.ipv4(0x0a02_0000 + i);
      assertThat(hops.hop(ETH0, neighbour, 0).number()).isEqualTo(i);
      hops.resolved(ETH0, neighbour, MAC + i);
      assertThat(hops.isResolved(i)).isTrue();
    }
    assertThat(hops.neighbour(10)).isEqualTo(Address.of("10.2.0.10"));
    assertThat(hops.contains(11)).isFalse();
    assertThat(hops.contains(0)).isFalse();
  }

  @Test
  void theNextDirectorFindsHopsByTheirNumbers() {
    hops.interfaceIs(ETH0, OWN_MAC, 1500, true);
    hops.hop(ETH0, SERVER, 0);
    hops.hop(ETH0, OTHER, 1400);
    hops.resolved(ETH0, OTHER, MAC);

    HopTable next = table();

    assertThat(next.isResolved(1)).isFalse();
    assertThat(next.isResolved(2)).as("until the host says otherwise").isTrue();
    assertThat(next.destination(2)).isEqualTo(0x0100_0000_0002L);
    assertThat(next.hop(ETH0, OTHER, 1400).number()).isEqualTo(2);
    assertThat(next.hop(ETH0, SERVER, 0).number()).isEqualTo(1);
    assertThat(next.hop(ETH1, SERVER, 0).number()).isEqualTo(3);
    assertThat(u32(2, ConnectionLayout.HOP_VALID)).as("forwarding went on").isOne();
    next.neighboursAre((index, address) -> false);
    assertThat(u32(2, ConnectionLayout.HOP_VALID)).isZero();
  }

  @Test
  void scribbledHopsAreForgotten() {
    area.fill((byte) 0xff);

    HopTable next = table();

    assertThat(next.contains(1)).isFalse();
    assertThat(u32(3, ConnectionLayout.HOP_VALID)).isZero();
  }
}
