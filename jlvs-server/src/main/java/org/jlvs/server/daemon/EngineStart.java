package org.jlvs.server.daemon;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import org.jlvs.xdp.XdpDataPlane;

/**
 * The way to the engine thread while it is about to start: what others have for it waits, and is
 * done before the first packet is. Afterwards it goes to the thread.
 */
final class EngineStart implements Executor {
  private final XdpDataPlane plane;
  private final Queue<Runnable> early = new ArrayDeque<>();
  private boolean started;

  /** Starts the engine thread. */
  interface Start {
    void run() throws IOException;
  }

  EngineStart(XdpDataPlane plane) {
    this.plane = plane;
  }

  @Override
  public synchronized void execute(Runnable task) {
    if (started) {
      plane.execute(task);
    } else {
      early.add(task);
    }
  }

  /**
   * Waits until what was handed over is done. Before the start it returns at once, as then it is
   * done before the first packet.
   */
  void settle() throws IOException {
    synchronized (this) {
      if (!started) {
        return;
      }
    }
    try {
      plane.call(() -> true);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  /** Does on this thread what waits, then starts the engine thread. */
  synchronized void run(Start start) throws IOException {
    while (!early.isEmpty()) {
      early.remove().run();
    }
    start.run();
    started = true;
  }
}
