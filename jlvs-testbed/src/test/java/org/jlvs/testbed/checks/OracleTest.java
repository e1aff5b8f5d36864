package org.jlvs.testbed.checks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.jlvs.testbed.namespaces.Waiting;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code service=oracle} as an operator has it: without a driver, and with one whose path is in
 * {@code JLVS_CLASSPATH}. Oracle's own may not be passed on, so that a driver of the same URLs
 * takes its place, which speaks to a server of lines.
 */
@Timeout(90)
final class OracleTest {
  private static final Path SOURCES = Path.of("..").toAbsolutePath().normalize();
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final String NO_DRIVER =
      "there is no Oracle driver: name the path of ojdbc17.jar in JLVS_CLASSPATH and restart";

  /** What the server says to a line; to others nothing. */
  private static final Map<String, String> ANSWERS =
      Map.of(
          "scott tiger ORCL", "OK",
          "scott tiger DEAF", "OK",
          "scott lion ORCL", "ORA-01017: invalid username/password; logon denied",
          "scott tiger NONE", "ORA-12505: listener does not currently know of SID NONE",
          "SELECT 1 FROM dual", "ROWS 1",
          "SELECT 1 FROM empty", "ROWS 0",
          "SELECT 1 FROM gone", "ORA-00942: table or view does not exist");

  @TempDir Path directory;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final StringBuilder sections = new StringBuilder();
  private ServerSocket listener;

  @BeforeEach
  void begin() throws IOException {
    listener = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    Thread.startVirtualThread(this::accept);
    installLauncher();
  }

