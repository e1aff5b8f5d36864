package org.jlvs.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
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

  private Main() {}

  /**
   * @param args the program's name and its arguments
   */
  public static void main(String[] args) {
    System.exit(run(List.copyOf(Arrays.asList(args))));
  }

  private static int run(List<String> args) {
    PrintStream messages = System.err;
    if (args.isEmpty()) {
      messages.println("jlvs: which command? Try `jlvs help`.");
      return FAILURE;
    }
    String program = args.getFirst();
    List<String> arguments = args.subList(1, args.size());
    InputStream input = new FileInputStream(FileDescriptor.in);
    OutputStream out = new FileOutputStream(FileDescriptor.out);
    OutputStream err = new FileOutputStream(FileDescriptor.err);
    StandardOutput watchedOut = new StandardOutput(out);
    try (ControlClient client = new ControlClient(ControlSocket.ofThisNamespace())) {
      @Nullable InputStream sent = Ipvsadm.readsInput(program, arguments) ? input : null;
      return client.run(program, arguments, sent, watchedOut, err);
    } catch (DirectorUnreachableException e) {
      return withoutDirector(program, arguments, input, watchedOut, err, e);
    } catch (IOException e) {
      return failure(program, watchedOut, e);
    }
  }

  private static int withoutDirector(
      String program,
      List<String> arguments,
      InputStream input,
      StandardOutput out,
      OutputStream err,
      DirectorUnreachableException why) {
    if (!program.startsWith("ipvsadm")) {
      return failure(program, out, why);
    }
    try {
      NoDirector noDirector = new NoDirector(String.valueOf(why.getMessage()));
      return Ipvsadm.run(program, arguments, input, out, err, noDirector, SystemNames.ofHost());
    } catch (IOException e) {
      return failure(program, out, e);
    }
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
