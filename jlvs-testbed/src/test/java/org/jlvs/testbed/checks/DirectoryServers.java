package org.jlvs.testbed.checks;

import static org.jlvs.testbed.checks.CheckCase.Original.CANNOT_TELL;
import static org.jlvs.testbed.checks.CheckCase.Original.SAYS_DOWN;
import static org.jlvs.testbed.checks.CheckCase.Original.SAYS_UP;
import static org.jlvs.testbed.checks.CheckCase.down;
import static org.jlvs.testbed.checks.CheckCase.up;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** Those who are asked for names, people and files: slapd, bind, FreeRADIUS, Kamailio, vsftpd. */
final class DirectoryServers {
  private DirectoryServers() {}

  static RealServer slapd() {
    String base = "request=\"cn=anna,dc=example,dc=com\"";
    String login = "login=\"cn=admin,dc=example,dc=com\"";
    String good = "passwd=\"secret\"";
    return new RealServer(
        "slapd",
        Path.of("/usr/sbin/slapd"),
        "slapd",
        (host, folder) -> {
          Certificates.write(host, folder);
          RealServer.write(
              folder,
              "slapd.conf",
              """
              include /etc/ldap/schema/core.schema
              modulepath /usr/lib/ldap
              moduleload back_mdb
              TLSCACertificateFile DIR/ca.pem
              TLSCertificateFile DIR/cert.pem
              TLSCertificateKeyFile DIR/key.pem
              database mdb
              maxsize 16777216
              suffix "dc=example,dc=com"
              rootdn "cn=admin,dc=example,dc=com"
              rootpw secret
              directory DIR/data
              """);
          RealServer.write(
              folder,
              "entries",
              """
              dn: dc=example,dc=com
              objectClass: dcObject
              objectClass: organization
              o: Example
              dc: example

              dn: cn=anna,dc=example,dc=com
              objectClass: person
              cn: anna
              sn: Test
              """);
          Files.createDirectory(folder.resolve("data"));
          host.require(
              "slapadd",
              "-f",
              folder.resolve("slapd.conf").toString(),
              "-l",
              folder.resolve("entries").toString());
        },
        List.of("slapd", "-d", "0", "-h", "ldap:/// ldaps:///", "-f", "DIR/slapd.conf"),
        List.of(
            up(389, "service=ldap", login, good, base, "receive=\"cn=anna\""),
            up(389, "service=ldap", base),
            down("does not contain", 389, "service=ldap", base, "receive=\"cn=otto\""),
            down("invalid credentials", 389, "service=ldap", login, "passwd=\"wrong\"", base),
            down("no such object", 389, "service=ldap", "request=\"cn=otto,dc=example,dc=com\""),
            up(636, "service=ldaps", login, good, base),
            down("invalid credentials", 636, "service=ldaps", login, "passwd=\"wrong\"", base),
            up(636, "service=ldaps", base, "tlsverify=yes", "tlsca=DIR/ca.pem")
                .originally(CANNOT_TELL),
            down("the certificate is of nobody in", 636, "service=ldaps", base, "tlsverify=yes")
                .originally(CANNOT_TELL),
            down(
                    "the certificate is not for ldap.example.com",
                    636,
                    "service=ldaps",
                    base,
                    "virtualhost=ldap.example.com",
                    "tlsverify=yes",
                    "tlsca=DIR/ca.pem")
                .originally(CANNOT_TELL)));
  }

  static RealServer bind() {
    String name = "request=\"www.example.com\"";
    return new RealServer(
        "bind",
        Path.of("/usr/sbin/named"),
        "bind9",
        (_, folder) -> {
          RealServer.write(
              folder,
              "named.conf",
              """
              options {
                directory "DIR"; pid-file "DIR/pid"; session-keyfile "DIR/session.key";
                managed-keys-directory "DIR"; dnssec-validation no; empty-zones-enable no;
                listen-on port 53 { any; }; listen-on-v6 { none; }; recursion no;
              };
              controls { };
              zone "example.com" { type master; file "DIR/names"; };
              zone "0.0.10.in-addr.arpa" { type master; file "DIR/addresses"; };
              """);
          String head = "$TTL 60\n@ IN SOA ns.example.com. me.example.com. 1 60 60 60 60\n";
          RealServer.write(
              folder,
              "names",
              head
                  + " IN NS ns\nns IN A 127.0.0.1\nwww IN A 10.0.0.1\nwww IN A 10.0.0.2\n"
                  + "six IN AAAA 2001:db8::6\n");
          RealServer.write(
              folder, "addresses", head + " IN NS ns.example.com.\n1 IN PTR www.example.com.\n");
        },
        List.of("named", "-f", "-n", "1", "-c", "DIR/named.conf"),
        List.of(
            up(53, "service=dns", name, "receive=\"10\\.0\\.0\\.2\"", "protocol=udp"),
            up(53, "service=dns", name, "receive=\"10\\.0\\.0\\.2\"", "protocol=tcp"),
            up(53, "service=dns", "request=\"10.0.0.1\"", "receive=\"www\"", "protocol=udp"),
            up(53, "service=dns", name, "protocol=udp").originally(SAYS_DOWN),
            up(53, "service=dns", "request=\"six.example.com\"", "receive=\"2001:db8\"")
                .originally(SAYS_DOWN),
            down("does not contain", 53, "service=dns", name, "receive=\"10\\.9\""),
            down("NXDOMAIN", 53, "service=dns", "request=\"no.example.com\"", "receive=\"1\""),
            down("REFUSED", 53, "service=dns", "request=\"www.example.net\"", "receive=\"1\"")));
  }

