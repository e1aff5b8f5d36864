package org.jlvs.server.host;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.junit.jupiter.api.Test;

class PrefixTableTest {
  private static PrefixTable.Entry<String> entry(String prefix, int length, String value) {
    return new PrefixTable.Entry<>(Address.of(prefix), length, value);
  }

  private static <V> V find(PrefixTable<V> table, Address address) {
    return table.lookup(address.high(), address.low());
  }

  @Test
  void theLongestPrefixWins() {
    var table =
        new PrefixTable<>(
            Family.IPV4,
            List.of(
                entry("0.0.0.0", 0, "default"),
                entry("10.0.0.0", 8, "net"),
                entry("10.1.0.0", 16, "subnet"),
                entry("10.1.0.7", 32, "host")));

    assertThat(find(table, Address.of("192.0.2.1"))).isEqualTo("default");
    assertThat(find(table, Address.of("10.9.0.1"))).isEqualTo("net");
    assertThat(find(table, Address.of("10.1.0.8"))).isEqualTo("subnet");
    assertThat(find(table, Address.of("10.1.0.7"))).isEqualTo("host");
  }

  @Test
  void withoutAMatchThereIsNothing() {
    var table = new PrefixTable<>(Family.IPV6, List.of(entry("2001:db8::", 32, "net")));

    assertThat(find(table, Address.of("2001:db9::1"))).isNull();
    assertThat(find(table, Address.of("2001:db8:ffff::1"))).isEqualTo("net");
  }

  @Test
  void ofEqualPrefixesTheFirstWins() {
    var table =
        new PrefixTable<>(
            Family.IPV4, List.of(entry("10.0.0.0", 8, "first"), entry("10.0.0.0", 8, "second")));

    assertThat(find(table, Address.of("10.0.0.1"))).isEqualTo("first");
  }

  @Test
  void randomLookupsAgreeWithALinearSearch() {
    Random random = new Random(7);
    for (Family family : Family.values()) {
      List<PrefixTable.Entry<Integer>> entries = new ArrayList<>();
      int bits = family.addressBytes() * 8;
      for (int i = 0; i < 300; i++) {
        entries.add(new PrefixTable.Entry<>(random(family, random), random.nextInt(bits + 1), i));
      }
      var table = new PrefixTable<>(family, entries);
      for (int i = 0; i < 3000; i++) {
        Address address = random(family, random);
        Integer expected = null;
        int best = -1;
        for (var e : entries) {
          boolean holds = address.masked(e.length()).equals(e.prefix().masked(e.length()));
          if (holds && e.length() > best) {
            best = e.length();
            expected = e.value();
          }
        }
        assertThat(find(table, address)).isEqualTo(expected);
      }
    }
  }

  /** Few distinct bits, so that prefixes overlap. */
  private static Address random(Family family, Random random) {
    long word = random.nextLong() & 0xC000_0003_C000_0003L;
    return family == Family.IPV4
        ? Address.ipv4((int) word)
        : Address.ipv6(word, random.nextLong(4));
  }
}
