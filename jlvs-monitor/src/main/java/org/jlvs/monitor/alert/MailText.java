package org.jlvs.monitor.alert;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A mail as text, and the addresses of a To header. */
final class MailText {
  private static final Pattern ANGLES = Pattern.compile("<([^<>]*)>");

  private MailText() {}

  /** Headers, an empty line, and the message's body; lines end by LF. */
  static String of(Message message, String recipients, Optional<String> sender) {
    return sender.map(from -> "From: " + from + "\n").orElse("")
        + "To: "
        + recipients
        + "\nSubject: "
        + message.subject()
        + "\n\n"
        + message.body();
  }

  /** What to give to RCPT of each address in a list such as {@code "A, B" <a@b>, c@d}. */
  static List<String> addresses(String recipients) {
    List<String> addresses = new ArrayList<>();
    boolean quoted = false;
    int begin = 0;
    for (int i = 0; i <= recipients.length(); i++) {
      char c = i < recipients.length() ? recipients.charAt(i) : ',';
      if (c == '"' && i < recipients.length()) {
        quoted = !quoted;
      } else if (c == ',' && (!quoted || i == recipients.length())) {
        address(recipients.substring(begin, i)).ifPresent(addresses::add);
        begin = i + 1;
      }
    }
    return addresses;
  }

  private static Optional<String> address(String part) {
    Matcher angles = ANGLES.matcher(part);
    String address = angles.find() ? angles.group(1) : part;
    return Optional.of(address.strip().replace("\"", "")).filter(text -> !text.isEmpty());
  }
}
