package org.jlvs.testbed.checks;

import static org.jlvs.testbed.checks.CheckCase.Original.CANNOT_TELL;
import static org.jlvs.testbed.checks.CheckCase.Original.SAYS_DOWN;
import static org.jlvs.testbed.checks.CheckCase.down;
import static org.jlvs.testbed.checks.CheckCase.up;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Dovecot and Exim. */
final class MailServers {
  private static final String DOVECOT =
      """
      protocols = imap pop3
      listen = *
      base_dir = DIR/run
      state_dir = DIR/state
      log_path = DIR/log
      ssl = yes
      ssl_cert = <DIR/cert.pem
      ssl_key = <DIR/key.pem
      disable_plaintext_auth = no
      auth_failure_delay = 0
      first_valid_uid = 8
      passdb {
        driver = static
        args = password=secret
      }
      userdb {
        driver = static
        args = uid=mail gid=mail home=DIR/home
      }
      mail_location = maildir:DIR/home
      """;
  private static final String EXIM =
      """
      primary_hostname = mx.example.com
      spool_directory = DIR/spool
      log_file_path = DIR/log/%slog
      local_interfaces = 0.0.0.0
      daemon_smtp_ports = 25 : 587 : 2525
      tls_advertise_hosts =
      keep_environment =
      host_lookup =
      rfc1413_hosts =
      smtp_accept_max = 20
      acl_smtp_connect = connecting
      begin acl
      connecting:
        deny condition = ${if eq{$received_port}{2525}}
             message = no service here
        accept
      """;

  private MailServers() {}

  static RealServer dovecot() {
    String login = "login=\"anna\"";
    String good = "passwd=\"secret\"";
    String wrong = "passwd=\"wrong\"";
    List<CheckCase> cases = new ArrayList<>();
    cases.add(up(143, "service=imap", login, good));
    cases.add(up(143, "service=imap"));
    cases.add(down("login refused", 143, "service=imap", login, wrong));
    // Of the original's libraries some have come to want a certificate of a known authority.
    cases.add(up(993, "service=imaps", login, good).originally(SAYS_DOWN));
    cases.add(down("login refused", 993, "service=imaps", login, wrong));
    cases.add(up(110, "service=pop", login, good));
    cases.add(up(110, "service=pop"));
    cases.add(down("login refused", 110, "service=pop", login, wrong));
    cases.add(up(995, "service=pops", login, good).originally(SAYS_DOWN));
    cases.add(down("login refused", 995, "service=pops", login, wrong));
    cases.add(down("TLS: ", 143, "service=imaps").originally(CANNOT_TELL));
    for (String[] service : new String[][] {{"993", "service=imaps"}, {"995", "service=pops"}}) {
      int port = Integer.parseInt(service[0]);
      cases.add(
          up(port, service[1], login, good, "tlsverify=yes", "tlsca=DIR/ca.pem")
              .originally(CANNOT_TELL));
      cases.add(
          down("the certificate is of nobody in", port, service[1], "tlsverify=yes")
              .originally(CANNOT_TELL));
      cases.add(
          down(
                  "the certificate is not for mail.example.com",
                  port,
                  service[1],
                  "virtualhost=mail.example.com",
                  "tlsverify=yes",
                  "tlsca=DIR/ca.pem")
              .originally(CANNOT_TELL));
    }
    return new RealServer(
        "dovecot",
        Path.of("/usr/sbin/dovecot"),
        "dovecot-imapd dovecot-pop3d",
        (host, folder) -> {
          Certificates.write(host, folder);
          RealServer.write(folder, "dovecot.conf", DOVECOT);
          Files.createDirectory(folder.resolve("home"));
          host.require("chown", "mail:mail", folder.resolve("home").toString());
        },
        List.of("dovecot", "-F", "-c", "DIR/dovecot.conf"),
        cases);
  }

  static RealServer exim() {
    return new RealServer(
        "exim",
        Path.of("/usr/sbin/exim4"),
        "exim4-daemon-light",
        (host, folder) -> {
          RealServer.write(folder, "exim.conf", EXIM);
          for (String own : List.of("spool", "log")) {
            Files.createDirectory(folder.resolve(own));
            host.require("chown", "Debian-exim:Debian-exim", folder.resolve(own).toString());
          }
        },
        List.of("exim4", "-C", "DIR/exim.conf", "-bdf"),
        List.of(
            up(25, "service=smtp"),
            up(587, "service=submission"),
            down("greets with \"550", 2525, "service=smtp"),
            up(
                25,
                "service=simpletcp",
                "request=\"EHLO director.example.com\\nQUIT\\n\"",
                "receive=\"^250.PIPELINING|^250-8BITMIME\""),
            down(
                "does not contain",
                25,
                "service=simpletcp",
                "request=\"EHLO director.example.com\\nQUIT\\n\"",
                "receive=\"no such extension\"")));
  }
}
