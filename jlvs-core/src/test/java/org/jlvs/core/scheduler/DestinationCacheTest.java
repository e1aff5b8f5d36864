package org.jlvs.core.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.junit.jupiter.api.Test;

class DestinationCacheTest {
  private static final int HALF_HOUR = 30 * 60;
  private static final int MANY = 16 * 1024;

  private final List<String> forgotten = new ArrayList<>();
  private final Flow flow = new Flow();
  private long lifeSeconds = HALF_HOUR;
  private final DestinationCache<Remembered> cache =
      new DestinationCache<>(Remembered.class, () -> lifeSeconds);

  private final class Remembered extends DestinationCache.Entry {
    private final String address = flow.destination().toString();

    Remembered(Flow flow) {
      super(flow);
    }

    @Override
    void forget() {
      forgotten.add(address);
    }
  }

  private Flow to(Address destination) {
    flow.family = destination.family();
    flow.destination(destination);
    return flow;
  }

  private void add(Address destination) {
    cache.add(to(destination), new Remembered(flow));
  }

  private boolean knows(Address destination) {
    return cache.peek(to(destination)) != null;
  }

  /** Lets time pass second by second, up to a time. */
  private void passTo(int second) {
    while (flow.now < TimeUnit.SECONDS.toNanos(second)) {
      flow.now += TimeUnit.SECONDS.toNanos(1);
      cache.advance(flow.now);
    }
  }

  /** Addresses that lie in one chain. */
  private static List<Address> together(int count) {
    List<Address> addresses = new ArrayList<>();
    int chain = AddressFold.hash(AddressFold.of(Family.IPV4, 0, 1), 10);
    for (int number = 1; addresses.size() < count; number++) {
      if (AddressFold.hash(AddressFold.of(Family.IPV4, 0, number), 10) == chain) {
        addresses.add(Address.ipv4(number));
      }
    }
    return addresses;
  }

