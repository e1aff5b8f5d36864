package org.jlvs.core.settings;

import static org.assertj.core.api.Assertions.assertThat;

import org.jlvs.core.control.DirectorException;
import org.junit.jupiter.api.Test;

class DefenseTest {
  private final Settings settings = new Settings();
  private final Defense defense = settings.defense();

  private String value(String name) {
    return settings.get(name).orElseThrow().text();
  }

  @Test
  void aShortageOfMemoryTurnsOnWhatWaitsForIt() throws DirectorException {
    settings.set("drop_entry", "1");
    settings.set("drop_packet", "1");
    settings.set("secure_tcp", "1");
    assertThat(defense.asksForMemory()).isTrue();

    defense.availablePages(1023);
    defense.update();

    assertThat(value("drop_entry")).isEqualTo("2");
    assertThat(value("drop_packet")).isEqualTo("2");
    assertThat(value("secure_tcp")).isEqualTo("2");
    assertThat(defense.dropsEntries()).isTrue();
    assertThat(settings.secureTcp()).isTrue();
  }

  @Test
  void theDefenseEndsWithTheShortage() throws DirectorException {
    aShortageOfMemoryTurnsOnWhatWaitsForIt();

    defense.availablePages(1024);
    defense.update();

    assertThat(value("drop_entry")).isEqualTo("1");
    assertThat(value("drop_packet")).isEqualTo("1");
    assertThat(value("secure_tcp")).isEqualTo("1");
    assertThat(defense.dropsEntries()).isFalse();
    assertThat(defense.dropsPacket()).isFalse();
    assertThat(settings.secureTcp()).isFalse();
  }

  @Test
  void theGreaterTheShortageTheMorePacketsAreDropped() throws DirectorException {
    settings.set("drop_packet", "1");
    defense.availablePages(768);
    defense.update();
    assertThat(dropsOf(8)).isEqualTo("...x...x");

    defense.availablePages(100);
    defense.update();
    assertThat(dropsOf(4)).isEqualTo("xxxx");
  }

  @Test
  void oneOfSoManyPacketsIsAlwaysDroppedInModeThree() throws DirectorException {
    settings.set("am_droprate", "4");
    settings.set("drop_packet", "3");
    assertThat(dropsOf(9)).isEqualTo("x...x...x");
  }

  @Test
  void aNewRateHoldsFromTheNextDecisionOn() throws DirectorException {
    settings.set("drop_packet", "3");
    settings.set("am_droprate", "1");
    assertThat(dropsOf(10)).isEqualTo("x.........");
    defense.update();
    assertThat(dropsOf(4)).isEqualTo("xxxx");
  }

  private String dropsOf(int packets) {
    StringBuilder drops = new StringBuilder();
    for (int i = 0; i < packets; i++) {
      drops.append(defense.dropsPacket() ? 'x' : '.');
    }
    return drops.toString();
  }
}
