package org.jlvs.core.connection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.jlvs.core.connection.TestTables.SEED;
import static org.jlvs.core.connection.TestTables.SERVER;
import static org.jlvs.core.connection.TestTables.add;
import static org.jlvs.core.connection.TestTables.faults;
import static org.jlvs.core.connection.TestTables.key;
import static org.jlvs.core.connection.TestTables.replyKey;
import static org.jlvs.core.connection.TestTables.templateKey;
import static org.jlvs.core.control.ForwardingMethod.DIRECT_ROUTE;
import static org.jlvs.core.control.ForwardingMethod.MASQUERADE;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.junit.jupiter.api.Test;

class ConnectionTableTest {
  private static final long SECOND = 1_000_000_000;
  private static final long MILLI = 1_000_000;

  private long now = 50 * SECOND;
  private final MemorySegment buckets = TestTables.bucketMemory(256);
  private final ConnectionTable table =
      ConnectionTable.create(TestTables.slotMemory(1000), buckets, SEED, now);

  @Test
  void aConnectionIsFoundByItsClientAndIfMasqueradedByItsServer() {
    int direct = add(table, 1, 4000, DIRECT_ROUTE, 1, now);
    int masqueraded = add(table, 2, 4000, MASQUERADE, 1, now);
    assertThat(table.find(key(1, 4000))).isEqualTo(direct);
    assertThat(table.find(replyKey(1, 4000, SERVER))).isZero();
    assertThat(table.find(key(2, 4000))).isEqualTo(masqueraded);
    assertThat(table.find(replyKey(2, 4000, SERVER)))
        .isEqualTo(masqueraded | ConnectionLayout.ENTRY_REPLY);
    assertThat(table.find(key(3, 4000))).isZero();
    assertThat(faults(table, buckets)).isEmpty();
  }

  @Test
  void anIpv6ConnectionKeepsWholeAddresses() {
    Flow flow = new Flow();
    flow.family = Family.IPV6;
    flow.protocol = 17;
    flow.source(Address.of("2001:db8:c::10"));
    flow.sourcePort = 4000;
    flow.destination(Address.of("2001:db8::100"));
    flow.destinationPort = 53;
    ConnectionKey ofFlow = new ConnectionKey().set(flow);
    Address server = Address.of("2001:db8:1::1");
    int slot = table.add(ofFlow, server, 53, MASQUERADE, 7, 9, 0, now);
    assertThat(table.find(ofFlow)).isEqualTo(slot);
    assertThat(table.slots().client(slot)).isEqualTo(flow.source());
    assertThat(table.slots().virtual(slot)).isEqualTo(flow.destination());
    assertThat(table.slots().serverAddress(slot)).isEqualTo(server);
    assertThat(table.slots().mark(slot)).isEqualTo(9);
    flow.sourceHigh++;
    assertThat(table.find(new ConnectionKey().set(flow))).isZero();
  }

