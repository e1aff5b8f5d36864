package org.jlvs.monitor.check;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jlvs.core.net.Address;

/**
 * TLS for checks. Certificates are not verified, as the original does not: a server is asked by its
 * address whether it works, not who it is.
 */
final class Tls {
  private static final SSLContext CONTEXT = context();

  private Tls() {}

  /** What libraries make their own connections of. */
  static SSLContext trustingAnyone() {
    return CONTEXT;
  }

  private static SSLContext context() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {new TrustAnyone()}, new SecureRandom());
      return context;
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("this Java runtime has no TLS", impossible);
    }
  }

  /** Shakes hands over {@code plain}; the caller sees to the deadline. */
  static Socket over(Socket plain, String hostHeader, int port) throws IOException {
    SSLSocket socket =
        (SSLSocket) CONTEXT.getSocketFactory().createSocket(plain, hostHeader, port, true);
    String host = CheckPlanner.unbracketed(hostHeader);
    if (Address.parse(host).isEmpty()) {
      SSLParameters parameters = socket.getSSLParameters();
      try {
        parameters.setServerNames(List.of(new SNIHostName(host)));
      } catch (IllegalArgumentException malformed) {
        throw new IOException("virtualhost " + Excerpt.of(host) + " is no host name", malformed);
      }
      socket.setSSLParameters(parameters);
    }
    socket.startHandshake();
    return socket;
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
