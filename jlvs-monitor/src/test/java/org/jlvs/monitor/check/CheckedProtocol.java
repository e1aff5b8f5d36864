package org.jlvs.monitor.check;

import java.time.Duration;
import java.util.Optional;
import org.jlvs.core.net.Address;
import org.jlvs.monitor.config.HttpMethod;
import org.jlvs.monitor.config.PerlRegexp;

/** The protocols over TCP that checks speak. */
enum CheckedProtocol {
  HTTP,
  HTTPS,
  HTTP_PROXY,
  SIMPLETCP,
  SMTP,
  POP,
  POPS,
  IMAP,
  IMAPS,
  NNTP,
  FTP,
  LDAP,
  LDAPS,
  MYSQL,
  PGSQL,
  DNS,
  SIP;

  private static final Address LOOPBACK = Address.of("127.0.0.1");
  private static final Check.Identity ANYONE = new Check.Identity("127.0.0.1", Optional.empty());
  private static final Optional<PerlRegexp> EXPECTED = Optional.of(PerlRegexp.of("expected"));

  /** A check of what listens on this port of loopback. */
  Check check(int port, Duration time) {
    return switch (this) {
      case HTTP -> http(false, port, "/", "127.0.0.1", time);
      case HTTPS -> http(true, port, "/", "127.0.0.1", time);
      case HTTP_PROXY -> http(false, port, "http://www.example/", "www.example", time);
      case SIMPLETCP -> new Check.Text(LOOPBACK, port, "hello\n", EXPECTED, time);
      case SMTP -> mail(Check.MailProtocol.SMTP, port, time);
      case POP -> mail(Check.MailProtocol.POP, port, time);
      case POPS -> mail(Check.MailProtocol.POPS, port, time);
      case IMAP -> mail(Check.MailProtocol.IMAP, port, time);
      case IMAPS -> mail(Check.MailProtocol.IMAPS, port, time);
      case NNTP -> mail(Check.MailProtocol.NNTP, port, time);
      case FTP -> new Check.Ftp(LOOPBACK, port, "", "", "file", EXPECTED, time);
      case LDAP -> ldap(false, port, time);
      case LDAPS -> ldap(true, port, time);
      case MYSQL -> sql(Check.Database.MYSQL, port, time);
      case PGSQL -> sql(Check.Database.PGSQL, port, time);
      case DNS -> new Check.Dns(true, LOOPBACK, port, "a.example", EXPECTED, time);
      case SIP -> new Check.Sip(true, LOOPBACK, port, "a@example", time);
    };
  }

  private static Check http(boolean tls, int port, String target, String host, Duration time) {
    return new Check.Http(
        tls, HttpMethod.GET, "127.0.0.1", port, target, host, ANYONE, EXPECTED, time);
  }

  private static Check mail(Check.MailProtocol protocol, int port, Duration time) {
    return new Check.Mail(protocol, LOOPBACK, port, ANYONE, "user", "password", time);
  }

  private static Check ldap(boolean tls, int port, Duration time) {
    return new Check.Ldap(tls, LOOPBACK, port, ANYONE, "", "", "dc=x", EXPECTED, time);
  }

  private static Check sql(Check.Database kind, int port, Duration time) {
    return new Check.Sql(kind, LOOPBACK, port, "db", "user", "password", "select 1", time);
  }
}
