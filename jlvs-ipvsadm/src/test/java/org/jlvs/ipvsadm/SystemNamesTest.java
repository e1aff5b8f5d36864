package org.jlvs.ipvsadm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Protocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SystemNamesTest {
  @TempDir Path folder;

  @Test
  void hostsAreFoundByAnyOfTheirNamesInAnyCase() throws IOException {
    Names names = names("10.0.0.100\tvip.example.com  vip # the address\n\nnonsense here\n", "");
    assertThat(names.ipv4Of("VIP")).contains(Address.of("10.0.0.100"));
    assertThat(names.ipv4Of("vip.example.com")).contains(Address.of("10.0.0.100"));
    assertThat(names.ipv4Of("address")).isEmpty();
    assertThat(names.ipv4Of("here")).isEmpty();
    assertThat(names.hostOf(Address.of("10.0.0.100"))).contains("vip.example.com");
    assertThat(names.hostOf(Address.of("10.0.0.101"))).isEmpty();
  }

  @Test
  void namesOfTheIpv6LoopbackAlsoMeanTheIpv4OneAndNoOtherIpv6Address() throws IOException {
    Names names = names("::1 ip6-localhost\n2001:db8::100 vip6\n", "");
    assertThat(names.ipv4Of("ip6-localhost")).contains(Address.of("127.0.0.1"));
    assertThat(names.ipv4Of("vip6")).isEmpty();
    assertThat(names.hostOf(Address.of("2001:db8::100"))).contains("vip6");
  }

  @Test
  void servicesBelongToTheirProtocol() throws IOException {
    Names names =
        names(
            "", "http 80/tcp www\nsyslog 514/udp\nshell 514/tcp cmd syslog\nbad 70000/tcp\nbad\n");
    assertThat(names.portOf("www", Protocol.TCP)).hasValue(80);
    assertThat(names.portOf("http", Protocol.UDP)).isEmpty();
    assertThat(names.portOf("HTTP", Protocol.TCP)).isEmpty();
    assertThat(names.portOf("syslog", Protocol.TCP)).hasValue(514);
    assertThat(names.portOf("bad", Protocol.TCP)).isEmpty();
    assertThat(names.serviceOf(514, Protocol.TCP)).contains("shell");
    assertThat(names.serviceOf(514, Protocol.UDP)).contains("syslog");
    assertThat(names.serviceOf(80, Protocol.SCTP)).isEmpty();
  }

  @Test
  void filesThatAreNotThereNameNothing() {
    Names names = new SystemNames(folder.resolve("none"), folder.resolve("nothing"), Duration.ZERO);
    assertThat(names.ipv4Of("vip")).isEmpty();
    assertThat(names.serviceOf(80, Protocol.TCP)).isEmpty();
  }

  private Names names(String hosts, String services) throws IOException {
    return new SystemNames(
        Files.writeString(folder.resolve("hosts"), hosts),
        Files.writeString(folder.resolve("services"), services),
        Duration.ZERO);
  }
}