  @Test
  void aFullTableTakesNoMoreUntilSlotsHaveRested() {
    List<Integer> slots = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      slots.add(add(table, i, 4000, DIRECT_ROUTE, 1, now));
    }
    assertThat(slots).doesNotContain(0).doesNotHaveDuplicates();
    assertThat(add(table, 5000, 4000, DIRECT_ROUTE, 1, now)).isZero();
    table.remove(slots.get(7), now);
    now += 9 * MILLI;
    assertThat(add(table, 5000, 4000, DIRECT_ROUTE, 1, now)).isZero();
    now += 21 * MILLI;
    assertThat(add(table, 5000, 4000, DIRECT_ROUTE, 1, now)).isEqualTo(slots.get(7));
    assertThat(faults(table, buckets)).isEmpty();
  }

  @Test
  void aConnectionLiesInTheSlotThatReadersGuessWhileThatIsFree() {
    int atHome = 0;
    for (int i = 0; i < 500; i++) {
      int slot = add(table, i, 4000, DIRECT_ROUTE, 1, now);
      atHome += slot == home(i) ? 1 : 0;
    }
    // A place is taken with half the table's load on average: 75 %.
    assertThat(atHome).isGreaterThan(350);
    assertThat(table.slotLimit()).isLessThanOrEqualTo(1001);
  }

  @Test
  void aHomeThatWasLeftIsTakenAgainOnceItHasRested() {
    List<Integer> left = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      left.add(add(table, i, 4000, DIRECT_ROUTE, 1, now));
    }
    for (int slot : left) {
      table.remove(slot, now);
    }
    int client = 0;
    while (!left.contains(home(client))) {
      client++;
    }
    assertThat(add(table, client, 4000, DIRECT_ROUTE, 1, now)).isNotIn(left).isPositive();
    now += 30 * MILLI;
    for (int other = client + 1; other < 1000; other++) {
      int slot = add(table, other, 4000, DIRECT_ROUTE, 1, now);
      assertThat(slot).isPositive();
    }
    assertThat(faults(table, buckets)).isEmpty();
  }

  private static int home(int client) {
    return ConnectionHash.home(key(client, 4000).hash(SEED), 1000);
  }

  @Test
  void theIndexFillsUpByDisplacingEntries() {
    // 2048 entries for 1000 masqueraded connections with two each: 98 % full.
    for (int i = 0; i < 1000; i++) {
      add(table, i, 4000, MASQUERADE, 1, now);
    }
    assertThat(table.connectionCount()).isGreaterThan(930);
    assertThat(faults(table, buckets)).isEmpty();
  }

  @Test
  void connectionsEndWhenTheirTimeIsOverAndNotBefore() {
    int first = add(table, 1, 4000, DIRECT_ROUTE, 1, now);
    int second = add(table, 2, 4000, DIRECT_ROUTE, 1, now);
    table.touch(first, 60, now);
    table.touch(second, 2_678_400, now);
    assertThat(expired(now + 59_990 * MILLI)).isEmpty();
    assertThat(expired(now + 60_010 * MILLI)).containsExactly(first);
    assertThat(expired(now + 2_678_399 * SECOND)).isEmpty();
    assertThat(expired(now + 2_678_401 * SECOND)).containsExactly(second);
  }

  @Test
  void aPacketOfTheProgramPutsTheEndOffWithoutTheTimerKnowing() {
    int slot = add(table, 1, 4000, DIRECT_ROUTE, 1, now);
    table.touch(slot, 10, now);
    table.slots().lastSeen(slot, now + 8 * SECOND);
    assertThat(expired(now + 17 * SECOND)).isEmpty();
    assertThat(expired(now + 18_010 * MILLI)).containsExactly(slot);
  }

  @Test
  void aShorterTimeOutTakesEffectAtOnce() {
    int slot = add(table, 1, 4000, DIRECT_ROUTE, 1, now);
    table.touch(slot, 900, now);
    table.touch(slot, 10, now + SECOND);
    assertThat(expired(now + 11_010 * MILLI)).containsExactly(slot);
  }

  @Test
  void oneCallLooksAtNoMoreTimersThanItMay() {
    for (int i = 0; i < 100; i++) {
      table.touch(add(table, i, 4000, DIRECT_ROUTE, 1, now), 1, now);
    }
    List<Integer> expired = new ArrayList<>();
    long then = now + 2 * SECOND;
    ConnectionTable.Expiry expiry =
        slot -> {
          expired.add(slot);
          table.remove(slot, then);
        };
    assertThat(table.advance(then, 30, expiry)).isFalse();
    assertThat(expired).hasSize(30);
    assertThat(table.advance(then, 100, expiry)).isTrue();
    assertThat(expired).hasSize(100).doesNotHaveDuplicates();
  }

  private List<Integer> expired(long then) {
    List<Integer> expired = new ArrayList<>();
    table.advance(
        then,
        Integer.MAX_VALUE,
        slot -> {
          expired.add(slot);
          table.remove(slot, then);
        });
    return expired;
  }

  @Test
  void timersOfAnyLengthRunOutInTheirTick() {
    Random random = new Random(11);
    Map<Integer, Long> deadlines = new HashMap<>();
    for (int i = 0; i < 900; i++) {
      int slot = add(table, i, 4000, DIRECT_ROUTE, 1, now);
      int seconds = 1 + (int) Math.pow(10, random.nextDouble() * 6);
      table.touch(slot, seconds, now);
      deadlines.put(slot, now + seconds * SECOND);
    }
    long time = now;
    while (!deadlines.isEmpty()) {
      time += (long) (Math.pow(10, random.nextDouble() * 5) * 10 * MILLI);
      List<Integer> due = new ArrayList<>();
      for (Map.Entry<Integer, Long> deadline : deadlines.entrySet()) {
        if (deadline.getValue() <= time) {
          due.add(deadline.getKey());
        }
      }
      assertThat(expired(time)).containsExactlyInAnyOrderElementsOf(due);
      due.forEach(deadlines::remove);
    }
  }

  @Test
  void theNewestTemplateIsFoundAndAnInvalidOneIsNot() {
    int template = table.addTemplate(templateKey(1), SERVER, 80, DIRECT_ROUTE, 1, 0, 0, now);
    assertThat(table.findTemplate(templateKey(1))).isEqualTo(template);
    assertThat(table.find(key(1, 0))).isZero();
    table.invalidateTemplate(template);
    assertThat(table.findTemplate(templateKey(1))).isZero();
    int next = table.addTemplate(templateKey(1), SERVER, 80, DIRECT_ROUTE, 2, 0, 0, now);
    assertThat(table.findTemplate(templateKey(1))).isEqualTo(next);
    assertThat(table.slots().virtualPort(template)).isEqualTo(65535);
    table.remove(template, now);
    assertThat(table.findTemplate(templateKey(1))).isEqualTo(next);
    assertThat(faults(table, buckets)).isEmpty();
  }

  @Test
  void aMarksTemplateHasProtocolZeroAndIsNoFreeSlot() {
    ConnectionKey ofMark =
        new ConnectionKey().setTemplate(Family.IPV4, 0, 0, 0xc612_0001L, 0, 10, 0);
    int template = table.addTemplate(ofMark, SERVER, 0, MASQUERADE, 1, 10, 0, now);
    assertThat(table.findTemplate(ofMark)).isEqualTo(template);
    assertThat(table.inUse(template)).isTrue();
    assertThat(table.slots().protocol(template)).isZero();
    assertThat(table.slots().virtual(template)).hasToString("0.0.0.10");
  }

  @Test
  void aServersConnectionsLoseTheFastPathTogether() {
    int own = add(table, 1, 4000, DIRECT_ROUTE, 5, now);
    int other = add(table, 2, 4000, DIRECT_ROUTE, 6, now);
    for (int slot : new int[] {own, other}) {
      table.slots().flags(slot, table.slots().flags(slot) | ConnectionLayout.FLAG_FAST_IN);
    }
    table.stopFastPathOfServer(5);
    assertThat(table.slots().flags(own)).isZero();
    assertThat(table.slots().flags(other)).isEqualTo(ConnectionLayout.FLAG_FAST_IN);
  }

  @Test
  void memoryOfTheWrongSizeIsRefused() {
    assertThatThrownBy(
            () ->
                ConnectionTable.create(
                    TestTables.slotMemory(10), TestTables.bucketMemory(3), SEED, now))
        .hasMessageContaining("power of two")
        .hasMessageContaining("3");
    assertThatThrownBy(
            () -> ConnectionTable.create(MemorySegment.ofArray(new long[16]), buckets, SEED, now))
        .hasMessageContaining("128 bytes");
  }

  @Test
  void aRandomLifeLeavesNothingBehind() {
    Random random = new Random(3);
    Map<Integer, Integer> portOfSlot = new HashMap<>();
    for (int i = 0; i < 20_000; i++) {
      now += random.nextInt(5) * MILLI;
      int port = 1 + random.nextInt(3000);
      int found = table.find(key(1, port));
      assertThat(found > 0 ? portOfSlot.get(found) : port).isEqualTo(port);
      if (found > 0) {
        portOfSlot.remove(found);
        table.remove(found, now);
      } else {
        boolean masquerade = random.nextBoolean();
        int server = random.nextInt(40);
        int slot = add(table, 1, port, masquerade ? MASQUERADE : DIRECT_ROUTE, server, now);
        if (slot > 0) {
          portOfSlot.put(slot, port);
          table.touch(slot, 1 + random.nextInt(100), now);
        }
      }
      if (i % 2000 == 0) {
        assertThat(faults(table, buckets)).isEmpty();
      }
    }
    assertThat(table.connectionCount()).isEqualTo(portOfSlot.size());
    portOfSlot.keySet().forEach(slot -> table.remove(slot, now));
    assertThat(table.connectionCount()).isZero();
    assertThat(faults(table, buckets)).isEmpty();
  }
}
