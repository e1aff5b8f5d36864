package org.jlvs.monitor.supervise;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;
import org.jlvs.monitor.config.Configuration;
import org.jlvs.monitor.config.ConfigurationFile;

/**
 * Reads the configuration again beside the monitor's thread, since host names may take their time.
 * One reading goes on at a time; when it was asked for meanwhile, there is another one. For one
 * thread.
 */
final class Rereading {
  private final ConfigurationFile file;
  private final Consumer<FutureTask<Configuration>> done;
  private final List<Runnable> afterwards = new ArrayList<>();
  private boolean reading;
  private boolean again;

  /**
   * @param done takes a reading that has ended, in another thread; {@link #ended} must follow
   */
  Rereading(ConfigurationFile file, Consumer<FutureTask<Configuration>> done) {
    this.file = file;
    this.done = done;
  }

  /**
   * Begins, now or when the reading that goes on has ended.
   *
   * @param then to be done when the file, as it is now or later, has been read
   */
  void begin(Runnable then) {
    afterwards.add(then);
    if (reading) {
      again = true;
    } else {
      start();
    }
  }

  private void start() {
    reading = true;
    FutureTask<Configuration> task = new FutureTask<>(work());
    Thread.ofVirtual()
        .name("read " + file.path())
        .start(
            () -> {
              task.run();
              done.accept(task);
            });
  }

  private Callable<Configuration> work() {
    try {
      String text = file.text();
      return () -> file.parse(text);
    } catch (IOException unreadable) {
      return () -> {
        throw unreadable;
      };
    }
  }

  /** To be called when a reading that has ended was dealt with. */
  void ended() {
    reading = false;
    if (again) {
      again = false;
      start();
    } else {
      List<Runnable> all = List.copyOf(afterwards);
      afterwards.clear();
      all.forEach(Runnable::run);
    }
  }
}
