package org.jlvs.testbed.demo;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Command;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;
import org.jlvs.testbed.namespaces.Waiting;

/**
 * The demo's network: a client and three web servers on the director's first network, the servers
 * on a second one behind it as well.
 *
 * <pre>
 *   client 10.0.0.10 ──┐
 *                      ├── public 10.0.0.0/24 ── eth0 10.0.0.1, 10.0.0.100 director
 *   web1…3 10.0.0.11…13┘                         eth1 192.168.0.1 ── private 192.168.0.0/24
 *          192.168.0.11…13 ───────────────────────────────────────────────┘
 * </pre>
 */
final class Lab {
  static final String VIRTUAL = "10.0.0.100";
  static final List<String> WEB = List.of("web1", "web2", "web3");
  static final String CHECK_PAGE = "alive.html";

  /** Long enough at {@link #DOWNLOAD_RATE} to kill and restart a director meanwhile. */
  private static final int DOWNLOAD_BYTES = 48 << 20;

  static final String DOWNLOAD_RATE = "6M";
  private static final Duration READY = Duration.ofSeconds(20);
  private static final Duration STOPPING = Duration.ofSeconds(5);

  private final Testbed testbed;
  private final Path home;
  private final Host client;
  private final Host director;
  private final Map<String, Host> hosts = new HashMap<>();
  private final List<Background> directors = new ArrayList<>();
  private final Map<String, Background> webServers = new HashMap<>();
  private final Certificate certificate;

  /**
   * Builds the network and starts the web servers.
   *
   * @param home the folder of the {@code jlvs} launcher
   */
  Lab(Testbed testbed, Path home) throws IOException, GeneralSecurityException {
    this.testbed = testbed;
    this.home = home;
    this.certificate = Certificate.create(testbed.directory());
    Host networks = testbed.host("switch");
    testbed.bridge(networks, "public");
    testbed.bridge(networks, "private");
    client = addHost("client");
    testbed.plug(client, "eth0", networks, "public");
    client.address("eth0", "10.0.0.10/24");
    for (String address : otherClients()) {
      client.address("eth0", address + "/24");
    }
    director = addHost("director");
    testbed.plug(director, "eth0", networks, "public");
    testbed.plug(director, "eth1", networks, "private");
    director.address("eth0", "10.0.0.1/24").address("eth0", VIRTUAL + "/32");
    director.address("eth1", "192.168.0.1/24").sysctl("net.ipv4.ip_forward", "1");

    byte[] random = new byte[DOWNLOAD_BYTES];
    new Random(1).nextBytes(random);
    Files.write(download(), random);
    for (int i = 0; i < WEB.size(); i++) {
      Host web = addHost(WEB.get(i));
      testbed.plug(web, "eth0", networks, "public");
      testbed.plug(web, "eth1", networks, "private");
      web.address("eth0", "10.0.0.1" + (i + 1) + "/24");
      web.address("eth1", "192.168.0.1" + (i + 1) + "/24");
      putPages(web.name(), web.name());
      startWebServer(web.name());
    }
    putPages(director.name(), "sorry, all servers are down");
    putCommands();
  }

  private Host addHost(String name) {
    Host host = testbed.host(name);
    hosts.put(name, host);
    return host;
  }

  /** More addresses of the client, to act as several clients. */
  static List<String> otherClients() {
    return List.of("10.0.0.21", "10.0.0.22", "10.0.0.23", "10.0.0.24", "10.0.0.25", "10.0.0.26");
  }

  Host client() {
    return client;
  }

  Host director() {
    return director;
  }

  Host host(String name) {
    Host host = hosts.get(name);
    if (host == null) {
      throw new IllegalArgumentException("no host " + name);
    }
    return host;
  }

  /** A folder for files of the run. */
  Path directory() {
    return testbed.directory();
  }

  /** The file that all web servers offer as {@code /download}. */
  Path download() {
    return directory().resolve("download");
  }

