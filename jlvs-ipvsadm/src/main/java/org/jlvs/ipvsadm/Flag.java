package org.jlvs.ipvsadm;

import org.jspecify.annotations.Nullable;

/** Every flag of the command line, commands first, with the name it has in messages. */
enum Flag {
  ADD_SERVICE("add-service", "A", Argument.NONE, null),
  EDIT_SERVICE("edit-service", "E", Argument.NONE, null),
  DELETE_SERVICE("delete-service", "D", Argument.NONE, null),
  CLEAR("clear", "C", Argument.NONE, null),
  LIST("list", "Ll", Argument.NONE, null),
  ZERO("zero", "Z", Argument.NONE, null),
  ADD_SERVER("add-server", "a", Argument.NONE, null),
  EDIT_SERVER("edit-server", "e", Argument.NONE, null),
  DELETE_SERVER("delete-server", "d", Argument.NONE, null),
  SET("set", "", Argument.NONE, null),
  START_DAEMON("start-daemon", "", Argument.REQUIRED, null),
  STOP_DAEMON("stop-daemon", "", Argument.REQUIRED, null),
  RESTORE("restore", "R", Argument.NONE, null),
  SAVE("save", "S", Argument.NONE, null),
  HELP("help", "h", Argument.NONE, null),
  VERSION("version", "v", Argument.NONE, null),
  TCP_SERVICE("tcp-service", "t", Argument.REQUIRED, Option.SERVICE),
  UDP_SERVICE("udp-service", "u", Argument.REQUIRED, Option.SERVICE),
  SCTP_SERVICE("sctp-service", "", Argument.REQUIRED, Option.SERVICE),
  FWMARK_SERVICE("fwmark-service", "f", Argument.REQUIRED, Option.SERVICE),
  IPV6("ipv6", "6", Argument.NONE, null),
  SCHEDULER("scheduler", "s", Argument.REQUIRED, Option.SCHEDULER),
  PERSISTENT("persistent", "p", Argument.OPTIONAL, Option.PERSISTENT),
  NETMASK("netmask", "M", Argument.REQUIRED, Option.NETMASK),
  REAL_SERVER("real-server", "r", Argument.REQUIRED, Option.SERVER),
  MASQUERADING("masquerading", "m", Argument.NONE, Option.FORWARDING),
  IPIP("ipip", "i", Argument.NONE, Option.FORWARDING),
  GATEWAYING("gatewaying", "g", Argument.NONE, Option.FORWARDING),
  WEIGHT("weight", "w", Argument.REQUIRED, Option.WEIGHT),
  U_THRESHOLD("u-threshold", "x", Argument.REQUIRED, Option.U_THRESHOLD),
  L_THRESHOLD("l-threshold", "y", Argument.REQUIRED, Option.L_THRESHOLD),
  NUMERIC("numeric", "n", Argument.NONE, Option.NUMERIC),
  CONNECTION("connection", "c", Argument.NONE, Option.CONNECTION),
  MCAST_INTERFACE("mcast-interface", "", Argument.REQUIRED, Option.MCAST_INTERFACE),
  TIMEOUT("timeout", "", Argument.NONE, Option.TIMEOUT),
  DAEMON("daemon", "", Argument.NONE, Option.DAEMON),
  STATS("stats", "", Argument.NONE, Option.STATS),
  RATE("rate", "", Argument.NONE, Option.RATE),
  THRESHOLDS("thresholds", "", Argument.NONE, Option.THRESHOLDS),
  PERSISTENT_CONN("persistent-conn", "", Argument.NONE, Option.PERSISTENT_CONN),
  NOSORT("nosort", "", Argument.NONE, Option.NOSORT),
  SORT("sort", "", Argument.NONE, null),
  EXACT("exact", "X", Argument.NONE, Option.EXACT),
  SYNCID("syncid", "", Argument.REQUIRED, Option.SYNCID),
  OPS("ops", "o", Argument.NONE, Option.OPS),
  PE("pe", "", Argument.REQUIRED, Option.PE),
  SCHED_FLAGS("sched-flags", "b", Argument.REQUIRED, Option.SCHED_FLAGS),
  MCAST_GROUP("mcast-group", "", Argument.REQUIRED, Option.MCAST_GROUP),
  MCAST_PORT("mcast-port", "", Argument.REQUIRED, Option.MCAST_PORT),
  MCAST_TTL("mcast-ttl", "", Argument.REQUIRED, Option.MCAST_TTL),
  SYNC_MAXLEN("sync-maxlen", "", Argument.REQUIRED, Option.SYNC_MAXLEN),
  TUN_INFO("tun-info", "", Argument.NONE, Option.TUN_INFO),
  TUN_TYPE("tun-type", "", Argument.REQUIRED, Option.TUN_TYPE),
  TUN_PORT("tun-port", "", Argument.REQUIRED, Option.TUN_PORT),
  TUN_NOCSUM("tun-nocsum", "", Argument.NONE, Option.TUN_NOCSUM),
  TUN_CSUM("tun-csum", "", Argument.NONE, Option.TUN_CSUM),
  TUN_REMCSUM("tun-remcsum", "", Argument.NONE, Option.TUN_REMCSUM);

  /** Whether a flag takes an argument. */
  enum Argument {
    NONE,
    REQUIRED,
    OPTIONAL
  }

  private final String longName;
  private final String letters;
  private final Argument argument;
  private final @Nullable Option option;

  Flag(String longName, String letters, Argument argument, @Nullable Option option) {
    this.longName = longName;
    this.letters = letters;
    this.argument = argument;
    this.option = option;
  }

  Argument argument() {
    return argument;
  }

  /** What giving this flag counts as; null for commands and for flags that may be repeated. */
  @Nullable Option option() {
    return option;
  }

  static @Nullable Flag byLongName(String name) {
    for (Flag flag : values()) {
      if (flag.longName.equals(name)) {
        return flag;
      }
    }
    return null;
  }

  static @Nullable Flag byLetter(char letter) {
    for (Flag flag : values()) {
      if (flag.letters.indexOf(letter) >= 0) {
        return flag;
      }
    }
    return null;
  }
}
