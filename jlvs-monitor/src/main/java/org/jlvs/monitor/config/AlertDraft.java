package org.jlvs.monitor.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a file says of alerts, at the margin or in one section. The last four kinds of value are
 * this program's own; the others are the original's, read as it reads them.
 */
final class AlertDraft {
  private static final Pattern MAIL_SERVER =
      Pattern.compile("[0-9A-Za-z._+-]+(?::(\\d{1,5})(?!\\S))?");
  private static final String NONE = "none";

  /** Puts a value into a draft. */
  @FunctionalInterface
  interface Reader {
    void read(AlertDraft draft, Value value) throws Value.Invalid;
  }

  /** Directives that stand at the margin or in a section. */
  static final Map<String, Reader> SHARED =
      Map.of(
          "emailalert", AlertDraft::readRecipients,
          "emailalertfreq", AlertDraft::readRepeat,
          "emailalertstatus", AlertDraft::readStatuses,
          "smtp", AlertDraft::readServer,
          "alertwebhook", AlertDraft::readWebhook,
          "alertcommand", AlertDraft::readCommand,
          "alertgroup",
              (draft, value) ->
                  draft.group =
                      OptionalInt.of(value.number(0, "a number of seconds, 0 to tell at once")),
          "alertlimit",
              (draft, value) ->
                  draft.limit =
                      OptionalInt.of(value.number(0, "messages an hour, 0 for any number")));

  static final Map<String, Reader> GLOBAL = Map.of("emailalertfrom", AlertDraft::readSender);

  static final Map<String, Reader> VIRTUAL =
      Map.of(
          "servicename", (draft, value) -> draft.serviceName = value.text(),
          "comment", (draft, value) -> draft.comment = value.text());

  private Optional<String> recipients = Optional.empty();
  private Optional<String> sender = Optional.empty();
  private Optional<String> server = Optional.empty();
  private Optional<Set<DaemonStatus>> statuses = Optional.empty();
  private OptionalInt repeat = OptionalInt.empty();
  private OptionalInt group = OptionalInt.empty();
  private OptionalInt limit = OptionalInt.empty();
  private String serviceName = "";
  private String comment = "";

  /** Empty text means: not even the global one. */
  private Optional<String> command = Optional.empty();

  /** An empty URI means: not even the global one. */
  private Optional<URI> webhook = Optional.empty();

  /** The settings of a section whose draft this is. */
  AlertSettings over(AlertDraft globals) {
    return new AlertSettings(
        recipients
            .or(() -> globals.recipients)
            .map(to -> new AlertSettings.Mail(to, globals.sender, server.or(() -> globals.server))),
        webhook.or(() -> globals.webhook).filter(uri -> !uri.toString().isEmpty()),
        command.or(() -> globals.command).filter(path -> !path.isEmpty()),
        statuses.or(() -> globals.statuses).orElse(EnumSet.allOf(DaemonStatus.class)),
        seconds(repeat, globals.repeat),
        seconds(group, globals.group),
        limit.orElse(globals.limit.orElse(0)),
        serviceName,
        comment);
  }

  private static Duration seconds(OptionalInt own, OptionalInt global) {
    return Duration.ofSeconds(own.orElse(global.orElse(0)));
  }

  private static void readRecipients(AlertDraft draft, Value value) throws Value.Invalid {
    String text = value.text();
    // Only quotes around the whole are taken off; others belong to the addresses.
    if (text.matches("\"[^\"]*\"")) {
      text = text.substring(1, text.length() - 1);
    }
    if (text.isBlank()) {
      throw value.invalid("one or more mail addresses");
    }
    draft.recipients = Optional.of(text.strip());
  }

  private static void readSender(AlertDraft draft, Value value) throws Value.Invalid {
    if (value.text().isEmpty()) {
      throw value.invalid("a mail address");
    }
    draft.sender = Optional.of(value.text());
  }

  private static void readRepeat(AlertDraft draft, Value value) throws Value.Invalid {
    if (!value.text().matches("\\d.*")) {
      throw value.invalid("a number of seconds, 0 or more, without quotes");
    }
    draft.repeat = OptionalInt.of(value.number(0, "a number of seconds, 0 or more"));
  }

  private static void readStatuses(AlertDraft draft, Value value) throws Value.Invalid {
    Set<DaemonStatus> chosen = EnumSet.noneOf(DaemonStatus.class);
    // Commas at the end are passed over, and as many times none as there are mean none.
    String text = value.text();
    List<String> words = text.isEmpty() ? List.of() : List.of(text.split("\\s*,\\s*"));
    for (String word : words) {
      switch (word) {
        case "all" -> chosen.addAll(EnumSet.allOf(DaemonStatus.class));
        case NONE -> {}
        default ->
            chosen.add(
                DaemonStatus.named(word)
                    .orElseThrow(
                        () ->
                            value.invalid(
                                "all, none, or some of starting, running, stopping, reloading")));
      }
    }
    if (words.contains(NONE) && !words.stream().allMatch(NONE::equals)) {
      throw value.invalid("none to stand alone");
    }
    draft.statuses = Optional.of(chosen);
  }

  private static void readServer(AlertDraft draft, Value value) throws Value.Invalid {
    Matcher matcher = MAIL_SERVER.matcher(value.text());
    if (!matcher.lookingAt()) {
      throw value.invalid("the address or name of a mail server, without quotes");
    }
    if (matcher.group(1) != null && !isPort(matcher.group(1))) {
      throw value.invalid("a port of 1 to 65535 after the mail server's name");
    }
    if (matcher.end() < value.text().length()) {
      value
          .warn()
          .accept(
              value.column() + matcher.end(),
              "smtp=" + value.text() + " is taken as " + matcher.group());
    }
    draft.server = Optional.of(matcher.group());
  }

  private static boolean isPort(String digits) {
    int port = Integer.parseInt(digits);
    return port > 0 && port < 65536;
  }

  private static void readWebhook(AlertDraft draft, Value value) throws Value.Invalid {
    String text = value.plain();
    if (text.equals(NONE)) {
      draft.webhook = Optional.of(URI.create(""));
      return;
    }
    try {
      URI uri = new URI(text);
      String scheme = String.valueOf(uri.getScheme());
      if (uri.getHost() != null && (scheme.equals("http") || scheme.equals("https"))) {
        draft.webhook = Optional.of(uri);
        return;
      }
    } catch (URISyntaxException wrong) {
      throw value.invalidAt(
          Math.max(0, wrong.getIndex()),
          "http://HOST/... or https://HOST/...; " + wrong.getReason());
    }
    throw value.invalid("http://HOST/..., https://HOST/... or none");
  }

  private static void readCommand(AlertDraft draft, Value value) throws Value.Invalid {
    String path = value.plain();
    if (path.equals(NONE)) {
      draft.command = Optional.of("");
    } else if (path.startsWith("/")) {
      draft.command = Optional.of(path);
    } else {
      throw value.invalid("the path of a program, from /, or none");
    }
  }
}
