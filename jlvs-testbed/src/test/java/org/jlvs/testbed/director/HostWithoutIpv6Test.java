package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jlvs.testbed.namespaces.Command;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Services of IPv6 on a host that has none: each says why, and IPv4 goes on. */
@Tag("system")
class HostWithoutIpv6Test {
  private static final Duration NOTICED = Duration.ofSeconds(30);
  private static final String MISSING =
      "this host had no IPv6 when the monitor began: restart it once it has";

  /** Ports of the services of IPv6, with a check each. */
  private static final List<String> CHECKS =
      List.of(
          "80 service=http|request=\"/\"",
          "81 checktype=connect",
          "82 checktype=ping",
          "83 service=imaps",
          "84 service=ldap|request=\"dc=x\"",
          "85 service=mysql|login=\"a\"|request=\"select 1\"",
          "86 service=pgsql|login=\"a\"|request=\"select 1\"",
          "87 service=ftp",
          "88 protocol=sctp",
          "53 protocol=udp|service=dns|request=\"a.example\"",
          "54 protocol=tcp|service=dns|request=\"a.example\"",
          "55 protocol=udp|service=radius|login=\"a\"|passwd=\"b\"|secret=\"c\"",
          "56 protocol=udp|service=sip",
          "57 service=sip",
          "58 service=simpletcp|request=\"a\"|receive=\"b\"");

  private DirectorLab lab;

  @BeforeEach
  void begin() throws Exception {
    lab = DirectorLab.create("noipv6");
    lab.directServer(1);
    for (String interfaces : List.of("all", "default", "lo", "eth0", "eth1")) {
      lab.director().sysctl("net.ipv6.conf." + interfaces + ".disable_ipv6", "1");
    }
  }

  @AfterEach
  void end() {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void serversOfIpv6AreDownWithTheReasonAndIpv4IsServed() throws Exception {
    StringBuilder text =
        new StringBuilder(
            """
            checkinterval=1
            virtual=10.0.0.100:80
            \treal=10.0.0.11:80 gate
            \tservice=http
            \trequest="/"
            \treceive="dr"
            """);
    for (String check : CHECKS) {
      String port = check.substring(0, 2);
      text.append(
              "virtual6=[2001:db8::100]:%s\n\treal6=[2001:db8::11]:%s gate\n\t"
                  .formatted(port, port))
          .append(check.substring(3).replace("|", "\n\t"))
          .append('\n');
    }
    lab.startDirector();
    MonitorBesideDirector monitor = MonitorBesideDirector.start(lab, text.toString());

    monitor.awaitTable(NOTICED, table -> table.contains("-a -t 10.0.0.100:80 -r 10.0.0.11:80 "));
    for (String check : CHECKS) {
      String port = check.substring(0, 2);
      monitor.awaitLine(NOTICED, ":[2001:db8::100]:" + port + "): " + MISSING + "\n");
    }
    assertThat(monitor.table()).doesNotContain("2001:db8::11");
  }

  @Test
  void aNameForAServerOfIpv6IsRefusedWithTheReason() throws Exception {
    Path file = lab.directory().resolve("names.cf");
    Files.writeString(
        file, "virtual6=[2001:db8::100]:80\n\treal6=localhost:80 gate\n\tservice=http\n");
    List<String> words = new ArrayList<>(DirectorLab.serverCommand("ldirectord"));
    words.addAll(List.of(file.toString(), "configtest"));
    Command.Result read = lab.director().run(DirectorLab.PATIENCE, words.toArray(String[]::new));
    assertThat(read.status()).isEqualTo(2);
    assertThat(read.out() + read.err())
        .contains("expected an IPv6 address in brackets; " + MISSING + ", where \"localhost\"");
  }
}
