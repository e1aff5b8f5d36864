package org.jlvs.monitor.check;

import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import org.apache.commons.net.ftp.FTP;
import org.apache.commons.net.ftp.FTPClient;
import org.apache.commons.net.ftp.FTPReply;
import org.jspecify.annotations.Nullable;

/** A login by FTP and the beginning of a file, over a passive data connection. */
final class FtpCheck {
  private static final int LONGEST_FILE = 1 << 20;

  private FtpCheck() {}

  static Outcome perform(Check.Ftp check, Deadline deadline) throws IOException {
    FTPClient client = new FTPClient();
    try (Dialogue dialogue = new Dialogue(client, deadline)) {
      dialogue.connect(check.address(), check.port());
      if (!FTPReply.isPositiveCompletion(client.getReplyCode())) {
        return Dialogue.refused("greets with", client.getReplyString());
      }
      boolean anonymous = check.login().isEmpty();
      String password =
          anonymous && check.password().isEmpty()
              ? "ldirectord@" + LocalName.get()
              : check.password();
      if (!client.login(anonymous ? "anonymous" : check.login(), password)) {
        return Dialogue.refused("login refused:", client.getReplyString());
      }
      return check.file().isEmpty() ? Outcome.up("FTP login") : file(check, client, deadline);
    }
  }

  private static Outcome file(Check.Ftp check, FTPClient client, Deadline deadline)
      throws IOException {
    client.setFileType(FTP.BINARY_FILE_TYPE);
    client.enterLocalPassiveMode();
    try (InputStream stream = open(check, client)) {
      if (stream == null) {
        return Dialogue.refused(
            "cannot read " + Excerpt.of(check.file()) + ":", client.getReplyString());
      }
      byte[] content = stream.readNBytes(LONGEST_FILE);
      return check
          .receive()
          .map(regexp -> AnswerText.search(regexp, content, content.length, deadline, "file read"))
          .orElseGet(() -> Outcome.up("file read"));
    }
  }

  private static @Nullable InputStream open(Check.Ftp check, FTPClient client) throws IOException {
    try {
      return client.retrieveFileStream(check.file());
    } catch (IllegalArgumentException nowhere) {
      // commons-net takes numbers above 255 for halves of the data connection's port.
      throw new ProtocolException("names no data connection: " + nowhere.getMessage());
    }
  }
}
