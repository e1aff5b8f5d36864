package org.jlvs.server.daemon;

import java.util.concurrent.Callable;

/** The thread that owns the tables, as everybody else reaches it. */
@FunctionalInterface
public interface EngineThread {

  /**
   * Runs a task on the engine thread between packets and waits for what it gives. Called on the
   * engine thread itself, it runs the task at once.
   *
   * @throws IllegalStateException when the engine has ended
   */
  <T> T call(Callable<T> task) throws Exception;
}
