package org.jlvs.monitor.check;

import java.security.Security;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Lets checks speak TLS 1.2 with servers that know no key exchange but RSA's own. Clients of
 * OpenSSL still do, and so does the original; Java has it switched off, and would take such servers
 * for dead. It is chosen only where a server offers nothing better.
 */
final class KeyExchanges {
  private static final String DISABLED = "jdk.tls.disabledAlgorithms";
  private static final String RSA = "TLS_RSA_*";

  private KeyExchanges() {}

  /** For the whole program, which must not have spoken TLS yet: Java looks only once. */
  static void allowRsa() {
    Optional.ofNullable(Security.getProperty(DISABLED))
        .filter(disabled -> disabled.contains(RSA))
        .ifPresent(
            disabled ->
                Security.setProperty(
                    DISABLED,
                    Arrays.stream(disabled.split(","))
                        .map(String::strip)
                        .filter(algorithm -> !algorithm.equals(RSA))
                        .collect(Collectors.joining(", "))));
  }
}
