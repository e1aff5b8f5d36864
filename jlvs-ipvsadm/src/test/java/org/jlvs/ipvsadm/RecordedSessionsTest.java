package org.jlvs.ipvsadm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.assertj.core.api.SoftAssertions;
import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.control.Director;
import org.jlvs.core.engine.Host;
import org.jlvs.core.engine.LocalDirector;
import org.jlvs.core.engine.MarkRules;
import org.jlvs.core.engine.PacketEngine;
import org.jlvs.core.net.Address;
import org.jlvs.core.service.ProgramCounters;
import org.jlvs.core.service.ServiceTable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions recorded from the original, each beginning with an empty table. */
class RecordedSessionsTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "options-of-commands",
        "odd-values",
        "words-and-tunnels",
        "order-and-restore",
        "names-and-flags",
        "table-without-traffic",
        "mistakes",
        "restores",
        "daemons"
      })
  void everyCommandIsAnsweredAsTheOriginalDid(String session) throws IOException {
    Director director = packetEngine();
    List<Recording> recordings =
        Recording.read(Recording.RESOURCES.resolve("recorded/" + session + ".txt"));
    assertThat(recordings).hasSizeGreaterThan(9);
    SoftAssertions softly = new SoftAssertions();
    for (Recording recording : recordings) {
      Recording.Answer answer = recording.run(director);
      recording
          .expected()
          .ifPresent(
              expected ->
                  softly
                      .assertThat(answer)
                      .as(recording.command() + "\n" + recording.input())
                      .isEqualTo(expected));
    }
    softly.assertAll();
  }

  private static Director packetEngine() {
    MemorySegment slots = MemorySegment.ofArray(new long[9 * ConnectionLayout.SLOT_BYTES / 8]);
    MemorySegment buckets = MemorySegment.ofArray(new long[4 * ConnectionLayout.BUCKET_BYTES / 8]);
    Host nowhere =
        new Host() {
          @Override
          public Route route(Address destination) {
            return new Route.Unreachable();
          }

          @Override
          public @Nullable Address sourceAddress(Address destination) {
            return null;
          }

          @Override
          public OptionalInt mtu(String networkInterface) {
            return networkInterface.matches("eth[01]") ? OptionalInt.of(1500) : OptionalInt.empty();
          }
        };
    ServiceTable services = new ServiceTable(1000, new Random(1), ProgramCounters.NONE);
    ConnectionTable connections = ConnectionTable.create(slots, buckets, 1, 0);
    return new LocalDirector(new PacketEngine(services, connections, nowhere, MarkRules.NONE, 0));
  }
}
