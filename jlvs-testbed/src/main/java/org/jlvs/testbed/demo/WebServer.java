package org.jlvs.testbed.demo;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import com.sun.net.httpserver.SimpleFileServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/** The demo's web server where nginx cannot be had: a folder's files on ports 80 and 443. */
public final class WebServer {
  private WebServer() {}

  /** Arguments: the folder, and the PKCS12 file with key and certificate. Runs until SIGTERM. */
  public static void main(String[] args) throws IOException, GeneralSecurityException {
    Path folder = Path.of(args[0]);
    HttpsServer https = HttpsServer.create(new InetSocketAddress(443), 0);
    https.setHttpsConfigurator(new HttpsConfigurator(context(Path.of(args[1]))));
    serve(https, folder);
    serve(HttpServer.create(new InetSocketAddress(80), 0), folder);
  }

  private static void serve(HttpServer server, Path folder) {
    server.createContext("/", SimpleFileServer.createFileHandler(folder));
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  private static SSLContext context(Path file) throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, Certificate.PASSWORD);
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, Certificate.PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    return context;
  }
}
