package org.jlvs.server.daemon;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.jlvs.server.daemon.DirectorOptions.UsageException;

/** What {@code jlvs director} runs: a director in the foreground, until a signal ends it. */
public final class DirectorMain {
  private static final int FAILED = 1;
  private static final int MISUSED = 2;

  private DirectorMain() {}

  /**
   * @param arguments what follows {@code director}
   * @return the exit status, when it could not start; else it returns once a signal has ended it
   */
  public static int run(List<String> arguments) throws InterruptedException {
    Optional<DirectorOptions> options;
    try {
      options = DirectorOptions.parse(arguments);
    } catch (UsageException e) {
      System.err.println(e.getMessage());
      return MISUSED;
    }
    if (options.isEmpty()) {
      System.out.print(DirectorOptions.HELP);
      return 0;
    }
    return serve(options.get());
  }

  private static int serve(DirectorOptions options) throws InterruptedException {
    try {
      DirectorDaemon daemon = DirectorDaemon.start(options);
      // The hook ends the director; main only waits for it, and must not return before.
      Runtime.getRuntime().addShutdownHook(new Thread(daemon::close, "jlvs-shutdown"));
      daemon.describe().forEach(System.out::println);
    } catch (IOException e) {
      System.err.println("director: " + e.getMessage());
      return FAILED;
    }
    System.out.println("ready");
    System.out.flush();
    new CountDownLatch(1).await();
    return 0;
  }
}