  static RealServer freeradius() {
    String secret = "secret=\"testing\"";
    String login = "login=\"anna\"";
    return new RealServer(
        "freeradius",
        Path.of("/usr/sbin/freeradius"),
        "freeradius",
        (_, folder) -> {
          RealServer.write(
              folder,
              "radiusd.conf",
              """
              libdir = /usr/lib/freeradius
              logdir = DIR
              run_dir = DIR
              security { reject_delay = 0 }
              log { destination = stdout }
              thread pool {
                start_servers = 1
                max_servers = 2
              }
              client here {
                ipaddr = 127.0.0.0/8
                secret = testing
              }
              modules {
                pap { }
                files { usersfile = DIR/users }
              }
              server default {
                listen {
                  type = auth
                  ipaddr = *
                  port = 1812
                }
                authorize {
                  files
                  pap
                }
                authenticate {
                  Auth-Type PAP {
                    pap
                  }
                }
              }
              """);
          RealServer.write(folder, "users", "anna Cleartext-Password := \"secret\"\n");
          RealServer.write(folder, "dictionary", "");
        },
        List.of("freeradius", "-f", "-l", "stdout", "-d", "DIR"),
        List.of(
            up(1812, "service=radius", "protocol=udp", login, "passwd=\"secret\"", secret),
            down(
                "AccessReject",
                1812,
                "service=radius",
                "protocol=udp",
                login,
                "passwd=\"wrong\"",
                secret),
            down(
                "no complete answer within 2 s",
                1812,
                "service=radius",
                "protocol=udp",
                "negotiatetimeout=2",
                login,
                "passwd=\"secret\"",
                "secret=\"other\"")));
  }

  static RealServer kamailio() {
    return new RealServer(
        "kamailio",
        Path.of("/usr/sbin/kamailio"),
        "kamailio",
        (_, folder) ->
            RealServer.write(
                folder,
                "kamailio.cfg",
                """
                #!KAMAILIO
                debug=0
                log_stderror=yes
                children=1
                tcp_children=1
                auto_aliases=no
                listen=udp:0.0.0.0:5060
                listen=tcp:0.0.0.0:5060
                loadmodule "sl.so"
                loadmodule "pv.so"
                loadmodule "textops.so"
                request_route {
                  if (is_method("OPTIONS") && $rU == "anna") {
                    sl_send_reply("200", "OK");
                    exit;
                  }
                  sl_send_reply("404", "Not Here");
                }
                """),
        List.of(
            "kamailio",
            "-DD",
            "-f",
            "DIR/kamailio.cfg",
            "-P",
            "DIR/pid",
            "-w",
            "DIR",
            "-Y",
            "DIR",
            "-m",
            "16",
            "-M",
            "4"),
        List.of(
            up(5060, "service=sip", "protocol=udp", "login=\"anna@127.0.0.1\""),
            up(5060, "service=sip", "protocol=tcp", "login=\"anna@127.0.0.1\""),
            down(
                "SIP/2.0 404 Not Here",
                5060,
                "service=sip",
                "protocol=udp",
                "login=\"otto@127.0.0.1\""),
            down(
                "SIP/2.0 404 Not Here",
                5060,
                "service=sip",
                "protocol=tcp",
                "login=\"otto@127.0.0.1\"")));
  }

  static RealServer vsftpd() {
    String file = "request=\"pub/index\"";
    return new RealServer(
        "vsftpd",
        Path.of("/usr/sbin/vsftpd"),
        "vsftpd",
        (_, folder) -> {
          RealServer.write(
              folder,
              "vsftpd.conf",
              """
              listen=YES
              listen_address=0.0.0.0
              background=NO
              anonymous_enable=YES
              local_enable=NO
              no_anon_password=YES
              anon_root=DIR/root
              secure_chroot_dir=DIR/empty
              seccomp_sandbox=NO
              """);
          Files.createDirectories(folder.resolve("root/pub"));
          Files.createDirectory(folder.resolve("empty"));
          RealServer.write(folder, "root/pub/index", "Test Page\n");
          for (String open : List.of("root", "root/pub", "empty")) {
            Files.setPosixFilePermissions(
                folder.resolve(open), PosixFilePermissions.fromString("rwxr-xr-x"));
          }
        },
        List.of("vsftpd", "DIR/vsftpd.conf"),
        List.of(
            up(21, "service=ftp", file, "receive=\"Test Page\""),
            down("does not contain", 21, "service=ftp", file, "receive=\"Wartung\""),
            down(
                "cannot read \"pub/none\"",
                21,
                "service=ftp",
                "request=\"pub/none\"",
                "receive=\"Test Page\""),
            down("cannot read \"pub/none\"", 21, "service=ftp", "request=\"pub/none\"")
                .originally(SAYS_UP),
            down(
                "login refused",
                21,
                "service=ftp",
                "login=\"otto\"",
                "passwd=\"secret\"",
                file,
                "receive=\"Test Page\"")));
  }
}
