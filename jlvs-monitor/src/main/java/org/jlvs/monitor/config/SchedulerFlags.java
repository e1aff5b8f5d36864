package org.jlvs.monitor.config;

import org.jlvs.core.control.ServiceSpec;

/** The value of {@code schedflags}, which the original hands to ipvsadm's {@code -b}. */
final class SchedulerFlags {
  private SchedulerFlags() {}

  static int read(Value value) throws Value.Invalid {
    int flags = 0;
    for (String name : value.word().split(",")) {
      flags |=
          switch (name) {
            case "sh-fallback", "mh-fallback", "flag-1" -> ServiceSpec.SCHEDULER_FLAG_1;
            case "sh-port", "mh-port", "flag-2" -> ServiceSpec.SCHEDULER_FLAG_2;
            case "flag-3" -> ServiceSpec.SCHEDULER_FLAG_3;
            default ->
                throw value.invalid(
                    "some of sh-fallback, sh-port, mh-fallback, mh-port, flag-1, flag-2, flag-3,"
                        + " separated by commas");
          };
    }
    return flags;
  }
}
