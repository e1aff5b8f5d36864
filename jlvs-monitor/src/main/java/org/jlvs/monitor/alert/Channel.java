package org.jlvs.monitor.alert;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jlvs.monitor.log.MonitorLog;

/**
 * The way to one receiver: a bounded queue and a virtual thread that empties it, in groups, no
 * faster than the limit allows. A receiver that hangs or refuses delays only this. Safe for all
 * threads.
 */
final class Channel implements Runnable {
  private static final System.Logger LOGGER = System.getLogger(Channel.class.getName());

  /** Alerts that wait; what comes on top is left out, and that is said. */
  static final int MOST_WAITING = 1000;

  /** How long a receiver may take, whatever its protocol's own limits. */
  private static final Duration LONGEST_ATTEMPT = Duration.ofSeconds(40);

  private static final Duration HOUR = Duration.ofHours(1);

  /** Which receiver, and how often it may be told. */
  record Key(Receiver receiver, Duration group, int limit) {}

  private final Key key;
  private final String host;
  private final String configuration;
  private final MonitorLog log;
  private final InstantSource clock;
  private final List<Duration> pauses;
  private final Thread thread;

  private final ArrayDeque<Alert> waiting = new ArrayDeque<>();
  private int leftOut;
  private boolean finishing;

  /** When the messages of the last hour went out. For the channel's own thread. */
  private final ArrayDeque<Instant> sent = new ArrayDeque<>();

  private boolean limited;
  private boolean failing;

  /**
   * @param pauses before each further attempt of a delivery that has failed
   */
  Channel(
      Key key,
      String host,
      String configuration,
      MonitorLog log,
      InstantSource clock,
      List<Duration> pauses) {
    this.key = key;
    this.host = host;
    this.configuration = configuration;
    this.log = log;
    this.clock = clock;
    this.pauses = List.copyOf(pauses);
    this.thread = Thread.ofVirtual().name(key.receiver().name()).start(this);
  }

  /** Takes an alert for delivery. Never waits. */
  synchronized void offer(Alert alert) {
    if (waiting.size() == MOST_WAITING) {
      leftOut++;
      return;
    }
    waiting.add(alert);
    notifyAll();
  }

  /** Lets the channel deliver at once what waits, and end. */
  synchronized void finish() {
    finishing = true;
    notifyAll();
  }

  /** Waits for the end, and brings it about when that takes too long. */
  void join(Duration longest) throws InterruptedException {
    if (!thread.join(longest)) {
      thread.interrupt();
    }
  }

  @Override
  public void run() {
    try {
      for (List<Alert> group = next(); !group.isEmpty(); group = next()) {
        if (mayTell()) {
          tell(group);
        } else {
          leaveOut(group.size());
        }
      }
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
    }
  }

  /** What is to go out together; nothing when the channel is to end. */
  private synchronized List<Alert> next() throws InterruptedException {
    while (waiting.isEmpty() && !finishing) {
      wait();
    }
    long end = System.nanoTime() + key.group().toNanos();
    for (long left = key.group().toMillis(); left > 0 && !finishing && !waiting.isEmpty(); ) {
      wait(left);
      left = (end - System.nanoTime()) / 1_000_000;
    }
    boolean alone = key.group().isZero();
    List<Alert> group = new ArrayList<>();
    while (!waiting.isEmpty() && !(alone && !group.isEmpty())) {
      group.add(waiting.remove());
    }
    return group;
  }

  private boolean mayTell() {
    if (key.limit() == 0) {
      return true;
    }
    Instant hourAgo = clock.instant().minus(HOUR);
    while (!sent.isEmpty() && sent.getFirst().isBefore(hourAgo)) {
      sent.removeFirst();
    }
    boolean free = sent.size() < key.limit();
    if (!free && !limited) {
      log.line(
          key.receiver().name()
              + ": "
              + key.limit()
              + " messages within an hour (alertlimit); what follows is left out until it is over");
    }
    limited = !free;
    return free;
  }

  private synchronized void leaveOut(int count) {
    leftOut += count;
  }

  private synchronized int leftOutSoFar() {
    int count = leftOut;
    leftOut = 0;
    return count;
  }

  private synchronized boolean isFinishing() {
    return finishing;
  }

  private void tell(List<Alert> group) throws InterruptedException {
    int before = leftOutSoFar();
    Message message = new Message(host, configuration, group, before);
    if (key.limit() > 0) {
      sent.add(clock.instant());
    }
    String failure = attempt(message);
    if (failure.isEmpty()) {
      if (failing) {
        log.line(key.receiver().name() + ": works again; " + before + " alerts were lost");
      }
      failing = false;
      return;
    }
    leaveOut(before + group.size());
    if (!failing) {
      log.line(
          "failed to send "
              + key.receiver().name()
              + ": "
              + failure
              + "; this is not said again until it works");
    }
    failing = true;
  }

  /** Delivers, several times if need be; what was wrong with the last attempt, if it failed. */
  private String attempt(Message message) throws InterruptedException {
    String failure = "";
    for (int i = 0; i <= pauses.size(); i++) {
      if (i > 0) {
        pause(pauses.get(i - 1));
      }
      Attempt attempt = new Attempt(key.receiver(), message);
      attempt.perform();
      failure = attempt.failure;
      if (failure.isEmpty() || attempt.decided || isFinishing()) {
        return failure;
      }
    }
    return failure;
  }

  private synchronized void pause(Duration duration) throws InterruptedException {
    long end = System.nanoTime() + duration.toNanos();
    for (long left = duration.toMillis(); left > 0 && !finishing; ) {
      wait(left);
      left = (end - System.nanoTime()) / 1_000_000;
    }
  }

  /** One delivery, on a thread that is given up when it takes too long. */
  private static final class Attempt {
    private final Receiver receiver;
    private final Message message;
    private volatile String failure = "no answer within " + LONGEST_ATTEMPT.toSeconds() + " s";
    private volatile boolean decided;

    Attempt(Receiver receiver, Message message) {
      this.receiver = receiver;
      this.message = message;
    }

    void perform() throws InterruptedException {
      Thread worker = Thread.startVirtualThread(this::deliver);
      try {
        if (!worker.join(LONGEST_ATTEMPT)) {
          worker.interrupt();
        }
      } catch (InterruptedException ended) {
        worker.interrupt();
        throw ended;
      }
    }

    private void deliver() {
      try {
        receiver.deliver(message);
        failure = "";
      } catch (Receiver.NotAgainException refused) {
        decided = true;
        failure = String.valueOf(refused.getMessage());
      } catch (IOException failed) {
        failure =
            failed.getMessage() == null ? failed.getClass().getSimpleName() : failed.getMessage();
      } catch (InterruptedException ended) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException | Error unexpected) {
        LOGGER.log(Level.WARNING, "an alert failed in an unforeseen way", unexpected);
        failure = "internal error: " + unexpected;
      }
    }
  }
}
