package org.jlvs.monitor.check;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import org.apache.commons.net.ftp.FTP;
import org.apache.commons.net.ftp.FTPClient;
import org.apache.commons.net.ftp.FTPReply;

/** A login by FTP and the beginning of a file, over a passive data connection. */
final class FtpCheck {
  private static final int LONGEST_FILE = 1 << 20;

  private FtpCheck() {}

  static Outcome perform(Check.Ftp check, Deadline deadline) throws IOException {
    FTPClient client = new FTPClient();
    client.setSocketFactory(new CheckSockets(deadline));
    try {
      client.connect(InetAddress.getByAddress(check.address().bytes()), check.port());
      if (!FTPReply.isPositiveCompletion(client.getReplyCode())) {
        return refused("greets with", client);
      }
      boolean anonymous = check.login().isEmpty();
      String password =
          anonymous && check.password().isEmpty()
              ? "ldirectord@" + LocalName.get()
              : check.password();
      if (!client.login(anonymous ? "anonymous" : check.login(), password)) {
        return refused("login refused:", client);
      }
      return check.file().isEmpty() ? Outcome.up("FTP login") : file(check, client, deadline);
    } finally {
      drop(client);
    }
  }

  private static Outcome file(Check.Ftp check, FTPClient client, Deadline deadline)
      throws IOException {
    client.setFileType(FTP.BINARY_FILE_TYPE);
    client.enterLocalPassiveMode();
    try (InputStream stream = client.retrieveFileStream(check.file())) {
      if (stream == null) {
        return refused("cannot read " + Excerpt.of(check.file()) + ":", client);
      }
      byte[] content = stream.readNBytes(LONGEST_FILE);
      return check
          .receive()
          .map(regexp -> AnswerText.search(regexp, content, content.length, deadline, "file read"))
          .orElseGet(() -> Outcome.up("file read"));
    }
  }

  private static Outcome refused(String what, FTPClient client) {
    return Outcome.down(what + " " + Excerpt.of(client.getReplyString().strip()));
  }

  private static void drop(FTPClient client) {
    try {
      if (client.isConnected()) {
        client.disconnect();
      }
    } catch (IOException closed) {
      // The check's outcome is known by now.
    }
  }
}
