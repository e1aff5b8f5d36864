package org.jlvs.testbed.checks;

import static org.jlvs.testbed.checks.CheckCase.down;
import static org.jlvs.testbed.checks.CheckCase.up;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jlvs.testbed.namespaces.Host;

/**
 * InterNetNews. Its daemon for readers runs by itself; installing its package asks for a name of
 * the machine's that resolves, so it is also taken from where {@code tools/test} has unpacked it.
 */
final class NewsServers {
  private static final Path INSTALLED = Path.of("/usr/lib/news");
  private static final Path UNPACKED = Path.of("..", ".build", "debian").toAbsolutePath();

  /** Names are given and loads ignored, or it would ask for the one and refuse for the other. */
  private static final String INN =
      """
      mta: /bin/true
      domain: example.com
      pathhost: news.example.com
      organization: example
      ovmethod: tradindexed
      hismethod: hisv6
      nnrpdloadlimit: 0
      pathnews: NEWS
      pathetc: DIR
      pathdb: DIR/db
      pathrun: DIR/run
      pathtmp: DIR/tmp
      pathlog: DIR/log
      pathspool: DIR/SPOOL
      """;

  private static final String READERS =
      """
      auth "all" { hosts: "*" default: "someone" }
      access "all" { users: "*" newsgroups: "*" }
      """;

  private static final String NOBODY =
      """
      auth "none" { hosts: "192.0.2.1" default: "someone" }
      access "none" { users: "nobody" newsgroups: "!*" }
      """;

  private static final String STORAGE =
      """
      method tradspool {
        newsgroups: *
        class: 0
      }
      """;

  private static final String START =
      """
      export LD_LIBRARY_PATH=NEWS
      INNCONF=DIR/inn.conf NEWS/bin/nnrpd -D -f -n -p 1119 -c DIR/nobody.conf &
      INNCONF=DIR/unusable.conf NEWS/bin/nnrpd -D -f -n -p 2119 -c DIR/readers.conf &
      INNCONF=DIR/inn.conf exec NEWS/bin/nnrpd -D -f -n -p 119 -c DIR/readers.conf
      """;

  private NewsServers() {}

  static RealServer inn() {
    Path news = Files.isDirectory(INSTALLED) ? INSTALLED : UNPACKED.resolve("usr/lib/news");
    return new RealServer(
        "inn",
        news.resolve("bin/nnrpd"),
        "inn2",
        (host, folder) -> prepare(host, folder, news),
        List.of("sh", "DIR/start"),
        List.of(
            up(119, "service=nntp"),
            up(119, "service=nntp", "login=\"anna\"", "passwd=\"secret\""),
            down("greets with \"502 You have no permission to talk", 1119, "service=nntp"),
            down("response 400 received", 2119, "service=nntp"),
            up(
                119,
                "service=simpletcp",
                "request=\"LIST\\nQUIT\\n\"",
                "receive=\"local.test 0000000000\""),
            down(
                "does not contain",
                119,
                "service=simpletcp",
                "request=\"LIST\\nQUIT\\n\"",
                "receive=\"no.such.group\"")));
  }

  private static void prepare(Host host, Path folder, Path news) throws IOException {
    String inn = INN.replace("NEWS", news.toString());
    RealServer.write(folder, "inn.conf", inn.replace("SPOOL", "spool"));
    RealServer.write(folder, "unusable.conf", inn.replace("SPOOL", "nothing"));
    RealServer.write(folder, "readers.conf", READERS);
    RealServer.write(folder, "nobody.conf", NOBODY);
    RealServer.write(folder, "storage.conf", STORAGE);
    RealServer.write(folder, "start", START.replace("NEWS", news.toString()));
    for (String own : List.of("db", "run", "tmp", "log", "spool/articles", "spool/overview")) {
      Files.createDirectories(folder.resolve(own));
    }
    Files.writeString(
        folder.resolve("db/active"),
        """
        control 0000000000 0000000001 n
        junk 0000000000 0000000001 n
        local.test 0000000000 0000000001 y
        """);
    Files.createFile(folder.resolve("db/history"));
    Files.createFile(folder.resolve("db/active.times"));
    host.require("chown", "-R", "news:news", folder.toString());
    // The index of what was heard of and, from no articles, the overview, or nobody may read.
    run(host, folder, news, "makedbz", "-io");
    run(host, folder, news, "makehistory", "-Ox");
  }

  private static void run(Host host, Path folder, Path news, String program, String options) {
    host.require(
        "env",
        "INNCONF=" + folder.resolve("inn.conf"),
        "LD_LIBRARY_PATH=" + news,
        news.resolve("bin").resolve(program).toString(),
        options);
  }
}