  @AfterEach
  void end() throws IOException {
    listener.close();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        Thread.startVirtualThread(() -> serve(socket));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        asked.add(line);
        String answer = ANSWERS.get(line);
        if (answer != null) {
          socket.getOutputStream().write((answer + "\n").getBytes(StandardCharsets.ISO_8859_1));
        }
      }
    } catch (IOException gone) {
      // The driver has left.
    }
  }

  /** The launcher where it finds this build's classes, in the hands of what it takes for a JDK. */
  private void installLauncher() throws IOException {
    Files.createDirectories(directory.resolve("tools"));
    Files.createDirectories(directory.resolve("lib"));
    for (String file : List.of("jlvs", "tools/launch.sh")) {
      Files.copy(SOURCES.resolve(file), directory.resolve(file));
    }
    Files.writeString(
        directory.resolve("launch"),
        "jlvs_java_home='%s'%njlvs_lib='%s'%njlvs_cli_path=%njlvs_version=test%n"
            .formatted(directory, directory.resolve("lib")));
    Path java = Files.createDirectories(directory.resolve("bin")).resolve("java");
    Files.writeString(
        java,
        """
        #!/bin/sh
        previous=
        for word do
          shift
          [ "$previous" != -cp ] || word="$word:%s"
          set -- "$@" "$word"
          previous=$word
        done
        exec '%s' -XX:TieredStopAtLevel=1 "$@"
        """
            .formatted(
                System.getProperty("java.class.path"),
                Path.of(System.getProperty("java.home"), "bin", "java")));
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Compiles the driver into a jar, as a file that an operator has got from Oracle. */
  private Path driver() throws IOException {
    Path source = Files.createDirectories(directory.resolve("driver")).resolve("OracleDriver.java");
    try (InputStream text = OracleTest.class.getResourceAsStream("oracle-driver.txt")) {
      Files.write(source, Objects.requireNonNull(text).readAllBytes());
    }
    Path classes = Files.createDirectories(directory.resolve("classes"));
    assertThat(
            ToolProvider.getSystemJavaCompiler()
                .run(null, null, null, "-d", classes.toString(), source.toString()))
        .isZero();
    Path services = Files.createDirectories(classes.resolve("META-INF/services"));
    Files.writeString(services.resolve("java.sql.Driver"), "example.OracleDriver\n");
    Path jar = directory.resolve("ojdbc17.jar");
    try (JarOutputStream packed = new JarOutputStream(Files.newOutputStream(jar));
        Stream<Path> files = Files.walk(classes)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        packed.putNextEntry(
            new JarEntry(classes.relativize(file).toString().replace(File.separatorChar, '/')));
        Files.copy(file, packed);
      }
    }
    return jar;
  }

  /** Adds a service to the configuration, of the address 10.0.0.NUMBER. */
  private void service(int number, String password, String database, String request) {
    sections.append(
        """
        virtual=10.0.0.%d:1521
        \treal=127.0.0.1:%d masq
        \tservice=oracle
        \tlogin="scott"
        \tpasswd="%s"
        \tdatabase="%s"
        \trequest="%s"
        """
            .formatted(number, listener.getLocalPort(), password, database, request));
  }

  private Process check(String classPath, String... options) throws IOException {
    Path file = directory.resolve("oracle.cf");
    Files.writeString(file, "checkinterval=1\nnegotiatetimeout=2\n" + sections);
    List<String> command =
        new ArrayList<>(List.of(directory.resolve("jlvs").toString(), "check", file.toString()));
    command.addAll(List.of(options));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(directory.resolve("out").toFile());
    builder.environment().put("JLVS_CLASSPATH", classPath);
    return builder.start();
  }

  /** What was printed so far: of each check service, result and reason, without times. */
  private List<String> printed() {
    try (Stream<String> lines = Files.lines(directory.resolve("out"))) {
      return lines
          .map(
              line ->
                  line.replaceFirst(
                      ".*tcp (10\\.0\\.0\\.\\d):1521 +127\\S+ +oracle +(\\w+) +\\S+ m?s +(.*)",
                      "$1 $2 $3"))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<String> checkedOnceWithDriver() throws Exception {
    Process check = check(driver().toString(), "--once");
    assertThat(check.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(check.exitValue()).as("%s", printed()).isEqualTo(1);
    List<String> lines = printed();
    return lines.subList(1, lines.size() - 1);
  }

  @Test
  void withoutADriverAServerIsDownAndTheLogSaysOnceWhatToDo() throws Exception {
    service(1, "tiger", "ORCL", "SELECT 1 FROM dual");
    Process check = check("");
    Waiting.until(PATIENCE, () -> !printed().isEmpty());
    Thread.sleep(2500);
    check.destroy();
    assertThat(check.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(printed()).containsExactly("10.0.0.1 down " + NO_DRIVER);
    assertThat(asked).isEmpty();
  }

  @Test
  void withADriverTheServersAnswerDecides() throws Exception {
    service(1, "tiger", "ORCL", "SELECT 1 FROM dual");
    service(2, "tiger", "ORCL", "/SELECT 1 FROM empty");
    service(3, "tiger", "ORCL", "SELECT 1 FROM gone");
    service(4, "lion", "ORCL", "SELECT 1 FROM dual");
    service(5, "tiger", "NONE", "SELECT 1 FROM dual");
    service(6, "tiger", "SILENT", "SELECT 1 FROM dual");
    service(7, "tiger", "DEAF", "SELECT 1 FROM dual");
    service(8, "tiger", "ORCL", "SELECT 1 FROM silence");
    assertThat(checkedOnceWithDriver())
        .containsExactlyInAnyOrder(
            "10.0.0.1 up query has rows",
            "10.0.0.2 down query has no rows",
            "10.0.0.3 down ORA-00942: table or view does not exist",
            "10.0.0.4 down ORA-01017: invalid username/password; logon denied",
            "10.0.0.5 down ORA-12505: listener does not currently know of SID NONE",
            "10.0.0.6 down no complete answer within 2 s",
            "10.0.0.7 down no complete answer within 2 s",
            "10.0.0.8 down no complete answer within 2 s");
  }

  /** One that heeds an interrupt is asked again; one that hangs takes no thread more each time. */
  @Test
  void aDriverThatHangsHoldsUpNothing() throws Exception {
    service(1, "tiger", "ORCL", "SELECT 1 FROM dual");
    service(2, "tiger", "DEAF", "SELECT 1 FROM dual");
    service(3, "tiger", "SILENT", "SELECT 1 FROM dual");
    Process check = check(driver().toString());
    boolean enough =
        Waiting.until(
            PATIENCE,
            () ->
                times("scott tiger ORCL") >= 7
                    && times("scott tiger SILENT") >= 3
                    && printed().size() >= 4);
    check.destroy();
    assertThat(check.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(enough).as("%s, asked %s", printed(), asked).isTrue();
    assertThat(printed())
        .containsExactlyInAnyOrder(
            "10.0.0.1 up query has rows",
            "10.0.0.2 down no complete answer within 2 s",
            "10.0.0.3 down no complete answer within 2 s",
            "10.0.0.2 down Oracle's driver has not come back from an earlier check");
    assertThat(times("scott tiger DEAF")).isEqualTo(1);
  }

  private long times(String line) {
    return asked.stream().filter(line::equals).count();
  }
}
