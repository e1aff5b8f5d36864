package org.jlvs.testbed.checks;

import java.nio.file.Path;
import org.jlvs.testbed.namespaces.Host;

/** A certificate authority of a test's own, and a server it vouches for. */
final class Certificates {
  /** The name in the server's certificate, beside the address 127.0.0.1. */
  static final String NAME = "www.example.com";

  private Certificates() {}

  /** Writes {@code ca.pem}, {@code cert.pem} and {@code key.pem} into the folder. */
  static void write(Host host, Path folder) {
    String dir = folder + "/";
    host.require(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=Test CA",
        "-days",
        "2",
        "-keyout",
        dir + "ca.key",
        "-out",
        dir + "ca.pem");
    host.require(
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
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
        "-days",
        "2",
        "-keyout",
        dir + "key.pem",
        "-out",
        dir + "cert.pem");
    host.require("chmod", "644", dir + "key.pem");
  }
}
