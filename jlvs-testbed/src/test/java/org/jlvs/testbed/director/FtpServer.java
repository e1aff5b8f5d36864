package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import org.jlvs.testbed.namespaces.Background;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Waiting;

/**
 * vsftpd on a host: anonymous clients get {@code pub/pattern} and {@code pub/name}, which is the
 * host's name, and may put files into {@code up}.
 */
final class FtpServer implements AutoCloseable {
  static final int PATTERN_BYTES = 3_000_000;

  private final Path uploads;
  private final Background process;

  private FtpServer(Path uploads, Background process) {
    this.uploads = uploads;
    this.process = process;
  }

  /** Serves port 21 of all the host's addresses of both families. */
  static FtpServer start(Host host, Path directory) throws IOException {
    Path root = Files.createDirectories(directory.resolve(host.name()).resolve("ftp"));
    Path files = Files.createDirectory(root.resolve("pub"));
    Path uploads = Files.createDirectory(root.resolve("up"));
    Files.write(files.resolve("pattern"), WebServer.pattern(PATTERN_BYTES));
    Files.writeString(files.resolve("name"), host.name());
    for (Path way = root; way.getNameCount() > 1; way = way.getParent()) {
      Files.setPosixFilePermissions(way, PosixFilePermissions.fromString("rwxr-xr-x"));
      if (way.equals(directory)) {
        break;
      }
    }
    Files.setPosixFilePermissions(uploads, PosixFilePermissions.fromString("rwxrwxrwx"));
    Path empty = Files.createDirectories(directory.resolve("empty"));
    Path configuration =
        Files.writeString(
            directory.resolve(host.name()).resolve("vsftpd.conf"),
            """
            listen=NO
            listen_ipv6=YES
            background=NO
            anonymous_enable=YES
            no_anon_password=YES
            anon_root=%s
            write_enable=YES
            anon_upload_enable=YES
            anon_umask=022
            connect_from_port_20=YES
            secure_chroot_dir=%s
            seccomp_sandbox=NO
            """
                .formatted(root, empty));
    Background process = host.start("vsftpd", configuration.toString());
    boolean listens =
        Waiting.until(
            DirectorLab.PATIENCE,
            () -> host.run("ss", "-Hltn", "sport = :21").out().contains(":21"));
    assertThat(listens).as("vsftpd listens: %s", process.output()).isTrue();
    return new FtpServer(uploads, process);
  }

  /** Whether a file of this name was put here, whole. */
  boolean has(String name, byte[] content) throws IOException {
    Path file = uploads.resolve(name);
    return Files.exists(file) && Arrays.equals(Files.readAllBytes(file), content);
  }

  @Override
  public void close() {
    process.kill();
  }
}
