package org.jlvs.testbed.demo;

import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.SimpleFileServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * The demo's web server where nginx cannot be had: a folder's files on port 80, its first page on
 * 443. The JDK's own HTTPS server stops accepting after clients have given up on it, so a plain TLS
 * socket serves here.
 */
public final class WebServer {
  private static final int PATIENCE_MILLIS = 5000;

  private WebServer() {}

  /** Arguments: the folder, and the PKCS12 file with key and certificate. Runs until SIGTERM. */
  public static void main(String[] args) throws IOException, GeneralSecurityException {
    Path folder = Path.of(args[0]);
    ServerSocket https = context(Path.of(args[1])).getServerSocketFactory().createServerSocket(443);
    Thread.ofPlatform().name("https").start(() -> accept(https, folder.resolve("index.html")));
    HttpServer http = HttpServer.create(new InetSocketAddress(80), 0);
    http.createContext("/", SimpleFileServer.createFileHandler(folder));
    http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    http.start();
  }

  private static void accept(ServerSocket listener, Path page) {
    while (true) {
      try {
        Socket client = listener.accept();
        Thread.startVirtualThread(() -> answer(client, page));
      } catch (IOException e) {
        System.err.println("https: " + e.getMessage());
      }
    }
  }

  /** Answers one request, whatever it asks for, with the page. */
  private static void answer(Socket client, Path page) {
    try (client) {
      client.setSoTimeout(PATIENCE_MILLIS);
      BufferedReader request =
          new BufferedReader(
              new InputStreamReader(client.getInputStream(), StandardCharsets.ISO_8859_1));
      String line = request.readLine();
      while (line != null && !line.isEmpty()) {
        line = request.readLine();
      }
      byte[] body = Files.readAllBytes(page);
      OutputStream answer = client.getOutputStream();
      answer.write(
          ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: " + body.length + "\r\n\r\n")
              .getBytes(StandardCharsets.ISO_8859_1));
      answer.write(body);
    } catch (IOException e) {
      System.err.println("https: " + e.getMessage());
    }
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
