package org.jlvs.monitor.check;

import java.io.IOException;
import org.apache.commons.net.imap.IMAPClient;
import org.apache.commons.net.imap.IMAPReply;
import org.apache.commons.net.nntp.NNTPClient;
import org.apache.commons.net.nntp.NNTPReply;
import org.apache.commons.net.pop3.POP3Client;
import org.apache.commons.net.pop3.POP3Reply;
import org.apache.commons.net.smtp.SMTPClient;
import org.apache.commons.net.smtp.SMTPReply;

/** Greetings and logins of mail and news servers. */
final class MailCheck {
  private MailCheck() {}

  static Outcome perform(Check.Mail check, Deadline deadline) throws IOException {
    return switch (check.protocol()) {
      case SMTP -> smtp(check, deadline);
      case POP -> pop(check, new POP3Client(), deadline);
      case POPS -> pop(check, new SecuredPop(check, deadline), deadline);
      case IMAP -> imap(check, new IMAPClient(), deadline);
      case IMAPS -> imap(check, new SecuredImap(check, deadline), deadline);
      case NNTP -> nntp(check, deadline);
    };
  }

  private static Outcome smtp(Check.Mail check, Deadline deadline) throws IOException {
    SMTPClient client = new SMTPClient();
    try (Dialogue dialogue = new Dialogue(client, deadline)) {
      dialogue.connect(check.address(), check.port());
      if (!SMTPReply.isPositiveCompletion(client.getReplyCode())) {
        return Dialogue.refused("greets with", client.getReplyString());
      }
      int reply = client.sendCommand("EHLO", LocalName.get());
      if (!SMTPReply.isPositiveCompletion(reply)) {
        reply = client.helo(LocalName.get());
      }
      if (!SMTPReply.isPositiveCompletion(reply)) {
        return Dialogue.refused("answers HELO with", client.getReplyString());
      }
      client.quit();
      return Outcome.up("SMTP greeting");
    }
  }

  private static Outcome pop(Check.Mail check, POP3Client client, Deadline deadline)
      throws IOException {
    try (Dialogue dialogue = new Dialogue(client, deadline)) {
      dialogue.connect(check.address(), check.port());
      if (!client.getReplyString().startsWith("+OK")) {
        return Dialogue.refused("greets with", client.getReplyString());
      }
      if (check.login().isEmpty()) {
        client.sendCommand("QUIT");
        return Outcome.up("POP3 greeting");
      }
      if (client.sendCommand("USER", check.login()) != POP3Reply.OK
          || client.sendCommand("PASS", check.password()) != POP3Reply.OK) {
        return Dialogue.refused("login refused:", client.getReplyString());
      }
      client.sendCommand("QUIT");
      return Outcome.up("POP3 login");
    }
  }

  private static Outcome imap(Check.Mail check, IMAPClient client, Deadline deadline)
      throws IOException {
    try (Dialogue dialogue = new Dialogue(client, deadline)) {
      dialogue.connect(check.address(), check.port());
      if (check.login().isEmpty()) {
        client.logout();
        return Outcome.up("IMAP greeting");
      }
      if (client.sendCommand("LOGIN", quoted(check.login()) + " " + quoted(check.password()))
          != IMAPReply.OK) {
        return Dialogue.refused("login refused:", client.getReplyString());
      }
      client.logout();
      return Outcome.up("IMAP login");
    }
  }

  private static Outcome nntp(Check.Mail check, Deadline deadline) throws IOException {
    NNTPClient client = new NNTPClient();
    try (Dialogue dialogue = new Dialogue(client, deadline)) {
      dialogue.connect(check.address(), check.port());
      if (!NNTPReply.isPositiveCompletion(client.getReplyCode())) {
        return Dialogue.refused("greets with", client.getReplyString());
      }
      client.quit();
      return Outcome.up("NNTP greeting");
    }
  }

  /** A quoted string of RFC 3501. */
  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  /** POP3 with TLS from the first byte. */
  private static final class SecuredPop extends POP3Client {
    private final Check.Mail check;
    private final Deadline deadline;

    SecuredPop(Check.Mail check, Deadline deadline) {
      this.check = check;
      this.deadline = deadline;
    }

    @Override
    protected void _connectAction_() throws IOException {
      _socket_ = Tls.over(_socket_, check.identity(), check.port(), deadline);
      super._connectAction_();
    }
  }

  /** IMAP with TLS from the first byte. */
  private static final class SecuredImap extends IMAPClient {
    private final Check.Mail check;
    private final Deadline deadline;

    SecuredImap(Check.Mail check, Deadline deadline) {
      this.check = check;
      this.deadline = deadline;
    }

    @Override
    protected void _connectAction_() throws IOException {
      _socket_ = Tls.over(_socket_, check.identity(), check.port(), deadline);
      super._connectAction_();
    }
  }
}
