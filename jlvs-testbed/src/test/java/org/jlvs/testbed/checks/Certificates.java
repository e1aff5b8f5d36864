package org.jlvs.testbed.checks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jlvs.testbed.namespaces.Host;

/** A certificate authority of a test's own, and a server it vouches for. */
final class Certificates {
  /** The name in the server's certificate, beside the address 127.0.0.1. */
  static final String NAME = "www.example.com";

  private Certificates() {}

  /** What {@code openssl ca} wants to know: only it signs for days that are over. */
  private static final String AUTHORITY =
      """
      [ca]
      default_ca = here
      [here]
      database = DIR/signed
      new_certs_dir = DIR
      rand_serial = yes
      default_md = sha256
      policy = any
      x509_extensions = old
      certificate = DIR/ca.pem
      private_key = DIR/ca.key
      [any]
      commonName = supplied
      [old]
      subjectAltName = DNS:old.example.com
      """;

  /**
   * Writes {@code ca.pem}, {@code cert.pem} and {@code key.pem} into the folder, and {@code
   * old.pem}, which has expired, with the same key.
   */
  static void write(Host host, Path folder) throws IOException {
    String dir = folder + "/";
    make(
        host,
        "-x509",
        "-days",
        "2",
        "-subj",
        "/CN=Test CA",
        "-keyout",
        dir + "ca.key",
        "-out",
        dir + "ca.pem");
    make(
        host,
        "-x509",
        "-days",
        "2",
        "-CA",
        dir + "ca.pem",
        "-CAkey",
        dir + "ca.key",
        "-subj",
        "/CN=" + NAME,
        "-addext",
        "subjectAltName=DNS:" + NAME + ",IP:127.0.0.1",
        "-addext",
        "basicConstraints=critical,CA:FALSE",
        "-keyout",
        dir + "key.pem",
        "-out",
        dir + "cert.pem");
    host.require("chmod", "644", dir + "key.pem");
    RealServer.write(folder, "authority", AUTHORITY);
    RealServer.write(folder, "signed", "");
    host.require(
        "sh",
        "-c",
        "cd "
            + dir
            + " && openssl req -new -key key.pem -subj /CN=old.example.com -out old.req"
            + " && openssl ca -batch -notext -config authority -in old.req -out old.pem"
            + " -startdate 20200101000000Z -enddate 20210101000000Z");
  }

  private static void make(Host host, String... more) {
    List<String> words = new ArrayList<>(List.of("openssl", "req", "-newkey", "ec", "-nodes"));
    words.addAll(List.of("-pkeyopt", "ec_paramgen_curve:P-256"));
    words.addAll(List.of(more));
    host.require(words.toArray(String[]::new));
  }
}
