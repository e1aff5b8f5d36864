package org.jlvs.testbed.differential;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jlvs.linux.sys.SyscallFilter;

/**
 * A Linux kernel with IPVS as an ordinary process (Debian's package user-mode-linux), on the host's
 * file system, read only but for one folder. Its first process is a script that comes with this
 * class.
 *
 * <p>User-mode Linux 6.1 saves its processes' registers in a buffer that is too small for what
 * processors with AMX have, and stops. It is made to believe that there are only the registers of
 * SSE: asking for more fails (PTRACE_GETREGSET, by a seccomp filter). Nothing in there may use AVX
 * then, which glibc is told by a tunable, and no process may have two threads.
 */
public final class UserModeLinux {
  private static final String MODULES = "/usr/lib/uml/modules";
  private static final String PYTHON = "/usr/bin/python3";

  /** Plays scenarios: {@code scenarios} of the job's folder in, {@code recorded} out. */
  static final String PLAYER = "player.py";

  /** Types commands: {@code sessions} of the job's folder in, {@code answers} out. */
  public static final String TYPIST = "typist.py";

  /** Lets ldirectord live through events: {@code stage.json} in, {@code stage-done.json} out. */
  public static final String STAGE = "stage.py";

  private static final String DONE = "played";
  private static final int PTRACE = 101;
  private static final int PTRACE_GETREGSET = 0x4204;
  private static final int NT_X86_XSTATE = 0x202;
  private static final int EINVAL = 22;
  private static final String WITHOUT_AVX =
      "GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX,-AVX2,-AVX512F,-AVX512VL,-AVX512BW,-FMA,"
          + "-AVX_Fast_Unaligned_Load";

  private UserModeLinux() {}

  /** Why it cannot run here, if so. */
  public static Optional<String> missing() {
    if (!"amd64".equals(System.getProperty("os.arch"))) {
      return Optional.of("user-mode Linux runs on x86-64 only");
    }
    if (program("linux.uml").isEmpty() || !Files.isDirectory(Path.of(MODULES))) {
      return Optional.of("there is no linux.uml; install the package user-mode-linux");
    }
    for (String needed : List.of("ipvsadm", "iptables-legacy", "ip", "taskset")) {
      if (program(needed).isEmpty()) {
        return Optional.of("there is no program " + needed + "; see the packages in tools/test");
      }
    }
    if (!Files.isExecutable(Path.of(PYTHON))) {
      return Optional.of("there is no " + PYTHON + "; install the package python3");
    }
    return Optional.empty();
  }

  private static Optional<Path> program(String name) {
    return Stream.of("/usr/bin", "/usr/sbin", "/bin", "/sbin")
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /**
   * Boots, lets a script work through the job's folder as its only process, and ends.
   *
   * @param script {@link #PLAYER}, {@link #TYPIST} or {@link #STAGE}
   * @return what the console said
   * @throws IOException when it cannot start, is not done in time, or the script fails
   */
  public static String play(Path job, String script, Duration limit)
      throws IOException, InterruptedException {
    Path player = writeScripts(job, script);
    Path console = job.resolve("console");
    FutureTask<Process> start = new FutureTask<>(() -> start(job, player, console));
    Thread.ofPlatform().name("uml starter").start(start);
    Process kernel;
    try {
      kernel = start.get();
    } catch (ExecutionException e) {
      throw new IOException("user-mode Linux does not start: " + e.getMessage(), e);
    }
    Thread atExit = new Thread(() -> endAll(kernel), "uml end");
    Runtime.getRuntime().addShutdownHook(atExit);
    try {
      if (!kernel.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
        throw new IOException(
            "user-mode Linux was not done in %d s; it said: %s"
                .formatted(limit.toSeconds(), Files.readString(console)));
      }
    } finally {
      endAll(kernel);
      kernel.waitFor();
      withdraw(atExit);
    }
    String said = Files.readString(console);
    if (!said.contains(DONE)) {
      throw new IOException("user-mode Linux ended before its script did; it said: " + said);
    }
    return said;
  }

  /**
   * Writes all scripts, which use each other, to a folder.
   *
   * @return where the one is that was asked for
   */
  public static Path writeScripts(Path folder, String script) throws IOException {
    for (String name : List.of(PLAYER, TYPIST, STAGE)) {
      try (InputStream text = UserModeLinux.class.getResourceAsStream(name)) {
        Files.write(folder.resolve(name), Objects.requireNonNull(text, name).readAllBytes());
      }
    }
    return folder.resolve(script);
  }

  /** On a thread of its own: the filter can't be taken off again. */
  private static Process start(Path job, Path player, Path console) throws IOException {
    SyscallFilter.fail(
        PTRACE,
        EINVAL,
        List.of(
            new SyscallFilter.Argument(0, PTRACE_GETREGSET),
            new SyscallFilter.Argument(2, NT_X86_XSTATE)));
    List<String> command =
        List.of(
            "taskset",
            "--cpu-list",
            lastProcessor(),
            program("linux.uml").orElseThrow().toString(),
            "mem=1500M",
            "root=/dev/root",
            "rootfstype=hostfs",
            "rootflags=/",
            "ro",
            "init=" + PYTHON,
            "con=null",
            "con0=null,fd:1",
            "ssl=null",
            // Chooses its algorithm by measuring, with AVX too.
            "initcall_blacklist=raid6_select_algo",
            "quiet",
            "loglevel=3",
            "uml_dir=" + job,
            "umid=uml",
            WITHOUT_AVX,
            "--",
            "-I",
            "-S",
            player.toString(),
            job.toString());
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(console.toFile())
        .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
        .start();
  }

  /**
   * One processor for all: the kernel and its processes take turns, a thousand times for each
   * program that starts, and waking each other on other processors makes that ten times slower.
   */
  private static String lastProcessor() throws IOException {
    String allowed =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("Cpus_allowed_list:"))
            .findFirst()
            .orElse("0");
    return allowed.replaceFirst(".*\\D", "");
  }

  private static void withdraw(Thread atExit) {
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException e) {
      // The JVM is ending: it has run, or will.
      return;
    }
  }

  /** Its processes are processes of the host: an end by force leaves them. */
  private static void endAll(Process kernel) {
    List<ProcessHandle> all = new ArrayList<>(kernel.descendants().toList());
    all.add(kernel.toHandle());
    all.forEach(ProcessHandle::destroyForcibly);
  }
}
