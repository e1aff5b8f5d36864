package org.jlvs.ipvsadm;

import static org.jlvs.ipvsadm.Option.CONNECTION;
import static org.jlvs.ipvsadm.Option.DAEMON;
import static org.jlvs.ipvsadm.Option.EXACT;
import static org.jlvs.ipvsadm.Option.FORWARDING;
import static org.jlvs.ipvsadm.Option.L_THRESHOLD;
import static org.jlvs.ipvsadm.Option.MCAST_GROUP;
import static org.jlvs.ipvsadm.Option.MCAST_INTERFACE;
import static org.jlvs.ipvsadm.Option.MCAST_PORT;
import static org.jlvs.ipvsadm.Option.MCAST_TTL;
import static org.jlvs.ipvsadm.Option.NETMASK;
import static org.jlvs.ipvsadm.Option.NOSORT;
import static org.jlvs.ipvsadm.Option.NUMERIC;
import static org.jlvs.ipvsadm.Option.OPS;
import static org.jlvs.ipvsadm.Option.PE;
import static org.jlvs.ipvsadm.Option.PERSISTENT;
import static org.jlvs.ipvsadm.Option.PERSISTENT_CONN;
import static org.jlvs.ipvsadm.Option.RATE;
import static org.jlvs.ipvsadm.Option.SCHEDULER;
import static org.jlvs.ipvsadm.Option.SCHED_FLAGS;
import static org.jlvs.ipvsadm.Option.SERVER;
import static org.jlvs.ipvsadm.Option.SERVICE;
import static org.jlvs.ipvsadm.Option.STATS;
import static org.jlvs.ipvsadm.Option.SYNCID;
import static org.jlvs.ipvsadm.Option.SYNC_MAXLEN;
import static org.jlvs.ipvsadm.Option.THRESHOLDS;
import static org.jlvs.ipvsadm.Option.TIMEOUT;
import static org.jlvs.ipvsadm.Option.TUN_CSUM;
import static org.jlvs.ipvsadm.Option.TUN_INFO;
import static org.jlvs.ipvsadm.Option.TUN_NOCSUM;
import static org.jlvs.ipvsadm.Option.TUN_PORT;
import static org.jlvs.ipvsadm.Option.TUN_REMCSUM;
import static org.jlvs.ipvsadm.Option.TUN_TYPE;
import static org.jlvs.ipvsadm.Option.U_THRESHOLD;
import static org.jlvs.ipvsadm.Option.WEIGHT;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The commands, with the options that each demands, allows, and allows one of. */
enum Command {
  ADD_SERVICE(
      "add-service", of(SERVICE), of(SCHEDULER, PERSISTENT, NETMASK, OPS, PE, SCHED_FLAGS), of()),
  EDIT_SERVICE(
      "edit-service", of(SERVICE), of(SCHEDULER, PERSISTENT, NETMASK, OPS, PE, SCHED_FLAGS), of()),
  DELETE_SERVICE("delete-service", of(SERVICE), of(), of()),
  FLUSH("flush", of(), of(), of()),
  LIST(
      "list",
      of(),
      of(NUMERIC, STATS, RATE, THRESHOLDS, PERSISTENT_CONN, NOSORT, SYNCID, EXACT, TUN_INFO),
      of(CONNECTION, SERVICE, TIMEOUT, DAEMON)),
  ADD_SERVER("add-server", of(SERVICE, SERVER), serverOptions(), of()),
  EDIT_SERVER("edit-server", of(SERVICE, SERVER), serverOptions(), of()),
  DELETE_SERVER("delete-server", of(SERVICE, SERVER), of(), of()),
  SET("set", of(), of(), of()),
  START_DAEMON(
      "start-daemon",
      of(),
      of(MCAST_INTERFACE, SYNCID, MCAST_GROUP, MCAST_PORT, MCAST_TTL, SYNC_MAXLEN),
      of()),
  STOP_DAEMON("stop-daemon", of(), of(SYNCID), of()),
  RESTORE("restore", of(), of(), of()),
  SAVE("save", of(), of(NUMERIC), of()),
  ZERO("zero", of(), of(SERVICE), of());

  private final String text;
  private final Set<Option> demanded;
  private final Set<Option> allowed;
  private final Set<Option> exclusive;

  Command(String text, Set<Option> demanded, Set<Option> allowed, Set<Option> exclusive) {
    this.text = text;
    this.demanded = demanded;
    this.allowed = allowed;
    this.exclusive = exclusive;
  }

  /** The command that a flag stands for, or null when it is an option. */
  static @Nullable Command of(Flag flag) {
    return switch (flag) {
      case ADD_SERVICE -> ADD_SERVICE;
      case EDIT_SERVICE -> EDIT_SERVICE;
      case DELETE_SERVICE -> DELETE_SERVICE;
      case CLEAR -> FLUSH;
      case LIST -> LIST;
      case ZERO -> ZERO;
      case ADD_SERVER -> ADD_SERVER;
      case EDIT_SERVER -> EDIT_SERVER;
      case DELETE_SERVER -> DELETE_SERVER;
      case SET -> SET;
      case START_DAEMON -> START_DAEMON;
      case STOP_DAEMON -> STOP_DAEMON;
      case RESTORE -> RESTORE;
      case SAVE -> SAVE;
      default -> null;
    };
  }

  /** Refuses options that this command does not take, lacks, or takes only one of. */
  void check(Set<Option> given) throws UsageException {
    Option earlier = null;
    for (Option option : Option.values()) {
      if (!given.contains(option)) {
        if (demanded.contains(option)) {
          throw new UsageException(
              "You need to supply the '%s' option for the '%s' command"
                  .formatted(option.text(), text));
        }
      } else if (exclusive.contains(option)) {
        if (earlier != null) {
          throw new UsageException(
              "The option '%s' conflicts with the '%s' option in the '%s' command"
                  .formatted(option.text(), earlier.text(), text));
        }
        earlier = option;
      } else if (!demanded.contains(option) && !allowed.contains(option)) {
        throw new UsageException(
            "Illegal '%s' option with the '%s' command".formatted(option.text(), text));
      }
    }
  }

  private static Set<Option> serverOptions() {
    return of(
        FORWARDING,
        WEIGHT,
        U_THRESHOLD,
        L_THRESHOLD,
        TUN_TYPE,
        TUN_PORT,
        TUN_NOCSUM,
        TUN_CSUM,
        TUN_REMCSUM);
  }

  private static Set<Option> of(Option... options) {
    EnumSet<Option> set = EnumSet.noneOf(Option.class);
    Collections.addAll(set, options);
    return set;
  }
}
