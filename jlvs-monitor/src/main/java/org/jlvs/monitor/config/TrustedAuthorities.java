package org.jlvs.monitor.config;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Whose certificates, and those they have signed, a check of {@code tlsverify=yes} accepts. Equal
 * when the certificates are, so that a reload notices a file that was replaced.
 *
 * @param file where they were read
 */
public record TrustedAuthorities(String file, List<X509Certificate> certificates) {
  /** Where Debian, Fedora and SUSE keep the authorities that their administrator trusts. */
  private static final List<String> OF_HOST =
      List.of(
          "/etc/ssl/certs/ca-certificates.crt",
          "/etc/pki/tls/certs/ca-bundle.crt",
          "/etc/ssl/ca-bundle.pem");

  private static final int LONGEST_FILE = 4 << 20;

  public TrustedAuthorities {
    certificates = List.copyOf(certificates);
  }

  /**
   * Reads a file of certificates, PEM or DER.
   *
   * @throws IOException if there are none, with a reason that does not name the file
   */
  static TrustedAuthorities read(String file) throws IOException {
    byte[] content;
    try {
      Path path = Path.of(file);
      // A pipe or a terminal would be waited for.
      if (!Files.isRegularFile(path)) {
        throw new IOException(Files.exists(path) ? "it is no file" : "there is no such file");
      }
      try (InputStream stream = Files.newInputStream(path)) {
        content = stream.readNBytes(LONGEST_FILE + 1);
      }
    } catch (InvalidPathException malformed) {
      throw new IOException("it is no path", malformed);
    } catch (IOException failed) {
      throw failed.getClass() == IOException.class
          ? failed
          : new IOException("it cannot be read", failed);
    }
    if (content.length > LONGEST_FILE) {
      throw new IOException("it is longer than " + LONGEST_FILE + " bytes");
    }
    List<X509Certificate> certificates;
    try {
      certificates =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(content))
              .stream()
              .map(X509Certificate.class::cast)
              .toList();
    } catch (CertificateException malformed) {
      throw new IOException("it is no list of certificates", malformed);
    }
    if (certificates.isEmpty()) {
      throw new IOException("it has no certificate");
    }
    return new TrustedAuthorities(file, certificates);
  }

  /** Those that the host trusts. */
  static TrustedAuthorities ofHost() throws IOException {
    for (String file : OF_HOST) {
      if (Files.isRegularFile(Path.of(file))) {
        return read(file);
      }
    }
    throw new IOException("this host has none of its own (package ca-certificates)");
  }

  /** Leaves the certificates out. */
  @Override
  public String toString() {
    return "TrustedAuthorities[" + file + ", " + certificates.size() + "]";
  }
}
