package org.jlvs.testbed.checks;

import static org.jlvs.testbed.checks.CheckCase.down;
import static org.jlvs.testbed.checks.CheckCase.up;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** MariaDB and PostgreSQL, each with a database that has a table with one row and an empty one. */
final class DatabaseServers {
  private static final String LOGIN = "login=\"checker\"";
  private static final String PASSWORD = "passwd=\"secret\"";
  private static final String DATABASE = "database=\"shop\"";
  private static final String QUERY = "request=\"select * from goods\"";

  private DatabaseServers() {}

  static RealServer mariadb() {
    String service = "service=mysql";
    return new RealServer(
        "mariadb",
        Path.of("/usr/sbin/mariadbd"),
        "mariadb-server",
        (host, folder) -> {
          RealServer.write(
              folder,
              "init.sql",
              """
              CREATE DATABASE IF NOT EXISTS shop;
              CREATE TABLE IF NOT EXISTS shop.goods (id INT PRIMARY KEY);
              CREATE TABLE IF NOT EXISTS shop.sold (id INT PRIMARY KEY);
              REPLACE INTO shop.goods VALUES (1);
              CREATE USER IF NOT EXISTS checker@'127.%' IDENTIFIED BY 'secret';
              GRANT SELECT ON shop.* TO checker@'127.%';
              """);
          host.require("chown", "mysql", folder.toString());
          host.require(
              "mariadb-install-db",
              "--no-defaults",
              "--user=mysql",
              "--skip-test-db",
              "--skip-name-resolve",
              "--innodb-log-file-size=4M",
              "--datadir=" + folder.resolve("data"));
        },
        List.of(
            "mariadbd",
            "--no-defaults",
            "--user=mysql",
            "--datadir=DIR/data",
            "--socket=DIR/socket",
            "--pid-file=DIR/pid",
            "--bind-address=0.0.0.0",
            "--skip-name-resolve",
            "--innodb-log-file-size=4M",
            "--innodb-buffer-pool-size=8M",
            "--init-file=DIR/init.sql"),
        List.of(
            up(3306, service, LOGIN, PASSWORD, DATABASE, QUERY),
            down("Access denied", 3306, service, LOGIN, "passwd=\"wrong\"", DATABASE, QUERY),
            down("nosuch", 3306, service, LOGIN, PASSWORD, "database=\"nosuch\"", QUERY),
            down(
                "nosuch",
                3306,
                service,
                LOGIN,
                PASSWORD,
                DATABASE,
                "request=\"select * from nosuch\""),
            down(
                "query has no rows",
                3306,
                service,
                LOGIN,
                PASSWORD,
                DATABASE,
                "request=\"select * from sold\""),
            down("wants a login and a request", 3306, service, LOGIN, PASSWORD, DATABASE)));
  }

  static RealServer postgresql() {
    String service = "service=pgsql";
    Path programs = newestPostgresql();
    return new RealServer(
        "postgresql",
        programs.resolve("postgres"),
        "postgresql",
        (host, folder) -> {
          Files.writeString(folder.resolve("password"), "secret\n");
          host.require("chown", "postgres", folder.toString());
          host.require(
              "sh",
              "-c",
              asPostgres(
                      "%s/initdb -D DIR/data -U checker -A scram-sha-256 --pwfile=DIR/password"
                          + " --no-sync --no-locale -E UTF8 && echo 'host all all 127.0.0.0/8"
                          + " scram-sha-256' >> DIR/data/pg_hba.conf && sed -i '1i host kerberos all"
                          + " 127.0.0.0/8 gss' DIR/data/pg_hba.conf && printf '%%s\\n' 'create database"
                          + " shop' | %s/postgres --single -D DIR/data postgres && printf"
                          + " '%%s\\n' 'create table goods (id int)' 'insert into goods values"
                          + " (1)' 'create table sold (id int)' | %s/postgres --single -D"
                          + " DIR/data shop")
                  .replace("%s/", programs + "/")
                  .replace("%%", "%")
                  .replace("DIR", folder.toString()));
        },
        List.of(
            "setpriv",
            "--reuid=postgres",
            "--regid=postgres",
            "--clear-groups",
            programs.resolve("postgres").toString(),
            "-D",
            "DIR/data",
            "-c",
            "listen_addresses=*",
            "-c",
            "unix_socket_directories=DIR",
            "-c",
            "fsync=off"),
        List.of(
            up(5432, service, LOGIN, PASSWORD, DATABASE, QUERY),
            down(
                "password authentication failed",
                5432,
                service,
                LOGIN,
                "passwd=\"wrong\"",
                DATABASE,
                QUERY),
            down("nosuch", 5432, service, LOGIN, PASSWORD, "database=\"nosuch\"", QUERY),
            down("GSS", 5432, service, LOGIN, PASSWORD, "database=\"kerberos\"", QUERY),
            down(
                "nosuch",
                5432,
                service,
                LOGIN,
                PASSWORD,
                DATABASE,
                "request=\"select * from nosuch\""),
            down(
                "query has no rows",
                5432,
                service,
                LOGIN,
                PASSWORD,
                DATABASE,
                "request=\"select * from sold\"")));
  }

  private static String asPostgres(String commands) {
    return "exec setpriv --reuid=postgres --regid=postgres --clear-groups sh -c \""
        + commands
        + "\"";
  }

  /** Debian keeps each version's programs in a folder of its own, beside PATH. */
  private static Path newestPostgresql() {
    Path versions = Path.of("/usr/lib/postgresql");
    if (!Files.isDirectory(versions)) {
      return versions;
    }
    try (Stream<Path> folders = Files.list(versions)) {
      return folders.max(Comparator.naturalOrder()).orElse(versions).resolve("bin");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
