package org.jlvs.monitor.check;

import java.io.IOException;
import java.net.ProtocolException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.regex.Pattern;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jlvs.core.net.Address;
import org.jlvs.monitor.config.TrustedAuthorities;

/**
 * TLS for checks. Certificates are not verified unless the configuration asks for it, as the
 * original does not: a server is asked by its address whether it works, not who it is.
 */
final class Tls {
  private static final SSLContext TRUSTING_ANYONE = context(new TrustAnyone());

  /** The alert that Java sends, or has got, which stands before its messages. */
  private static final Pattern ALERT = Pattern.compile("^\\([a-z_0-9]+\\) ");

  private static final Map<TrustedAuthorities, SSLContext> VERIFYING =
      Collections.synchronizedMap(new WeakHashMap<>());

  private Tls() {}

  private static SSLContext context(TrustManager manager) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {manager}, new SecureRandom());
      return context;
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("this Java runtime has no TLS", impossible);
    }
  }

  private static SSLContext verifying(TrustedAuthorities authorities) {
    return VERIFYING.computeIfAbsent(
        authorities,
        trusted -> {
          SSLContext context = context(new TrustSome(trusted));
          // A session that is resumed shows no certificate: one that was replaced, or has expired
          // meanwhile, would pass until the session ends.
          context.getClientSessionContext().setSessionTimeout(1);
          return context;
        });
  }

  /** The time was over before the handshake was. */
  static final class HandshakeTimeoutException extends SocketTimeoutException {
    private static final long serialVersionUID = 1;
  }

  /**
   * Shakes hands over {@code plain}; the caller sees to it that {@code deadline} ends that.
   *
   * @throws SSLException if that fails, or the server is not who it should be
   * @throws HandshakeTimeoutException if it fails because the time is over
   */
  static Socket over(Socket plain, Check.Identity identity, int port, Deadline deadline)
      throws IOException {
    Optional<TrustedAuthorities> trusted = identity.trusted();
    SSLContext context = trusted.map(Tls::verifying).orElse(TRUSTING_ANYONE);
    SSLSocket socket =
        (SSLSocket) context.getSocketFactory().createSocket(plain, identity.name(), port, true);
    SSLParameters parameters = socket.getSSLParameters();
    if (Address.parse(identity.name()).isEmpty()) {
      try {
        parameters.setServerNames(List.of(new SNIHostName(identity.name())));
      } catch (IllegalArgumentException malformed) {
        // A name with an underscore, say. Without it the server may answer all the same.
        if (trusted.isPresent()) {
          throw new SSLException(Excerpt.of(identity.name()) + " is no host name", malformed);
        }
      }
    }
    if (trusted.isPresent()) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    socket.setSSLParameters(parameters);
    try {
      socket.startHandshake();
    } catch (IOException failed) {
      if (deadline.over()) {
        throw new HandshakeTimeoutException();
      }
      throw trusted.isPresent() && failed instanceof SSLException tls
          ? explained(tls, identity.name(), trusted.get())
          : failed;
    }
    return socket;
  }

  /** What went wrong, for an operator. */
  static String reason(SSLException failed) {
    // What a stream below the TLS has to say is no fault of TLS, though Java makes an alert of it.
    if (failed.getCause() instanceof ProtocolException below) {
      return Excerpt.cause(below);
    }
    return "TLS: " + Excerpt.clause(ALERT.matcher(Excerpt.cause(failed)).replaceFirst(""));
  }

  /** Says what is wrong with a certificate; other failures as they are. */
  private static SSLException explained(
      SSLException failed, String name, TrustedAuthorities authorities) {
    for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case CertificateExpiredException expired -> {
          return new SSLException("the certificate has expired: " + expired.getMessage(), failed);
        }
        case CertificateNotYetValidException early -> {
          return new SSLException(
              "the certificate is not valid yet: " + early.getMessage(), failed);
        }
        case GeneralSecurityException unsigned
            when unsigned.getClass().getSimpleName().equals("SunCertPathBuilderException") -> {
          return new SSLException("the certificate is of nobody in " + authorities.file(), failed);
        }
        case CertificateException other when other.getCause() == null -> {
          return new SSLException(
              "the certificate is not for " + name + ": " + other.getMessage(), failed);
        }
        default -> {}
      }
    }
    return failed;
  }

  /** Accepts what the authorities have signed, for the name that the socket was made for. */
  private static final class TrustSome extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager paths;

    TrustSome(TrustedAuthorities authorities) {
      try {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        for (X509Certificate certificate : authorities.certificates()) {
          store.setCertificateEntry(String.valueOf(store.size()), certificate);
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
        factory.init(store);
        paths = (X509ExtendedTrustManager) factory.getTrustManagers()[0];
      } catch (GeneralSecurityException | IOException impossible) {
        throw new IllegalStateException("this Java runtime verifies no certificates", impossible);
      }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      // A certificate that is itself among the trusted ones has no path whose dates were looked at.
      chain[0].checkValidity();
      paths.checkServerTrusted(chain, type, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      chain[0].checkValidity();
      paths.checkServerTrusted(chain, type, engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      chain[0].checkValidity();
      paths.checkServerTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      paths.checkClientTrusted(chain, type, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      paths.checkClientTrusted(chain, type, engine);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      paths.checkClientTrusted(chain, type);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return paths.getAcceptedIssuers();
    }
  }

  private static final class TrustAnyone extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
