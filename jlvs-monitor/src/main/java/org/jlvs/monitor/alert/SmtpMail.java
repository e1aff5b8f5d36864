package org.jlvs.monitor.alert;

import java.io.IOException;
import java.io.Writer;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.apache.commons.net.smtp.SMTPClient;
import org.apache.commons.net.smtp.SMTPReply;
import org.jlvs.monitor.check.CheckSockets;
import org.jlvs.monitor.check.Deadline;

/**
 * Mail by a server of SMTP, as the original sends it by Net::SMTP, but with each recipient on its
 * own: the original hands all of them over as one address, which servers refuse when there are
 * several. Date and Message-ID are added, without which mail is taken for spam.
 *
 * @param server {@code HOST} or {@code HOST:PORT}
 */
record SmtpMail(String recipients, Optional<String> sender, String server) implements Receiver {
  private static final System.Logger LOGGER = System.getLogger(SmtpMail.class.getName());
  private static final Duration LONGEST = Duration.ofSeconds(30);
  private static final int PERMANENTLY = 500;

  @Override
  public String name() {
    return "emailalert by " + server;
  }

  @Override
  public void deliver(Message message) throws IOException {
    SMTPClient client = new SMTPClient(StandardCharsets.ISO_8859_1.name());
    client.setSocketFactory(new CheckSockets(Deadline.in(LONGEST)));
    int colon = server.lastIndexOf(':');
    client.connect(
        colon < 0 ? server : server.substring(0, colon),
        colon < 0 ? SMTPClient.DEFAULT_PORT : Integer.parseInt(server.substring(colon + 1)));
    try {
      converse(client, message);
    } finally {
      leave(client);
    }
  }

  /** However the server takes the farewell, the mail is what it was before: said or not said. */
  private static void leave(SMTPClient client) {
    try {
      try {
        client.quit();
      } finally {
        client.disconnect();
      }
    } catch (IOException gone) {
      LOGGER.log(Level.DEBUG, "a mail server has ended the conversation first", gone);
    }
  }

  private void converse(SMTPClient client, Message message) throws IOException {
    String self = System.getProperty("user.name") + "@" + message.host();
    String header =
        "Date: "
            + DateTimeFormatter.RFC_1123_DATE_TIME
                .withLocale(Locale.ROOT)
                .format(message.alerts().getLast().time().atZone(ZoneId.systemDefault()))
            + "\nMessage-ID: <"
            + UUID.randomUUID()
            + "@"
            + message.host()
            + ">\n";
    expect(client, client.getReplyCode(), "greets with");
    expect(client, client.helo(message.host()), "answers HELO with");
    expect(client, client.mail("<" + self + ">"), "answers MAIL with");
    List<String> addresses = MailText.addresses(recipients);
    int accepted = 0;
    IOException refused = new NotAgainException("no address in " + recipients);
    for (String address : addresses) {
      try {
        expect(client, client.rcpt("<" + address + ">"), "answers RCPT TO:<" + address + "> with");
        accepted++;
      } catch (IOException unwanted) {
        refused = unwanted;
      }
    }
    if (accepted == 0) {
      throw refused;
    }
    Writer data = client.sendMessageData();
    if (data == null) {
      expect(client, client.getReplyCode(), "answers DATA with");
      throw new IOException(server + " takes no mail");
    }
    data.write(header + MailText.of(message, recipients, sender.or(() -> Optional.of(self))));
    data.close();
    if (!client.completePendingCommand()) {
      expect(client, client.getReplyCode(), "refuses the mail with");
    }
    if (accepted < addresses.size()) {
      throw new NotAgainException("not to all recipients: " + refused.getMessage());
    }
  }

  private static void expect(SMTPClient client, int code, String what) throws IOException {
    if (SMTPReply.isPositiveCompletion(code)) {
      return;
    }
    String reply =
        client.getReplyString() == null
            ? String.valueOf(code)
            : client.getReplyString().lines().findFirst().orElse("");
    String reason = what + " " + reply.replaceAll("[^ -~]", ".");
    throw code >= PERMANENTLY ? new NotAgainException(reason) : new IOException(reason);
  }
}
