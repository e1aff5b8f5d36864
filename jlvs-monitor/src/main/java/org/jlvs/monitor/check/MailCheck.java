package org.jlvs.monitor.check;

import java.io.IOException;
import java.net.InetAddress;
import org.apache.commons.net.SocketClient;
import org.apache.commons.net.imap.IMAPClient;
import org.apache.commons.net.imap.IMAPReply;
import org.apache.commons.net.imap.IMAPSClient;
import org.apache.commons.net.nntp.NNTPClient;
import org.apache.commons.net.nntp.NNTPReply;
import org.apache.commons.net.pop3.POP3Client;
import org.apache.commons.net.pop3.POP3Reply;
import org.apache.commons.net.pop3.POP3SClient;
import org.apache.commons.net.smtp.SMTPClient;
import org.apache.commons.net.smtp.SMTPReply;

/** Greetings and logins of mail and news servers. */
final class MailCheck {
  private MailCheck() {}

  static Outcome perform(Check.Mail check, Deadline deadline) throws IOException {
    return switch (check.protocol()) {
      case SMTP -> smtp(check, deadline);
      case POP -> pop(check, new POP3Client(), deadline);
      case POPS -> pop(check, new POP3SClient(true, Tls.trustingAnyone()), deadline);
      case IMAP -> imap(check, new IMAPClient(), deadline);
      case IMAPS -> imap(check, new IMAPSClient(true, Tls.trustingAnyone()), deadline);
      case NNTP -> nntp(check, deadline);
    };
  }

  private static void connect(SocketClient client, Check.Mail check, Deadline deadline)
      throws IOException {
    client.setSocketFactory(new CheckSockets(deadline));
    client.connect(InetAddress.getByAddress(check.address().bytes()), check.port());
  }

  private static Outcome smtp(Check.Mail check, Deadline deadline) throws IOException {
    SMTPClient client = new SMTPClient();
    try {
      connect(client, check, deadline);
      if (!SMTPReply.isPositiveCompletion(client.getReplyCode())) {
        return Outcome.down("greets with " + Excerpt.of(firstLine(client.getReplyString())));
      }
      int reply = client.sendCommand("EHLO", LocalName.get());
      if (!SMTPReply.isPositiveCompletion(reply)) {
        reply = client.helo(LocalName.get());
      }
      if (!SMTPReply.isPositiveCompletion(reply)) {
        return Outcome.down("answers HELO with " + Excerpt.of(firstLine(client.getReplyString())));
      }
      client.quit();
      return Outcome.up("SMTP greeting");
    } finally {
      drop(client);
    }
  }

  private static Outcome pop(Check.Mail check, POP3Client client, Deadline deadline)
      throws IOException {
    try {
      connect(client, check, deadline);
      if (check.login().isEmpty()) {
        client.sendCommand("QUIT");
        return Outcome.up("POP3 greeting");
      }
      if (client.sendCommand("USER", check.login()) != POP3Reply.OK
          || client.sendCommand("PASS", check.password()) != POP3Reply.OK) {
        return Outcome.down("login refused: " + Excerpt.of(firstLine(client.getReplyString())));
      }
      client.sendCommand("QUIT");
      return Outcome.up("POP3 login");
    } finally {
      drop(client);
    }
  }

  private static Outcome imap(Check.Mail check, IMAPClient client, Deadline deadline)
      throws IOException {
    try {
      connect(client, check, deadline);
      if (check.login().isEmpty()) {
        client.logout();
        return Outcome.up("IMAP greeting");
      }
      if (client.sendCommand("LOGIN", quoted(check.login()) + " " + quoted(check.password()))
          != IMAPReply.OK) {
        return Outcome.down("login refused: " + Excerpt.of(firstLine(client.getReplyString())));
      }
      client.logout();
      return Outcome.up("IMAP login");
    } finally {
      drop(client);
    }
  }

  private static Outcome nntp(Check.Mail check, Deadline deadline) throws IOException {
    NNTPClient client = new NNTPClient();
    try {
      connect(client, check, deadline);
      if (!NNTPReply.isPositiveCompletion(client.getReplyCode())) {
        return Outcome.down("greets with " + Excerpt.of(firstLine(client.getReplyString())));
      }
      client.quit();
      return Outcome.up("NNTP greeting");
    } finally {
      drop(client);
    }
  }

  /** A quoted string of RFC 3501. */
  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  private static String firstLine(String reply) {
    return reply == null ? "" : reply.lines().findFirst().orElse("");
  }

  private static void drop(SocketClient client) {
    try {
      if (client.isConnected()) {
        client.disconnect();
      }
    } catch (IOException closed) {
      // The check's outcome is known by now.
    }
  }
}
