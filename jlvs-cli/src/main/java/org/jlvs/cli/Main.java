package org.jlvs.cli;

import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jlvs.ipvsadm.Ipvsadm;
import org.jlvs.ipvsadm.SystemNames;
import org.jspecify.annotations.Nullable;

/**
 * The command line: {@code ipvsadm}, {@code ipvsadm-save}, {@code ipvsadm-restore} and all other
 * commands that the director executes. Without a director, ipvsadm still explains its usage.
 */
public final class Main {
  private static final int FAILURE = 2;

  /** What a shell shows of a program whose reader has gone. */
  private static final int BROKEN_PIPE = 141;

  /** Set by the launcher when standard error is a terminal. */
  private static final String TERMINAL = "JLVS_TERMINAL";

  private static final String NO_SYNCHRONIZATION =
      "ipvsadm: note: the daemon is kept and shown by -L --daemon, but this director does not"
          + " synchronize connections";

  private Main() {}

  /**
   * @param args the program's name and its arguments
   */
  public static void main(String[] args) {
    System.exit(run(List.copyOf(Arrays.asList(args))));
  }

  private static int run(List<String> args) {
    if (args.isEmpty()) {
      System.err.println("jlvs: which command? Try `jlvs help`.");
      return FAILURE;
    }
    String program = args.getFirst();
    List<String> arguments = args.subList(1, args.size());
    boolean mayStart = !arguments.contains(DirectorStarter.OPTION);
    if (!mayStart) {
      arguments = withoutOption(arguments);
    }
    StandardOutput out = new StandardOutput(new FileOutputStream(FileDescriptor.out));
    OutputStream err = new FileOutputStream(FileDescriptor.err);
    try {
      Path socket = ControlSocket.ofThisNamespace();
      try {
        return ask(socket, program, arguments, out, err);
      } catch (DirectorUnreachableException e) {
        if (program.startsWith("ipvsadm")) {
          return withoutDirector(socket, program, arguments, out, err, mayStart, e);
        }
        throw e;
      }
    } catch (IOException e) {
      return failure(program, out, e);
    }
  }

  private static int ask(
      Path socket, String program, List<String> arguments, OutputStream out, OutputStream err)
      throws IOException {
    try (ControlClient client = new ControlClient(socket)) {
      @Nullable InputStream input =
          Ipvsadm.readsInput(program, arguments) ? new FileInputStream(FileDescriptor.in) : null;
      int exitCode = client.run(program, arguments, input, out, err);
      if (exitCode == 0 && startsDaemon(program, arguments) && System.getenv(TERMINAL) != null) {
        System.err.println(NO_SYNCHRONIZATION);
      }
      return exitCode;
    }
  }

  private static boolean startsDaemon(String program, List<String> arguments) {
    return program.equals("ipvsadm")
        && !arguments.isEmpty()
        && arguments.getFirst().startsWith("--start-daemon");
  }

  private static List<String> withoutOption(List<String> arguments) {
    List<String> others = new ArrayList<>(arguments);
    others.removeIf(DirectorStarter.OPTION::equals);
    return others;
  }

  /** Usage and misuse need no director; for the rest one is started where that is allowed. */
  private static int withoutDirector(
      Path socket,
      String program,
      List<String> arguments,
      OutputStream out,
      OutputStream err,
      boolean mayStart,
      DirectorUnreachableException why)
      throws IOException {
    if (!Ipvsadm.readsInput(program, arguments)) {
      NoDirector noDirector = new NoDirector(String.valueOf(why.getMessage()));
      ByteArrayOutputStream said = new ByteArrayOutputStream();
      ByteArrayOutputStream complained = new ByteArrayOutputStream();
      InputStream nothing = InputStream.nullInputStream();
      int exitCode =
          Ipvsadm.run(
              program, arguments, nothing, said, complained, noDirector, SystemNames.ofHost());
      if (!noDirector.wasAsked()) {
        out.write(said.toByteArray());
        err.write(complained.toByteArray());
        return exitCode;
      }
    }
    Optional<Path> launcher = DirectorStarter.launcher(System.getenv());
    if (!mayStart || launcher.isEmpty() || why.isForbidden()) {
      throw why;
    }
    String started = DirectorStarter.start(launcher.get(), socket);
    System.err.println(program + ": " + started);
    return ask(socket, program, arguments, out, err);
  }

  private static int failure(String program, StandardOutput out, IOException e) {
    if (out.broken) {
      return BROKEN_PIPE;
    }
    System.err.println(program + ": " + e.getMessage());
    return FAILURE;
  }

  /** Remembers that it was its own end which failed. */
  private static final class StandardOutput extends OutputStream {
    private final OutputStream out;
    private boolean broken;

    StandardOutput(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      try {
        out.write(bytes, offset, length);
      } catch (IOException e) {
        broken = true;
        throw e;
      }
    }
  }
}
