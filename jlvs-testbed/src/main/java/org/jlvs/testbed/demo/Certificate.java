package org.jlvs.testbed.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import org.jlvs.testbed.namespaces.Command;

/** A self-signed certificate for the demo's servers, as PKCS12 for Java and as PEM for nginx. */
record Certificate(Path keyStore, Path certificatePem, Path keyPem) {
  static final char[] PASSWORD = "jlvs-demo".toCharArray();
  private static final String ALIAS = "web";
  private static final Base64.Encoder BASE64 = Base64.getMimeEncoder(64, new byte[] {'\n'});

  /** Makes one in a folder, by the JDK's keytool. */
  static Certificate create(Path folder) throws IOException, GeneralSecurityException {
    Certificate files =
        new Certificate(
            folder.resolve("web.p12"), folder.resolve("web.crt"), folder.resolve("web.key"));
    Command.require(
        Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
        "-genkeypair",
        "-alias",
        ALIAS,
        "-keyalg",
        "EC",
        "-dname",
        "CN=jlvs demo",
        "-validity",
        "30",
        "-storetype",
        "PKCS12",
        "-storepass",
        new String(PASSWORD),
        "-keystore",
        files.keyStore.toString());
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(files.keyStore)) {
      store.load(in, PASSWORD);
    }
    write(files.certificatePem, "CERTIFICATE", store.getCertificate(ALIAS).getEncoded());
    write(files.keyPem, "PRIVATE KEY", store.getKey(ALIAS, PASSWORD).getEncoded());
    return files;
  }

  private static void write(Path file, String kind, byte[] der) throws IOException {
    Files.writeString(
        file,
        "-----BEGIN "
            + kind
            + "-----\n"
            + BASE64.encodeToString(der)
            + "\n-----END "
            + kind
            + "-----\n");
  }
}
