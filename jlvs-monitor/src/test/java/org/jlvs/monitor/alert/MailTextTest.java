package org.jlvs.monitor.alert;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jlvs.monitor.config.ConfigurationParser;
import org.jlvs.monitor.config.DaemonStatus;
import org.jlvs.monitor.config.TestNames;
import org.jlvs.monitor.config.VirtualServer;
import org.junit.jupiter.api.Test;

final class MailTextTest {
  private static VirtualServer virtual(String more) throws Exception {
    return ConfigurationParser.parse("virtual=10.9.0.100:80\n" + more, new TestNames())
        .virtualServers()
        .getFirst();
  }

  private static Alert alert(VirtualServer virtual, int server) {
    String name = "10.9.0." + server + ":80";
    return new Alert(
        Instant.parse("2026-11-22T10:00:00Z"),
        DaemonStatus.STARTING,
        Alert.Event.ADDED,
        virtual,
        name,
        "Added real server: " + name + " (10.9.0.100:80) (Weight set to 1)",
        "");
  }

  /** As recorded from ldirectord 4.12. */
  @Test
  void oneAlertIsTheOriginalsMail() throws Exception {
    VirtualServer virtual = virtual("\tservicename=Web Site\n\tcomment=Ring 123 # now\n");
    Message message = new Message("vm", "ld.cf", List.of(alert(virtual, 1)), 0);
    assertThat(MailText.of(message, "admin@x.example, ops@x.example", Optional.of("root@vm")))
        .isEqualTo(
            """
            From: root@vm
            To: admin@x.example, ops@x.example
            Subject: [Web Site] Added real server: 10.9.0.1:80 (10.9.0.100:80) (Weight set to 1)

            ldirectord host: vm
            Log-Message: [Web Site] Added real server: 10.9.0.1:80 (10.9.0.100:80) (Weight set to 1)
            Daemon-Status: starting

            Service name: Web Site
            Comment: Ring 123

            """);
  }

  @Test
  void severalAlertsAreListedAndWhatWasLeftOutIsSaid() throws Exception {
    VirtualServer virtual = virtual("\tcomment=Ring 123\n");
    Message message = new Message("vm", "ld.cf", List.of(alert(virtual, 1), alert(virtual, 2)), 3);
    assertThat(MailText.of(message, "a@b", Optional.empty()).replaceAll("(?m)^\\[.*?\\]", "[TIME]"))
        .isEqualTo(
            """
            To: a@b
            Subject: 2 alerts: Added real server: 10.9.0.1:80 (10.9.0.100:80) (Weight set to 1)

            ldirectord host: vm
            Log-Message: 2 alerts: Added real server: 10.9.0.1:80 (10.9.0.100:80) (Weight set to 1)
            Daemon-Status: starting

            [TIME] Added real server: 10.9.0.1:80 (10.9.0.100:80) (Weight set to 1)
            [TIME] Added real server: 10.9.0.2:80 (10.9.0.100:80) (Weight set to 1)

            3 alerts before were left out.

            Comment: Ring 123

            """);
  }

  @Test
  void eachAddressOfAListIsARecipient() {
    assertThat(MailText.addresses("a@b")).containsExactly("a@b");
    assertThat(MailText.addresses(" a@b , c@d,")).containsExactly("a@b", "c@d");
    assertThat(MailText.addresses("\"Duty, Officer\" <a@b>, Ops <c@d>"))
        .containsExactly("a@b", "c@d");
    assertThat(MailText.addresses("\"a@b\", \"c@d\"")).containsExactly("a@b", "c@d");
    assertThat(MailText.addresses("\"unterminated, a@b")).containsExactly("unterminated, a@b");
    assertThat(MailText.addresses(" , <>")).isEmpty();
  }
}
