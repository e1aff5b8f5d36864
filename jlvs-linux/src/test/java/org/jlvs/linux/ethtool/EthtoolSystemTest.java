package org.jlvs.linux.ethtool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.jlvs.linux.VethPair;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.UnsupportedFeatureException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("system")
class EthtoolSystemTest {
  @Test
  void aDriverIsNamedAndItsOffloadsAreSwitched() throws Exception {
    try (VethPair pair = VethPair.create();
        Ethtool ethtool = pair.left().run(Ethtool::open)) {
      assertThat(ethtool.driver("left")).isEqualTo("veth");
      assertThat(ethtool.features("left"))
          .containsEntry(Ethtool.TRANSMIT_CHECKSUM, new Ethtool.Feature(true, true))
          .containsEntry("rx-fcs", new Ethtool.Feature(false, false))
          .containsKeys(
              Ethtool.TCP_SEGMENTATION, Ethtool.GENERIC_SEGMENTATION, Ethtool.GENERIC_RECEIVE);

      ethtool.setFeatures(
          "left",
          Map.of(
              Ethtool.TRANSMIT_CHECKSUM,
              false,
              Ethtool.TCP_SEGMENTATION,
              false,
              Ethtool.GENERIC_RECEIVE,
              true));

      assertThat(ethtool.features("left"))
          .containsEntry(Ethtool.TRANSMIT_CHECKSUM, new Ethtool.Feature(false, true))
          .containsEntry(Ethtool.GENERIC_RECEIVE, new Ethtool.Feature(true, true));
      assertThat(pair.exec("left", "ethtool", "-k", "left"))
          .contains("tx-checksum-ip-generic: off", "generic-receive-offload: on");
      ethtool.setFeatures("left", Map.of(Ethtool.TRANSMIT_CHECKSUM, true));
      assertThat(pair.exec("left", "ethtool", "-k", "left")).contains("tx-checksum-ip-generic: on");
    }
  }

  @Test
  void whatTheDriverKeepsIsSaid() throws Exception {
    try (VethPair pair = VethPair.create();
        Ethtool ethtool = pair.left().run(Ethtool::open)) {
      assertThatThrownBy(() -> ethtool.setFeatures("left", Map.of("rx-fcs", true)))
          .isInstanceOf(UnsupportedFeatureException.class)
          .hasMessageContaining("switching rx-fcs of left")
          .hasMessageContaining("its driver keeps it off");
      assertThatThrownBy(() -> ethtool.setFeatures("left", Map.of("tx-magic", true)))
          .isInstanceOf(UnsupportedFeatureException.class)
          .hasMessageContaining("this kernel doesn't know it");
      assertThatThrownBy(() -> ethtool.driver("absent"))
          .isInstanceOf(LinuxException.class)
          .hasMessage("ask for the driver of absent: ENODEV (no such device)");
      assertThatThrownBy(() -> ethtool.driver("a-name-that-is-too-long"))
          .isInstanceOf(LinuxException.class);
    }
  }

  @Test
  void countersHaveTheNamesThatEthtoolPrints() throws Exception {
    try (VethPair pair = VethPair.create();
        Ethtool ethtool = pair.left().run(Ethtool::open)) {
      Map<String, Long> statistics = ethtool.statistics("left");

      assertThat(statistics).containsKeys("peer_ifindex", "rx_queue_0_xdp_packets");
      assertThat(pair.exec("left", "ethtool", "-S", "left"))
          .contains("peer_ifindex: " + statistics.get("peer_ifindex"));
      assertThat(ethtool.statistics("lo")).isEmpty();
    }
  }
}
