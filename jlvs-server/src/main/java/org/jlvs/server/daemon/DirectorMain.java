package org.jlvs.server.daemon;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jlvs.server.daemon.DirectorOptions.UsageException;

/** What {@code jlvs director} runs: a director in the foreground, until a signal ends it. */
public final class DirectorMain {
  /** What a director that is told to end while it starts gets to finish that. */
  private static final Duration LONGEST_START = Duration.ofSeconds(10);

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
    CompletableFuture<DirectorDaemon> started = new CompletableFuture<>();
    // The hook ends the director, also one that is told to end before it has started; main only
    // waits for it, and must not return before.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(started), "jlvs-shutdown"));
    try {
      DirectorDaemon daemon = DirectorDaemon.start(options);
      started.complete(daemon);
      daemon.describe().forEach(System.out::println);
    } catch (IOException e) {
      System.err.println("director: " + e.getMessage());
      return FAILED;
    } finally {
      started.cancel(false);
    }
    System.out.println("ready");
    System.out.flush();
    new CountDownLatch(1).await();
    return 0;
  }

  private static void end(CompletableFuture<DirectorDaemon> started) {
    try {
      started.get(LONGEST_START.toSeconds(), TimeUnit.SECONDS).close();
    } catch (CancellationException | ExecutionException e) {
      // It did not start, and has said why.
    } catch (TimeoutException | InterruptedException e) {
      // As if killed: the next director finds what this one has left.
    }
  }
}
