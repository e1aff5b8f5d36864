package org.jlvs.ipvsadm;

import org.jlvs.core.control.ServiceSpec;
import org.jspecify.annotations.Nullable;

/** The names of {@code --sched-flags}. Some schedulers have names of their own for the bits. */
public enum SchedulerFlag {
  SH_FALLBACK("sh-fallback", "sh", ServiceSpec.SCHEDULER_FLAG_1),
  SH_PORT("sh-port", "sh", ServiceSpec.SCHEDULER_FLAG_2),
  MH_FALLBACK("mh-fallback", "mh", ServiceSpec.SCHEDULER_FLAG_1),
  MH_PORT("mh-port", "mh", ServiceSpec.SCHEDULER_FLAG_2),
  FLAG_1("flag-1", "", ServiceSpec.SCHEDULER_FLAG_1),
  FLAG_2("flag-2", "", ServiceSpec.SCHEDULER_FLAG_2),
  FLAG_3("flag-3", "", ServiceSpec.SCHEDULER_FLAG_3);

  private static final int ALL_BITS =
      ServiceSpec.SCHEDULER_FLAG_1 | ServiceSpec.SCHEDULER_FLAG_2 | ServiceSpec.SCHEDULER_FLAG_3;

  private final String text;

  /** Empty for all schedulers. */
  private final String scheduler;

  private final int bit;

  SchedulerFlag(String text, String scheduler, int bit) {
    this.text = text;
    this.scheduler = scheduler;
    this.bit = bit;
  }

  int bit() {
    return bit;
  }

  boolean worksWith(String schedulerName) {
    return scheduler.isEmpty() || scheduler.equals(schedulerName);
  }

  static @Nullable SchedulerFlag named(String text) {
    for (SchedulerFlag flag : values()) {
      if (flag.text.equals(text)) {
        return flag;
      }
    }
    return null;
  }

  static boolean anyIn(int flags) {
    return (flags & ALL_BITS) != 0;
  }

  /**
   * The flags' names joined by commas. A scheduler with names of its own leaves out bits that have
   * none, so that the result may be empty.
   */
  public static String textOf(String schedulerName, int flags) {
    String owner = schedulerName.equals("sh") || schedulerName.equals("mh") ? schedulerName : "";
    StringBuilder joined = new StringBuilder();
    for (SchedulerFlag flag : values()) {
      if (flag.scheduler.equals(owner) && (flags & flag.bit) != 0) {
        joined.append(joined.isEmpty() ? "" : ",").append(flag.text);
      }
    }
    return joined.toString();
  }
}
