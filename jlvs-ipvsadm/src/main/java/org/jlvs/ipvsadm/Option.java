package org.jlvs.ipvsadm;

/**
 * What a command may be given, in the order in which misuse is reported. Several flags can be one
 * option: {@code -t}, {@code -u} and {@code -f} all give the service address.
 */
enum Option {
  NUMERIC("numeric"),
  CONNECTION("connection"),
  SERVICE("service-address"),
  SCHEDULER("scheduler"),
  PERSISTENT("persistent"),
  NETMASK("netmask"),
  SERVER("real-server"),
  FORWARDING("forwarding-method"),
  WEIGHT("weight"),
  U_THRESHOLD("u-threshold"),
  L_THRESHOLD("l-threshold"),
  MCAST_INTERFACE("mcast-interface"),
  TIMEOUT("timeout"),
  DAEMON("daemon"),
  STATS("stats"),
  RATE("rate"),
  THRESHOLDS("thresholds"),
  PERSISTENT_CONN("persistent-conn"),
  NOSORT("nosort"),
  SYNCID("syncid"),
  EXACT("exact"),
  OPS("ops"),
  PE("pe"),
  SCHED_FLAGS("sched-flags"),
  MCAST_GROUP("mcast-group"),
  MCAST_PORT("mcast-port"),
  MCAST_TTL("mcast-ttl"),
  SYNC_MAXLEN("sync-maxlen"),
  TUN_INFO("tun-info"),
  TUN_TYPE("tun-type"),
  TUN_PORT("tun-port"),
  TUN_NOCSUM("tun-nocsum"),
  TUN_CSUM("tun-csum"),
  TUN_REMCSUM("tun-remcsum");

  private final String text;

  Option(String text) {
    this.text = text;
  }

  /** Its name in messages. */
  String text() {
    return text;
  }
}