  /** Starts the director on both its interfaces and waits until it serves. */
  Background startDirector() {
    Background process =
        director.start(home.resolve("jlvs").toString(), "director", "--interface", "eth0,eth1");
    if (!process.awaitLine("ready", READY)) {
      throw new IllegalStateException(
          "the director was not ready after "
              + READY.toSeconds()
              + " s; it printed:\n"
              + process.output());
    }
    directors.add(process);
    return process;
  }

  /** The last lines that each director printed, for when something went wrong. */
  String directorLogs() {
    return directors.stream()
        .map(
            process -> {
              List<String> lines = process.output().lines().toList();
              return "director "
                  + process.pid()
                  + (process.isAlive() ? "" : ", ended with status " + process.status())
                  + ":\n"
                  + String.join("\n", lines.subList(Math.max(0, lines.size() - 30), lines.size()));
            })
        .collect(Collectors.joining("\n"));
  }

  /** Runs a command line on a host, with {@code ipvsadm} and {@code ldirectord} being jlvs'. */
  Command.Result type(Host host, String line) {
    return host.run("env", "PATH=" + path(), "sh", "-c", line);
  }

  /** Starts a command line on a host as {@link #type} does, without waiting for its end. */
  Background start(Host host, String line) {
    return host.start("env", "PATH=" + path(), "sh", "-c", "exec " + line);
  }

  /** The search path with which {@code ipvsadm} and {@code ldirectord} are jlvs'. */
  private String path() {
    return directory().resolve("bin") + ":" + System.getenv("PATH");
  }

  /** Has a web server answer its checks with this text. */
  void putCheckPage(String web, String text) throws IOException {
    Files.writeString(folder(web).resolve(CHECK_PAGE), text + "\n");
  }

  /** Starts the web server of a host and waits until it answers. */
  void startWebServer(String name) throws IOException {
    Host host = host(name);
    Background server =
        Testbed.isInstalled("nginx")
            ? host.start("nginx", "-c", putNginxConfiguration(name).toString())
            : host.start(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                WebServer.class.getName(),
                folder(name).toString(),
                certificate.keyStore().toString());
    webServers.put(name, server);
    if (!Waiting.until(READY, () -> host.run("curl", "-s", "http://127.0.0.1/").ok())) {
      throw new IllegalStateException(
          "the web server of " + name + " does not answer; it printed:\n" + server.output());
    }
  }

  /** Ends the web server of a host: connections to it are refused from now on. */
  void stopWebServer(String name) {
    Background server = webServers.remove(name);
    if (server != null) {
      server.stop(STOPPING);
    }
  }

  private Path folder(String name) {
    return directory().resolve(name);
  }

  private void putPages(String name, String text) throws IOException {
    Files.createDirectory(folder(name));
    Files.writeString(folder(name).resolve("index.html"), text + "\n");
    Files.createLink(folder(name).resolve("download"), download());
    putCheckPage(name, "alive");
  }

  private Path putNginxConfiguration(String name) throws IOException {
    Path own = directory().resolve(name + ".nginx");
    Files.createDirectories(own);
    return Files.writeString(
        own.resolve("nginx.conf"),
        """
        daemon off;
        master_process off;
        pid %1$s/pid;
        error_log stderr;
        events { worker_connections 256; }
        http {
          access_log off;
          default_type text/plain;
          client_body_temp_path %1$s/body;
          proxy_temp_path %1$s/proxy;
          fastcgi_temp_path %1$s/fastcgi;
          uwsgi_temp_path %1$s/uwsgi;
          scgi_temp_path %1$s/scgi;
          server {
            listen 80;
            listen 443 ssl;
            ssl_certificate %2$s;
            ssl_certificate_key %3$s;
            root %4$s;
          }
        }
        """
            .formatted(own, certificate.certificatePem(), certificate.keyPem(), folder(name)));
  }

  private void putCommands() throws IOException {
    Path bin = Files.createDirectory(directory().resolve("bin"));
    for (String name : List.of("ipvsadm", "ldirectord")) {
      Path script = bin.resolve(name);
      Files.writeString(
          script, "#!/bin/sh\nexec '%s' %s \"$@\"\n".formatted(home.resolve("jlvs"), name));
      Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
  }
}
