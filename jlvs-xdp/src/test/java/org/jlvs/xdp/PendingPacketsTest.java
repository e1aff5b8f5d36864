package org.jlvs.xdp;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jlvs.core.net.Packet;
import org.junit.jupiter.api.Test;

class PendingPacketsTest {
  private static final long SECOND = 1_000_000_000;

  private final PendingPackets pending = new PendingPackets();
  private final List<String> sent = new ArrayList<>();

  private static Packet packet(int length, int content) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) content);
    return new Packet().wrap(MemorySegment.ofArray(bytes), 0, length, 0);
  }

  private void send(int hop, Packet packet) {
    sent.add(hop + ": " + packet.length() + " of " + packet.u8(packet.length() - 1));
  }

  @Test
  void packetsLeaveWhenTheirHopIsResolved() {
    assertThat(pending.add(1, packet(100, 7), 0)).isEqualTo(1);
    assertThat(pending.add(1, packet(200, 8), 0)).isEqualTo(2);
    assertThat(pending.add(2, packet(300, 9), 0)).isEqualTo(1);

    assertThat(pending.settle(hop -> hop == 1, this::send, SECOND / 2)).isZero();

    assertThat(sent).containsExactlyInAnyOrder("1: 100 of 7", "1: 200 of 8");
    assertThat(pending.count()).isEqualTo(1);
  }

  @Test
  void packetsThatWaitedASecondAreDropped() {
    pending.add(1, packet(100, 7), 0);
    pending.add(1, packet(100, 7), SECOND / 2);

    assertThat(pending.settle(hop -> false, this::send, SECOND)).isEqualTo(1);

    assertThat(sent).isEmpty();
    assertThat(pending.count()).isEqualTo(1);
  }

  @Test
  void oneHopCannotTakeAllTheRoom() {
    for (int i = 0; i < 16; i++) {
      assertThat(pending.add(1, packet(60, i), 0)).isEqualTo(i + 1);
    }

    assertThat(pending.add(1, packet(60, 99), 0)).isZero();
    assertThat(pending.add(2, packet(60, 99), 0)).isEqualTo(1);
  }

  @Test
  void aPacketTooLongToKeepIsRefused() {
    assertThat(pending.add(1, packet(4097, 0), 0)).isZero();
    assertThat(pending.count()).isZero();
  }

  @Test
  void allPlacesCanBeUsedAndUsedAgain() {
    int hops = 16;
    for (int round = 0; round < 3; round++) {
      for (int hop = 1; hop <= hops; hop++) {
        for (int i = 0; i < 16; i++) {
          assertThat(pending.add(hop, packet(60, i), 0)).isPositive();
        }
      }
      assertThat(pending.add(hops + 1, packet(60, 0), 0)).isZero();
      pending.settle(hop -> true, this::send, 0);
      assertThat(pending.count()).isZero();
    }
    assertThat(sent).hasSize(3 * 256);
  }
}
