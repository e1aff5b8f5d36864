package org.jlvs.monitor.config;

import java.util.Optional;

/** The protocols that {@code service=} can name, with the ports they are the default of. */
public enum ServiceType {
  DNS("dns", 53),
  FTP("ftp", 21),
  HTTP("http", 80),
  HTTPS("https", 443),
  HTTP_PROXY("http_proxy", 3128),
  IMAP("imap", 143),
  IMAPS("imaps", 993),
  LDAP("ldap", 389),
  LDAPS("ldaps", 636),
  MYSQL("mysql", 3306),
  NNTP("nntp", 119),
  NONE("none", 0),
  ORACLE("oracle", 1521),
  PGSQL("pgsql", 5432),
  POP("pop", 110),
  POPS("pops", 995),
  RADIUS("radius", 1812),
  SIMPLETCP("simpletcp", 0),
  SIP("sip", 5060),
  SMTP("smtp", 25),
  SUBMISSION("submission", 587);

  private final String text;
  private final int port;

  ServiceType(String text, int port) {
    this.text = text;
    this.port = port;
  }

  /** Its name in a configuration file. */
  public String text() {
    return text;
  }

  /** Its well-known port, 0 when it has none. */
  public int port() {
    return port;
  }

  static Optional<ServiceType> named(String text) {
    for (ServiceType type : values()) {
      if (type.text.equals(text)) {
        return Optional.of(type);
      }
    }
    return Optional.empty();
  }

  /** What a virtual server on {@code port} is taken for when its section does not say. */
  static ServiceType ofPort(int port) {
    for (ServiceType type : values()) {
      if (port != 0 && type.port == port) {
        return type;
      }
    }
    return NONE;
  }
}
