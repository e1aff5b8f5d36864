package org.jlvs.core.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.Statistics;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An old snapshot and the parts that have changed since are a new snapshot. */
class SnapshotBuilderTest {
  /** So few that services share chains of the listing, and deleted servers' numbers run out. */
  private static final int SERVERS = 12;

  private final ServiceTable table =
      new ServiceTable(SERVERS, new Random(1), number -> Statistics.ZERO);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void partsMakeAnOldSnapshotNew(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 10; i++) {
      change(random, new LinkedHashSet<>(), new LinkedHashSet<>());
    }
    SnapshotBuilder builder = new SnapshotBuilder(table.snapshot());
    for (int i = 0; i < 400; i++) {
      Set<ServiceKey> touched = new LinkedHashSet<>();
      Set<ServiceKey> deleted = new LinkedHashSet<>();
      for (int n = random.nextInt(4); n >= 0; n--) {
        change(random, touched, deleted);
      }
      TableSnapshot.Part part = table.part(touched);
      builder.apply(
          new TableSnapshot.Part(
              List.copyOf(deleted), List.of(), List.of(), part.departed(), part.zeroed()));
      builder.apply(part);

      TableSnapshot expected = table.snapshot();
      TableSnapshot built = builder.build();
      assertThat(listing(built)).isEqualTo(listing(expected));
      assertThat(trash(built)).isEqualTo(trash(expected));
      ServiceTable next = new ServiceTable(SERVERS, new Random(1), number -> Statistics.ZERO);
      next.restore(built);
      assertThat(next.snapshot().services()).isEqualTo(expected.services());
    }
  }

  private void change(Random random, Set<ServiceKey> touched, Set<ServiceKey> deleted) {
    ServiceKey key = service(random.nextInt(6));
    ServerSpec server =
        TestSpecs.server("10.1.0." + (1 + random.nextInt(4)), 80, random.nextInt(5));
    try {
      switch (random.nextInt(8)) {
        case 0, 1 -> table.addService(TestSpecs.service(key, "rr"));
        case 2 -> {
          table.deleteService(key);
          deleted.add(key);
        }
        case 3 -> table.editService(TestSpecs.service(key, "wlc"));
        case 4, 5 -> table.addServer(key, server);
        case 6 -> table.editServer(key, server);
        default -> table.deleteServer(key, server.key());
      }
      touched.add(key);
    } catch (DirectorException e) {
      // Refused calls change nothing.
    }
  }

  /** Of one chain of the listing: the hash mixes address and port. */
  private static ServiceKey service(int number) {
    return TestSpecs.tcp("10.0.0." + (number ^ 1), number);
  }

  /** In chains, whose order among each other the listing makes anew. */
  private static List<TableSnapshot.Service> listing(TableSnapshot snapshot) {
    ServiceTable empty = new ServiceTable(SERVERS, new Random(1), number -> Statistics.ZERO);
    empty.restore(snapshot);
    return empty.snapshot().services();
  }

  private static List<TableSnapshot.DeletedServer> trash(TableSnapshot snapshot) {
    List<TableSnapshot.DeletedServer> sorted = new ArrayList<>(snapshot.trash());
    sorted.sort(Comparator.comparingInt(deleted -> deleted.server().number()));
    return sorted;
  }
}
