package org.jlvs.testbed.checks;

import static org.jlvs.testbed.checks.CheckCase.Original.CANNOT_TELL;
import static org.jlvs.testbed.checks.CheckCase.Original.SAYS_DOWN;
import static org.jlvs.testbed.checks.CheckCase.down;
import static org.jlvs.testbed.checks.CheckCase.up;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jlvs.testbed.namespaces.Host;

/** nginx, and squid before one. */
final class WebServers {
  private static final String NGINX =
      """
      daemon off; pid DIR/nginx.pid; error_log DIR/error.log; worker_processes 1; user root;
      events { }
      http {
        access_log off;
        client_body_temp_path DIR/t1; proxy_temp_path DIR/t2; fastcgi_temp_path DIR/t3;
        uwsgi_temp_path DIR/t4; scgi_temp_path DIR/t5;
        ssl_certificate DIR/cert.pem; ssl_certificate_key DIR/key.pem;
        server {
          listen 80 default_server; listen 443 ssl default_server;
          root DIR/www;
          location /moved { return 301 /index.html; }
          location /broken { return 503; }
        }
        server {
          listen 80; listen 443 ssl;
          server_name www.example.com; root DIR/www/named;
        }
        server {
          listen 443 ssl;
          server_name old.example.com;
          ssl_certificate DIR/old.pem; ssl_certificate_key DIR/key.pem;
        }
        server {
          listen 443 ssl;
          server_name picky.example.com;
          ssl_reject_handshake on;
        }
      }
      """;
  private static final String SQUID =
      """
      http_port 3128
      acl here dst 127.0.0.1/32
      http_access allow here
      http_access deny all
      cache deny all
      pid_filename none
      netdb_filename none
      cache_log DIR/cache.log
      access_log none
      cache_store_log none
      coredump_dir DIR
      visible_hostname squid.example.com
      shutdown_lifetime 0 seconds
      """;

  private WebServers() {}

  private static void site(Host host, Path folder) throws IOException {
    Certificates.write(host, folder);
    RealServer.write(folder, "nginx.conf", NGINX);
    Files.createDirectories(folder.resolve("www/named"));
    RealServer.write(folder, "www/index.html", "<h1>Test Page</h1>\n");
    RealServer.write(folder, "www/named/index.html", "the named host\n");
  }

  static RealServer nginx() {
    String page = "request=\"index.html\"";
    String good = "receive=\"Test\\s+Page\"";
    String named = "virtualhost=" + Certificates.NAME;
    String verify = "tlsverify=yes";
    String authority = "tlsca=DIR/ca.pem";
    return new RealServer(
        "nginx",
        Path.of("/usr/sbin/nginx"),
        "nginx-light",
        WebServers::site,
        List.of("nginx", "-c", "DIR/nginx.conf"),
        List.of(
            up(80, "service=http", page, good),
            up(80, "service=http", page, named, "receive=\"^the named host\""),
            up(80, "service=http", "request=\"moved\"", good),
            up(80, "service=http", "httpmethod=HEAD"),
            up(80, "checktype=connect"),
            up(80, "service=none"),
            down("does not contain /Wartung/", 80, "service=http", page, "receive=\"Wartung\""),
            down("HTTP status 404", 80, "service=http", "request=\"none.html\"", good),
            down("HTTP status 503", 80, "service=http", "request=\"broken\""),
            up(443, "service=https", page, good).originally(SAYS_DOWN),
            up(443, "service=https", page, named, "receive=\"^the named host\"")
                .originally(SAYS_DOWN),
            down("does not contain", 443, "service=https", page, named, good),
            down("TLS: ", 443, "service=https", "virtualhost=picky.example.com"),
            down("HTTP status 400", 443, "service=http", page, good),
            up(443, "service=https", named, verify, authority).originally(CANNOT_TELL),
            up(443, "service=https", verify, authority).originally(CANNOT_TELL),
            down(
                    "the certificate has expired",
                    443,
                    "service=https",
                    "virtualhost=old.example.com",
                    verify,
                    authority)
                .originally(CANNOT_TELL),
            down("the certificate is of nobody in", 443, "service=https", named, verify)
                .originally(CANNOT_TELL),
            down(
                    "the certificate is not for other.example.com",
                    443,
                    "service=https",
                    "virtualhost=other.example.com",
                    verify,
                    authority)
                .originally(CANNOT_TELL)));
  }

  static RealServer squid() {
    String through = "request=\"http://127.0.0.1/index.html\"";
    return new RealServer(
        "squid",
        Path.of("/usr/sbin/squid"),
        "squid",
        (host, folder) -> {
          site(host, folder);
          RealServer.write(folder, "squid.conf", SQUID);
          host.require("chown", "proxy", folder.toString());
        },
        List.of("sh", "-c", "nginx -c DIR/nginx.conf & exec squid -N -f DIR/squid.conf"),
        List.of(
            up(3128, "service=http_proxy", through, "receive=\"Test Page\""),
            up(3128, through, "receive=\"Test Page\""),
            down("does not contain", 3128, "service=http_proxy", through, "receive=\"Wartung\""),
            down(
                "HTTP status 404", 3128, "service=http_proxy", "request=\"http://127.0.0.1/none\""),
            down("HTTP status 403", 3128, "service=http_proxy", "request=\"http://10.1.1.1/\""),
            down(
                "HTTP status 503",
                3128,
                "service=http_proxy",
                "request=\"http://127.0.0.1:81/\"")));
  }
}
