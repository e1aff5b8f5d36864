package org.jlvs.monitor.config;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** Whether servers have to prove who they are, as it is collected; empty where not given. */
final class TlsDraft {
  /** Directives that stand at the margin or in a section; the original has none of them. */
  static final Map<String, Directive<TlsDraft>> SHARED =
      Map.of(
          "tlsverify",
          (draft, value) -> draft.verify = Optional.of(value.yesNo()),
          "tlsca",
          TlsDraft::readAuthorities);

  private Optional<Boolean> verify = Optional.empty();
  private Optional<TrustedAuthorities> authorities = Optional.empty();

  /** Of a global draft: the host's own, once a section has asked for them. */
  private Optional<TrustedAuthorities> ofHost = Optional.empty();

  private static void readAuthorities(TlsDraft draft, Value value) throws Value.Invalid {
    String file = value.plainNotEmpty("the path of a file with certificates");
    try {
      draft.authorities = Optional.of(TrustedAuthorities.read(file));
    } catch (IOException unusable) {
      throw value.invalid("the path of a file with certificates; " + unusable.getMessage());
    }
  }

  /**
   * Whom servers have to be known to; empty when nothing is verified.
   *
   * @param global where this draft says nothing
   * @throws IOException if the host's authorities are wanted and there are none
   */
  Optional<TrustedAuthorities> trusted(TlsDraft global) throws IOException {
    if (!verify.or(() -> global.verify).orElse(false)) {
      return Optional.empty();
    }
    Optional<TrustedAuthorities> given = authorities.or(() -> global.authorities);
    if (given.isPresent()) {
      return given;
    }
    if (global.ofHost.isEmpty()) {
      global.ofHost = Optional.of(TrustedAuthorities.ofHost());
    }
    return global.ofHost;
  }

  /** Whether this section's own directives say something, for a service that speaks no TLS. */
  boolean isPointlessFor(ServiceType service) {
    boolean speaksTls =
        switch (service) {
          case HTTPS, IMAPS, LDAPS, POPS -> true;
          // A request may be the URL of a page by HTTPS, and redirections may lead to one.
          case HTTP -> true;
          default -> false;
        };
    return !speaksTls && (verify.orElse(false) || authorities.isPresent());
  }

  /** Whether this draft names authorities that nothing is verified by. */
  boolean namesUnusedAuthorities(TlsDraft global) {
    return authorities.isPresent() && !verify.or(() -> global.verify).orElse(false);
  }
}
