package org.jlvs.core.engine;

import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.Errno;

/**
 * The settings of {@code net.ipv4.vs}: names, ranges and defaults of kernel 6.1, with the values in
 * force. A setting that has no effect here yet takes no other value than its default. For the
 * engine thread.
 */
public final class Settings {
  private static final int NO_LIMIT = Integer.MAX_VALUE;

  /**
   * @param works whether other values than the default do something
   */
  private record Rule(int defaultValue, int lowest, int highest, boolean works) {}

  private static final Map<String, Rule> RULES = new TreeMap<>();

  static {
    works("conn_reuse_mode", 1, Integer.MIN_VALUE, NO_LIMIT);
    works("expire_nodest_conn", 0, Integer.MIN_VALUE, NO_LIMIT);
    works("expire_quiescent_template", 0, Integer.MIN_VALUE, NO_LIMIT);
    fixed("lblc_expiration", 86_400);
    fixed("lblcr_expiration", 86_400);
    works("nat_icmp_send", 0, Integer.MIN_VALUE, NO_LIMIT);
    works("pmtu_disc", 1, Integer.MIN_VALUE, NO_LIMIT);
    works("secure_tcp", 0, 0, 3);
    works("sloppy_tcp", 0, Integer.MIN_VALUE, NO_LIMIT);
    fixed("am_droprate", 10);
    fixed("amemthresh", 1024);
    fixed("backup_only", 0);
    fixed("cache_bypass", 0);
    fixed("conntrack", 0);
    fixed("debug_level", 0);
    fixed("drop_entry", 0);
    fixed("drop_packet", 0);
    fixed("ignore_tunneled", 0);
    fixed("run_estimation", 1);
    fixed("schedule_icmp", 0);
    fixed("sloppy_sctp", 0);
    fixed("snat_reroute", 1);
    fixed("sync_persist_mode", 0);
    fixed("sync_ports", 1);
    fixed("sync_qlen_max", 0);
    fixed("sync_refresh_period", 0);
    fixed("sync_retries", 0);
    fixed("sync_sock_size", 0);
    fixed("sync_threshold", 3);
    fixed("sync_version", 1);
  }

  private static void works(String name, int defaultValue, int lowest, int highest) {
    RULES.put(name, new Rule(defaultValue, lowest, highest, true));
  }

  private static void fixed(String name, int defaultValue) {
    RULES.put(name, new Rule(defaultValue, Integer.MIN_VALUE, NO_LIMIT, false));
  }

  private final Map<String, Integer> values = new TreeMap<>();

  /** What packets ask, read from {@link #values} after each change. */
  private int connectionReuseMode;

  private boolean expireNoDestination;
  private boolean expireQuiescentTemplate;
  private boolean natIcmpSend;
  private boolean pathMtuDiscovery;
  private boolean sloppyTcp;
  private boolean secureTcp;

  public Settings() {
    RULES.forEach((name, rule) -> values.put(name, rule.defaultValue));
    apply();
  }

  /** The names of all settings, sorted. */
  public static Set<String> names() {
    return Collections.unmodifiableSet(RULES.keySet());
  }

  /** A setting's value. */
  public Optional<Integer> get(String name) {
    return Optional.ofNullable(values.get(name));
  }

  /**
   * Changes a setting.
   *
   * @throws DirectorException EINVAL for a setting that there is not or a value it can't have
   */
  public void set(String name, int value) throws DirectorException {
    Rule rule = RULES.get(name);
    if (rule == null) {
      throw new DirectorException(Errno.EINVAL, "there is no setting net.ipv4.vs." + name);
    }
    if (!rule.works && value != rule.defaultValue) {
      throw new DirectorException(
          Errno.EINVAL,
          "net.ipv4.vs.%s can only be %d here, not %d".formatted(name, rule.defaultValue, value));
    }
    if (value < rule.lowest || value > rule.highest) {
      throw new DirectorException(
          Errno.EINVAL,
          "net.ipv4.vs.%s can be %d to %d, not %d"
              .formatted(name, rule.lowest, rule.highest, value));
    }
    values.put(name, settled(name, value));
    apply();
  }

  /**
   * The value that the kernel's update_defense_level leaves: without a shortage of memory, "on and
   * active" (2) falls back to "on when needed" (1).
   */
  private static int settled(String name, int value) {
    return name.equals("secure_tcp") && value == 2 ? 1 : value;
  }

  private void apply() {
    connectionReuseMode = value("conn_reuse_mode");
    expireNoDestination = value("expire_nodest_conn") != 0;
    expireQuiescentTemplate = value("expire_quiescent_template") != 0;
    natIcmpSend = value("nat_icmp_send") != 0;
    pathMtuDiscovery = value("pmtu_disc") != 0;
    sloppyTcp = value("sloppy_tcp") != 0;
    secureTcp = value("secure_tcp") > 1;
  }

  private int value(String name) {
    return values.getOrDefault(name, 0);
  }

  int connectionReuseMode() {
    return connectionReuseMode;
  }

  boolean expireNoDestination() {
    return expireNoDestination;
  }

  boolean expireQuiescentTemplate() {
    return expireQuiescentTemplate;
  }

  boolean natIcmpSend() {
    return natIcmpSend;
  }

  boolean pathMtuDiscovery() {
    return pathMtuDiscovery;
  }

  boolean sloppyTcp() {
    return sloppyTcp;
  }

  /** Whether TCP connections are believed only when the server answers. */
  boolean secureTcp() {
    return secureTcp;
  }
}