  @Test
  void ofAddressesInOneChainEachIsForgottenAlone() {
    for (int used = 0; used < 8; used++) {
      flow.now = 0;
      DestinationCache<Remembered> chain =
          new DestinationCache<>(Remembered.class, () -> lifeSeconds);
      forgotten.clear();
      List<Address> addresses = together(3);
      for (Address address : addresses) {
        chain.add(to(address), new Remembered(flow));
      }
      chain.advance(0);
      flow.now = TimeUnit.SECONDS.toNanos(1);
      List<String> stale = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        if ((used & 1 << i) != 0) {
          assertThat(chain.use(to(addresses.get(i)))).isNotNull();
        } else {
          stale.add(addresses.get(i).toString());
        }
      }
      chain.advance(TimeUnit.SECONDS.toNanos(HALF_HOUR));
      assertThat(forgotten).containsExactlyInAnyOrderElementsOf(stale);
      assertThat(chain.size()).isEqualTo(3 - stale.size());
      for (Address address : addresses) {
        assertThat(chain.peek(to(address)) == null).isEqualTo(stale.contains(address.toString()));
      }
    }
  }

  @Test
  void addressesThatDifferInOneHalfAloneAreToldApart() {
    Address one = Address.of("2001:db8::1");
    Address sameHash = Address.of("2001:db8:0:1::");
    add(one);
    assertThat(knows(one)).isTrue();
    assertThat(knows(Address.of("2001:db8::2"))).isFalse();
    assertThat(AddressFold.of(Family.IPV6, one.high(), one.low()))
        .isEqualTo(AddressFold.of(Family.IPV6, sameHash.high(), sameHash.low()));
    assertThat(knows(sameHash)).isFalse();
    Address sameLow = Address.of("2001:db8:1:1::1");
    Address sameLowAndHash = Address.of("2001:db9:0:1::1");
    add(sameLow);
    assertThat(knows(sameLowAndHash)).isFalse();
  }

  @Test
  void aThoroughLookEveryHalfHourForgetsWhatWasUnusedForItsLife() {
    cache.advance(0);
    lifeSeconds = 1000;
    flow.now = TimeUnit.SECONDS.toNanos(HALF_HOUR - 1000);
    add(Address.ipv4(1));
    flow.now++;
    add(Address.ipv4(2));
    flow.now = 0;
    passTo(HALF_HOUR - 1);
    assertThat(forgotten).isEmpty();
    passTo(HALF_HOUR);
    assertThat(forgotten).containsExactly("0.0.0.1");
    passTo(2 * HALF_HOUR - 1);
    assertThat(forgotten).containsExactly("0.0.0.1");
    passTo(2 * HALF_HOUR);
    assertThat(forgotten).containsExactly("0.0.0.1", "0.0.0.2");
    assertThat(cache.size()).isZero();
  }

  @Test
  void lookingIsNotUsing() {
    cache.advance(0);
    add(Address.ipv4(1));
    add(Address.ipv4(2));
    flow.now = TimeUnit.SECONDS.toNanos(10);
    assertThat(cache.peek(to(Address.ipv4(1)))).isNotNull();
    assertThat(cache.use(to(Address.ipv4(2)))).isNotNull();
    passTo(HALF_HOUR);
    assertThat(forgotten).containsExactly("0.0.0.1");
  }

  @Test
  void surplusEntriesGoWhenUnusedForSixMinutesAndAThirdMoreThanThat() {
    cache.advance(0);
    for (int i = 0; i < MANY + 300; i++) {
      add(Address.ipv4(i));
    }
    passTo(359);
    assertThat(forgotten).isEmpty();
    passTo(360);
    // A chain is emptied at once: the number may be passed by those of one chain.
    assertThat(forgotten).hasSizeBetween(400, 440).doesNotHaveDuplicates();
    assertThat(cache.size()).isEqualTo(MANY + 300 - forgotten.size());
    int first = forgotten.size();
    // The six minutes with a surplus do not count towards the half hour.
    passTo(HALF_HOUR + 359);
    assertThat(forgotten).hasSize(first);
    passTo(HALF_HOUR + 360);
    assertThat(cache.size()).isZero();
  }

  @Test
  void withoutSurplusNothingGoesEarly() {
    cache.advance(0);
    for (int i = 0; i < MANY; i++) {
      add(Address.ipv4(i));
    }
    passTo(HALF_HOUR - 1);
    assertThat(forgotten).isEmpty();
  }

  @Test
  void atMostHalfOfWhatIsManyGoesInAMinute() {
    cache.advance(0);
    for (int i = 0; i < 2 * MANY; i++) {
      add(Address.ipv4(i));
    }
    passTo(360);
    assertThat(forgotten).hasSizeBetween(MANY / 2, MANY / 2 + 80);
    passTo(420);
    assertThat(forgotten).hasSizeBetween(MANY, MANY + 160).doesNotHaveDuplicates();
  }

  @Test
  void afterALongSleepTheMinutesBeginAnew() {
    cache.advance(0);
    add(Address.ipv4(1));
    flow.now = TimeUnit.DAYS.toNanos(3) + TimeUnit.SECONDS.toNanos(30);
    cache.advance(flow.now);
    assertThat(forgotten).containsExactly("0.0.0.1");
    int awake = (int) TimeUnit.NANOSECONDS.toSeconds(flow.now);
    add(Address.ipv4(2));
    passTo(awake + HALF_HOUR - 1);
    assertThat(forgotten).hasSize(1);
    passTo(awake + HALF_HOUR);
    assertThat(forgotten).containsExactly("0.0.0.1", "0.0.0.2");
  }

  @Test
  void clearingForgetsEverything() {
    for (int i = 0; i < 3000; i++) {
      add(Address.ipv4(i));
    }
    cache.clear();
    assertThat(forgotten).hasSize(3000).doesNotHaveDuplicates();
    assertThat(cache.size()).isZero();
    assertThat(knows(Address.ipv4(7))).isFalse();
  }
}
