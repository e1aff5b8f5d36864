package org.jlvs.xdp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jlvs.core.engine.Interest;
import org.jlvs.core.net.Address;
import org.jlvs.linux.bpf.BpfMap;
import org.jlvs.linux.bpf.MapSpec;
import org.jlvs.linux.bpf.MapType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What the director's interests become in the program's map. */
@Tag("system")
class InterestMapTest {
  private static final Address VIP = Address.of("10.1.0.1");
  private static final Address SERVER = Address.of("10.2.0.1");
  private static final int TCP = 6;
  private static final int UDP = 17;
  private static final int CAPACITY = 8;
  private static final int ENDPOINT =
      DirectorLayout.INTEREST_UNMATCHED | DirectorLayout.INTEREST_RETRY;

  private final MemorySegment settings = Arena.ofAuto().allocate(DirectorLayout.SETTINGS_BYTES, 8);
  private BpfMap map;
  private InterestMap interests;

  @BeforeEach
  void create() throws IOException {
    Rights.assume();
    map =
        BpfMap.create(
            new MapSpec(
                "interests",
                MapType.HASH,
                DirectorLayout.INTEREST_KEY_BYTES,
                Integer.BYTES,
                CAPACITY,
                0));
    interests = new InterestMap(map, settings);
  }

  @AfterEach
  void close() {
    if (map != null) {
      map.close();
    }
  }

  private static Interest interest(Address address, int protocol, int port) {
    return new Interest(Optional.of(address), protocol, port);
  }

