package org.jlvs.monitor.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** Keys and certificates of servers that speak TLS, as the JDK's keytool makes them. */
final class TestKeys {
  private static final String PASSWORD = "certificates";

  private final Path directory;

  /**
   * @param directory for the keys; nothing is in it yet
   */
  TestKeys(Path directory) {
    this.directory = directory;
  }

  /**
   * Makes a key and its certificate, which it has signed itself unless {@code more} says otherwise.
   *
   * @param more words of keytool's
   */
  void issue(String alias, String... more) throws Exception {
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    words.addAll(List.of("-J-XX:TieredStopAtLevel=1", "-genkeypair"));
    if (!List.of(more).contains("-keyalg")) {
      words.addAll(List.of("-keyalg", "EC"));
    }
    words.addAll(List.of("-alias", alias, "-dname", "CN=" + alias));
    words.addAll(List.of("-keystore", directory.resolve("keys").toString()));
    words.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD));
    words.addAll(List.of(more));
    Path output = directory.resolve("output");
    Process keytool =
        new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(keytool.exitValue()).as(Files.readString(output)).isZero();
  }

  Certificate certificate(String alias) throws Exception {
    return store().getCertificate(alias);
  }

  /** For a server that shows the certificate of this name. */
  SSLContext showing(String alias) throws Exception {
    KeyStore one = KeyStore.getInstance("PKCS12");
    one.load(null, null);
    char[] password = PASSWORD.toCharArray();
    one.setKeyEntry(
        alias, store().getKey(alias, password), password, store().getCertificateChain(alias));
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(one, password);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }

  private KeyStore store() throws Exception {
    return KeyStore.getInstance(directory.resolve("keys").toFile(), PASSWORD.toCharArray());
  }
}
