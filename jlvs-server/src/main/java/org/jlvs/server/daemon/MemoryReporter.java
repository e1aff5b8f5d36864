package org.jlvs.server.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.settings.Defense;

/**
 * Tells the engine every second how much memory is left for connections, as long as its settings
 * ask for that: the lesser of the host's free and buffer memory, which the kernel's IPVS looks at,
 * and of the room in the connection table, which is what this director runs out of first.
 */
final class MemoryReporter implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(MemoryReporter.class.getName());
  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final long PERIOD_MILLIS = 1000;
  private static final int PAGE_BYTES = 4096;
  private static final int CONNECTION_BYTES = 160;

  private final Defense defense;
  private final ConnectionTable connections;
  private final Executor engine;
  private final Thread thread;

  /** Whether anybody wants to know; as the engine thread saw it last. */
  private volatile boolean asked;

  /**
   * @param engine runs tasks on the engine thread
   */
  MemoryReporter(Defense defense, ConnectionTable connections, Executor engine) {
    this.defense = defense;
    this.connections = connections;
    this.engine = engine;
    this.thread = Thread.ofVirtual().name("jlvs-memory").start(this::run);
  }

  private void run() {
    try {
      while (true) {
        long free = asked ? freePages() : Long.MAX_VALUE;
        engine.execute(() -> tell(free));
        Thread.sleep(PERIOD_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void tell(long freePages) {
    asked = defense.asksForMemory();
    long room =
        connections.capacity() - connections.connectionCount() - connections.templateCount();
    defense.availablePages(Math.min(freePages, room * CONNECTION_BYTES / PAGE_BYTES));
  }

  private static long freePages() {
    try {
      return freePages(Files.readString(MEMINFO));
    } catch (IOException e) {
      LOG.log(System.Logger.Level.DEBUG, "reading {0}: {1}", MEMINFO, e.getMessage());
      return Long.MAX_VALUE;
    }
  }

  /** The pages that {@code /proc/meminfo} calls free or buffers; very many when it says nothing. */
  static long freePages(String meminfo) {
    long kibibytes = 0;
    boolean found = false;
    for (String line : meminfo.lines().toList()) {
      String[] words = line.split("\\s+");
      boolean counts = words[0].equals("MemFree:") || words[0].equals("Buffers:");
      if (counts && words.length > 1 && words[1].matches("\\d{1,15}")) {
        kibibytes += Long.parseLong(words[1]);
        found = true;
      }
    }
    return found ? kibibytes * 1024 / PAGE_BYTES : Long.MAX_VALUE;
  }

  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
