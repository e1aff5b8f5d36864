package org.jlvs.monitor.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import org.jlvs.monitor.check.CheckPlanner;

/** Whatever is taken for a configuration is refused in words, or every check of it can be made. */
class ConfigurationFuzzTest {
  @FuzzTest(maxDuration = "24h")
  void everyTextIsRefusedOrAConfiguration(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    long lines = text.chars().filter(c -> c == '\n').count() + 1;
    try {
      Configuration configuration = ConfigurationParser.parse(text, new TestNames());
      for (VirtualServer virtual : configuration.virtualServers()) {
        assertThat(virtual.name()).isNotBlank();
        virtual.realServers().stream()
            .limit(100)
            .forEach(real -> assertThat(CheckPlanner.plan(virtual, real)).isNotNull());
      }
      // What is read again is the same: a reload of an unchanged file changes nothing.
      assertThat(ConfigurationParser.parse(text, new TestNames())).isEqualTo(configuration);
    } catch (ConfigurationException refused) {
      assertThat(refused.problems())
          .isNotEmpty()
          .hasSizeLessThanOrEqualTo(20)
          .allSatisfy(
              problem -> {
                assertThat((long) problem.line()).isBetween(1L, lines);
                assertThat(problem.column()).isPositive();
                assertThat(problem.message()).isNotBlank();
              });
    }
  }
}
