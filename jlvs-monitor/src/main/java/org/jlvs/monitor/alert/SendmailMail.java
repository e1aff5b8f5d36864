package org.jlvs.monitor.alert;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Mail by the host's own mail system, as the original's Mail::Send hands it over. */
record SendmailMail(String recipients, Optional<String> sender) implements Receiver {
  /** Where Mail::Mailer looks for it. */
  private static final List<Path> PROGRAMS =
      List.of(
          Path.of("/usr/sbin/sendmail"),
          Path.of("/usr/lib/sendmail"),
          Path.of("/usr/ucblib/sendmail"));

  private static final Duration LONGEST = Duration.ofSeconds(30);

  @Override
  public String name() {
    return "emailalert by sendmail";
  }

  @Override
  public void deliver(Message message) throws IOException, InterruptedException {
    Path program =
        PROGRAMS.stream()
            .filter(Files::isExecutable)
            .findFirst()
            .orElseThrow(
                () ->
                    new NotAgainException(
                        "no sendmail on this host; install a mail server, or name one by smtp="));
    Program.run(
        List.of(program.toString(), "-t"),
        Map.of(),
        MailText.of(message, recipients, sender).getBytes(StandardCharsets.ISO_8859_1),
        LONGEST);
  }
}
