package org.jlvs.monitor.supervise;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import org.jlvs.monitor.check.AgentAsker;
import org.jlvs.monitor.check.AgentQuestion;
import org.jlvs.monitor.check.AgentWord;

/**
 * Asks one server's agent again and again on a virtual thread of its own and on a clock of its own:
 * a slow agent delays neither checks nor other agents.
 */
final class AgentLoop implements Runnable {
  private static final System.Logger LOGGER = System.getLogger(AgentLoop.class.getName());

  private final AgentWatch watch;
  private final AgentAsker asker;
  private final BiConsumer<AgentLoop, Backlog<AgentWord>> announcements;
  private final Backlog<AgentWord> words = new Backlog<>();
  private final Thread thread;
  private volatile boolean stopped;

  /**
   * @param announcements is told when words begin to wait, on this loop's thread
   */
  AgentLoop(
      AgentWatch watch, AgentAsker asker, BiConsumer<AgentLoop, Backlog<AgentWord>> announcements) {
    this.watch = watch;
    this.asker = asker;
    this.announcements = announcements;
    this.thread = Thread.ofVirtual().name("agent " + watch.id()).unstarted(this);
  }

  /** An agent that is to be asked again and again. */
  record AgentWatch(ServerId id, AgentQuestion question, Duration interval) {}

  AgentWatch watch() {
    return watch;
  }

  void start() {
    thread.start();
  }

  /** Ends the loop and the question that it is in; a word of it may still arrive. */
  void stop() {
    stopped = true;
    thread.interrupt();
  }

  @Override
  public void run() {
    try {
      long interval = watch.interval().toNanos();
      // The first answers are wanted soon, but not all at once.
      Thread.sleep(Duration.ofNanos(ThreadLocalRandom.current().nextLong(interval / 10)));
      long next = System.nanoTime();
      while (!stopped) {
        AgentWord word = ask();
        if (stopped) {
          return;
        }
        if (words.add(word)) {
          announcements.accept(this, words);
        }
        next = Math.max(System.nanoTime(), next + interval);
        Thread.sleep(Duration.ofNanos(next - System.nanoTime()));
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  private AgentWord ask() throws InterruptedException {
    try {
      return asker.ask(watch.question());
    } catch (RuntimeException | Error unexpected) {
      LOGGER.log(
          Level.WARNING, "an agent's answer failed in an unforeseen way: " + watch, unexpected);
      return new AgentWord.Silence("internal error: " + unexpected);
    }
  }
}
