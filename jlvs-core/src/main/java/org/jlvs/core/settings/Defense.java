package org.jlvs.core.settings;

/**
 * How much the director defends itself, by {@code drop_entry}, {@code drop_packet} and {@code
 * secure_tcp} and by the memory that is left: update_defense_level. Mode 0 is never, 3 always; 1
 * waits for a shortage of memory and then shows as 2. For the engine thread.
 */
public final class Defense {
  private static final int NEVER = 0;
  private static final int WHEN_NEEDED = 1;
  private static final int ACTIVE = 2;

  private final NumberSetting threshold;
  private final NumberSetting alwaysRate;
  private final NumberSetting dropEntry;
  private final NumberSetting dropPacket;
  private final NumberSetting secureTcp;

  private long availablePages = Long.MAX_VALUE;
  private boolean droppingEntries;
  private int dropRate;
  private int dropCounter;

  Defense(
      NumberSetting threshold,
      NumberSetting alwaysRate,
      NumberSetting dropEntry,
      NumberSetting dropPacket,
      NumberSetting secureTcp) {
    this.threshold = threshold;
    this.alwaysRate = alwaysRate;
    this.dropEntry = dropEntry;
    this.dropPacket = dropPacket;
    this.secureTcp = secureTcp;
  }

  /**
   * Tells how much memory is left for connections, in pages of 4096 bytes; seen to by the next
   * {@link #update}. Until the first call, plenty.
   */
  public void availablePages(long pages) {
    availablePages = pages;
  }

  /** Whether some mode waits for a shortage, so that it matters how much memory is left. */
  public boolean asksForMemory() {
    return dependsOnMemory(dropEntry) || dependsOnMemory(dropPacket) || dependsOnMemory(secureTcp);
  }

  private static boolean dependsOnMemory(NumberSetting mode) {
    return mode.value() == WHEN_NEEDED || mode.value() == ACTIVE;
  }

  /** Decides anew; to be called every second. */
  public void update() {
    boolean shortage = availablePages < threshold.value();
    settle(secureTcp, shortage);
    settle(dropEntry, shortage);
    droppingEntries = dropEntry.value() > WHEN_NEEDED;
    settle(dropPacket, shortage);
    switch (dropPacket.intValue()) {
      case NEVER, WHEN_NEEDED -> dropRate = 0;
      case ACTIVE -> {
        dropRate = (int) (threshold.value() / (threshold.value() - availablePages));
        dropCounter = dropRate;
      }
      default -> dropRate = alwaysRate.intValue();
    }
  }

  private static void settle(NumberSetting mode, boolean shortage) {
    if (dependsOnMemory(mode)) {
      mode.value(shortage ? ACTIVE : WHEN_NEEDED);
    }
  }

  /** Whether connections that look like an attack's are to be ended at random. */
  public boolean dropsEntries() {
    return droppingEntries;
  }

  /** What {@link #dropsPacket} would say of the next packet. */
  public boolean dropsNextPacket() {
    return dropRate != 0 && dropCounter <= 1;
  }

  /** Whether the packet of a new connection in hand is to be dropped: ip_vs_todrop. Counts it. */
  public boolean dropsPacket() {
    if (dropRate == 0) {
      return false;
    }
    dropCounter--;
    if (dropCounter > 0) {
      return false;
    }
    dropCounter = dropRate;
    return true;
  }
}