  /** The map's entries as text: address/protocol/port=flags. */
  private List<String> entries() throws IOException {
    List<String> entries = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(DirectorLayout.INTEREST_KEY_BYTES, 4);
      MemorySegment value = arena.allocate(Integer.BYTES, 4);
      boolean more = map.nextKey(null, key);
      while (more && map.lookup(key, value)) {
        byte[] bytes = key.toArray(ValueLayout.JAVA_BYTE);
        entries.add(
            "%s/%d/%d=%d"
                .formatted(
                    Address.of(Arrays.copyOf(bytes, bytes[19] == 2 ? 4 : 16)),
                    bytes[18],
                    (bytes[16] & 0xff) << 8 | (bytes[17] & 0xff),
                    value.get(ValueLayout.JAVA_INT, 0)));
        MemorySegment previous = arena.allocate(DirectorLayout.INTEREST_KEY_BYTES, 4).copyFrom(key);
        more = map.nextKey(previous, key);
      }
    }
    return entries;
  }

  private int shapes() {
    return settings.get(ValueLayout.JAVA_INT, DirectorLayout.INTEREST_SHAPES);
  }

  @Test
  void aServiceIsAnEndpointAndAnAddressForItsOddPackets() throws IOException {
    interests.update(Set.of(interest(VIP, TCP, 443)), Set.of(), Set.of());

    assertThat(entries())
        .containsExactlyInAnyOrder(
            "10.1.0.1/6/443=" + ENDPOINT, "10.1.0.1/0/0=" + DirectorLayout.INTEREST_ODD_TO);
    assertThat(shapes()).isEqualTo(DirectorLayout.SHAPE_ENDPOINT | DirectorLayout.SHAPE_ADDRESS);
  }

  @Test
  void masqueradedServersSendOddPacketsToo() throws IOException {
    interests.update(Set.of(interest(VIP, UDP, 53)), Set.of(SERVER, VIP), Set.of());

    assertThat(entries())
        .containsExactlyInAnyOrder(
            "10.1.0.1/17/53=" + ENDPOINT,
            "10.1.0.1/0/0=" + (DirectorLayout.INTEREST_ODD_TO | DirectorLayout.INTEREST_ODD_FROM),
            "10.2.0.1/0/0=" + DirectorLayout.INTEREST_ODD_FROM);
  }

  @Test
  void anUpdateLeavesNothingOfTheOneBefore() throws IOException {
    interests.update(
        Set.of(interest(VIP, TCP, 80), interest(VIP, TCP, 443)), Set.of(SERVER), Set.of());
    interests.update(Set.of(interest(VIP, TCP, 0)), Set.of(), Set.of());

    assertThat(entries())
        .containsExactlyInAnyOrder(
            "10.1.0.1/6/0=" + DirectorLayout.INTEREST_UNMATCHED,
            "10.1.0.1/0/0=" + DirectorLayout.INTEREST_ODD_TO);
    assertThat(shapes())
        .isEqualTo(DirectorLayout.SHAPE_ADDRESS_PROTOCOL | DirectorLayout.SHAPE_ADDRESS);

    interests.update(Set.of(), Set.of(), Set.of());
    assertThat(entries()).isEmpty();
    assertThat(shapes()).isZero();
  }

  @Test
  void marksMayWantAnyAddress() throws IOException {
    interests.update(Set.of(new Interest(Optional.empty(), TCP, 80)), Set.of(), Set.of());

    assertThat(entries())
        .containsExactlyInAnyOrder(
            "0.0.0.0/6/80=" + DirectorLayout.INTEREST_UNMATCHED,
            "0.0.0.0/0/0=" + DirectorLayout.INTEREST_ODD_TO,
            "::/6/80=" + DirectorLayout.INTEREST_UNMATCHED,
            "::/0/0=" + DirectorLayout.INTEREST_ODD_TO);
  }

  @Test
  void ipv6HasKeysAndShapesOfItsOwn() throws IOException {
    interests.update(
        Set.of(interest(Address.of("fd00::1"), TCP, 80)),
        Set.of(Address.of("fd00::2")),
        Set.of(SERVER));

    assertThat(entries())
        .containsExactlyInAnyOrder(
            "fd00::1/6/80=" + ENDPOINT,
            "fd00::1/0/0=" + DirectorLayout.INTEREST_ODD_TO,
            "fd00::2/0/0=" + DirectorLayout.INTEREST_ODD_FROM,
            "10.2.0.1/0/0=" + DirectorLayout.INTEREST_ODD_TO);
    assertThat(shapes())
        .isEqualTo(
            DirectorLayout.SHAPE_ADDRESS
                | (DirectorLayout.SHAPE_ENDPOINT | DirectorLayout.SHAPE_ADDRESS)
                    << DirectorLayout.SHAPES_IPV6_SHIFT);

    InterestMap next = new InterestMap(map, settings);
    next.update(Set.of(), Set.of(), Set.of());
    assertThat(entries()).isEmpty();
  }

  @Test
  void moreThanTheMapHoldsBecomesEverything() throws IOException {
    List<Interest> many = new ArrayList<>();
    for (int port = 1; port <= CAPACITY; port++) {
      many.add(interest(VIP, TCP, port));
    }

    interests.update(many, Set.of(), Set.of());

    assertThat(entries())
        .containsExactlyInAnyOrder(
            "0.0.0.0/0/0=" + (DirectorLayout.INTEREST_UNMATCHED | DirectorLayout.INTEREST_ODD_TO),
            "::/0/0=" + (DirectorLayout.INTEREST_UNMATCHED | DirectorLayout.INTEREST_ODD_TO));
    assertThat(shapes())
        .isEqualTo(
            DirectorLayout.SHAPE_ALL
                | DirectorLayout.SHAPE_ALL << DirectorLayout.SHAPES_IPV6_SHIFT);
  }

  @Test
  void whatAnEarlierDirectorLeftIsReplaced() throws IOException {
    interests.update(Set.of(interest(VIP, TCP, 80)), Set.of(SERVER), Set.of());

    InterestMap next = new InterestMap(map, settings);
    next.update(Set.of(interest(VIP, TCP, 443)), Set.of(), Set.of());

    assertThat(entries())
        .containsExactlyInAnyOrder(
            "10.1.0.1/6/443=" + ENDPOINT, "10.1.0.1/0/0=" + DirectorLayout.INTEREST_ODD_TO);
  }
}
