package org.jlvs.core.settings;

import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.Errno;
import org.jlvs.core.settings.NumberSetting.Accepted;
import org.jlvs.core.settings.NumberSetting.PowerOfTwo;
import org.jlvs.core.settings.NumberSetting.Range;
import org.jspecify.annotations.Nullable;

/**
 * All settings with the values in force: those of {@code net.ipv4.vs}, with the ranges and defaults
 * of kernel 6.1, and jlvs' own. For the engine thread.
 *
 * <p>A new setting is one field made by {@link #number}, with an accessor for whoever acts on it:
 * it is then listed, changed by {@code jlvs sysctl} and kept over restarts without more ado. One of
 * jlvs' own has a name with a dot, such as {@code jlvs.example}, lest a kernel takes it. What a
 * change needs at once is done by {@link org.jlvs.core.engine.PacketEngine}.
 */
public final class Settings {
  private static final Accepted ANY_INT = new Range(Integer.MIN_VALUE, Integer.MAX_VALUE);

  /** Seconds that the kernel can still count in ticks of its HZ of 100. */
  private static final Accepted ANY_SECONDS =
      new Range(-(Integer.MAX_VALUE / 100), Integer.MAX_VALUE / 100);

  private static final Accepted DEFENSE_MODE = new Range(0, 3);

  /** The value of {@code jlvs.prompt_failover} that counts weight 0 as taken out. */
  public static final int FAILOVER_OF_QUIESCED_TOO = 2;

  private static final long DAY_SECONDS = 86_400;

  private static final String NO_SYNC = "this director does not synchronize connections";

  private final Map<String, Setting> all = new TreeMap<>(Comparator.comparing(Setting::fullName));

  private final NumberSetting connectionReuseMode = number("conn_reuse_mode", 1, ANY_INT);
  private final NumberSetting expireNoDestination = number("expire_nodest_conn", 0, ANY_INT);
  private final NumberSetting expireQuiescentTemplate =
      number("expire_quiescent_template", 0, ANY_INT);
  private final NumberSetting lblcExpiration = number("lblc_expiration", 86_400, ANY_SECONDS);
  private final NumberSetting lblcrExpiration = number("lblcr_expiration", 86_400, ANY_SECONDS);
  private final NumberSetting cacheBypass = number("cache_bypass", 0, ANY_INT);
  private final NumberSetting natIcmpSend = number("nat_icmp_send", 0, ANY_INT);
  private final NumberSetting pathMtuDiscovery = number("pmtu_disc", 1, ANY_INT);
  private final NumberSetting runEstimation = number("run_estimation", 1, ANY_INT);
  private final NumberSetting secureTcp = number("secure_tcp", 0, DEFENSE_MODE);
  private final NumberSetting dropEntry = number("drop_entry", 0, DEFENSE_MODE);
  private final NumberSetting dropPacket = number("drop_packet", 0, DEFENSE_MODE);
  private final Defense defense =
      new Defense(
          number("amemthresh", 1024, ANY_INT),
          number("am_droprate", 10, ANY_INT),
          dropEntry,
          dropPacket,
          secureTcp);
  private final NumberSetting scheduleIcmp = number("schedule_icmp", 0, ANY_INT);
  private final NumberSetting sloppySctp = number("sloppy_sctp", 0, ANY_INT);
  private final NumberSetting snatReroute = number("snat_reroute", 1, ANY_INT);
  private final NumberSetting sloppyTcp = number("sloppy_tcp", 0, ANY_INT);
  private final NumberSetting promptFailover =
      number("jlvs.prompt_failover", 0, new Range(0, FAILOVER_OF_QUIESCED_TOO));
  private final NumberSetting drainTimeout =
      number("jlvs.drain_timeout", 0, new Range(0, 365 * DAY_SECONDS));
  private final NumberSetting slowStart = number("jlvs.slow_start", 0, new Range(0, DAY_SECONDS));

  public Settings() {
    idle("backup_only", 0, ANY_INT, NO_SYNC);
    idle("conntrack", 0, ANY_INT, "packets are forwarded before the host's conntrack sees them");
    idle(
        "ignore_tunneled",
        0,
        ANY_INT,
        "as with the kernel, what comes out of the host's tunnels is directed all the same");
    idle("debug_level", 0, ANY_INT, "the variable JLVS_LOG says what a director logs");
    idle("sync_persist_mode", 0, ANY_INT, NO_SYNC);
    idle("sync_ports", 1, new PowerOfTwo(64), NO_SYNC);
    idle("sync_qlen_max", 4096, new Range(0, Long.MAX_VALUE), NO_SYNC);
    idle("sync_refresh_period", 0, ANY_SECONDS, NO_SYNC);
    idle("sync_retries", 0, new Range(0, 3), NO_SYNC);
    idle("sync_sock_size", 0, ANY_INT, NO_SYNC);
    idle("sync_version", 1, new Range(0, 1), NO_SYNC);
    add(new SyncThresholdSetting(NO_SYNC));
  }

  private NumberSetting number(String name, long value, Accepted accepted) {
    return add(new NumberSetting(name, value, accepted, null));
  }

  /** A setting that is kept, and changes nothing. */
  private void idle(String name, long value, Accepted accepted, @Nullable String why) {
    add(new NumberSetting(name, value, accepted, why));
  }

  private <S extends Setting> S add(S setting) {
    all.put(setting.name(), setting);
    return setting;
  }

  /** All settings, sorted by full name. */
  public Collection<Setting> all() {
    return Collections.unmodifiableCollection(all.values());
  }

  /** The setting of a {@link Setting#name}. */
  public Optional<Setting> get(String name) {
    return Optional.ofNullable(all.get(name));
  }

  /**
   * Changes a setting.
   *
   * @param text what one would write to its file in /proc/sys
   * @throws DirectorException ENOENT for a setting that there is not, EINVAL for a value it can't
   *     have
   */
  public void set(String name, String text) throws DirectorException {
    Setting setting = all.get(name);
    if (setting == null) {
      throw new DirectorException(Errno.ENOENT, "there is no setting " + Setting.fullName(name));
    }
    setting.set(text);
    if (setting == dropEntry || setting == dropPacket || setting == secureTcp) {
      defense.update();
    }
  }

  /** What {@code drop_entry}, {@code drop_packet} and {@code secure_tcp} amount to. */
  public Defense defense() {
    return defense;
  }

  /** Bits: 1 a used port may be scheduled anew, 2 also in FIN_WAIT of direct routing. */
  public int connectionReuseMode() {
    return connectionReuseMode.intValue();
  }

  public boolean expireNoDestination() {
    return expireNoDestination.isOn();
  }

  public boolean expireQuiescentTemplate() {
    return expireQuiescentTemplate.isOn();
  }

  /** Seconds that lblc remembers an unused destination. */
  public long lblcExpiration() {
    return lblcExpiration.value();
  }

  /** Seconds that lblcr remembers an unused destination, and leaves a set of servers unchanged. */
  public long lblcrExpiration() {
    return lblcrExpiration.value();
  }

  /** Whether marked packets without a server go on to where they were bound. */
  public boolean cacheBypass() {
    return cacheBypass.isOn();
  }

  public boolean natIcmpSend() {
    return natIcmpSend.isOn();
  }

  public boolean pathMtuDiscovery() {
    return pathMtuDiscovery.isOn();
  }

  /** Whether ICMP errors make the connections that they are about. */
  public boolean scheduleIcmp() {
    return scheduleIcmp.isOn();
  }

  /** Whether any chunk but ABORT may begin an SCTP association, and not INIT alone. */
  public boolean sloppySctp() {
    return sloppySctp.isOn();
  }

  /** Whether statistics follow what is counted, and rates what they do. */
  public boolean runEstimation() {
    return runEstimation.isOn();
  }

  /** Whether a masqueraded server's packet is routed anew once it has the service's address. */
  public boolean snatReroute() {
    return snatReroute.isOn();
  }

  public boolean sloppyTcp() {
    return sloppyTcp.isOn();
  }

  /** Whether TCP connections are believed only when the server answers. */
  public boolean secureTcp() {
    return secureTcp.value() > 1;
  }

  /**
   * Whether clients are told at once when their server is taken out: 0 never, 1 when it is deleted
   * or the health monitor finds it dead, 2 ({@link #FAILOVER_OF_QUIESCED_TOO}) also when its weight
   * is set to 0.
   */
  public int promptFailover() {
    return promptFailover.intValue();
  }

  /** Seconds after which a quiesced server leaves with connections or without; 0 for never. */
  public long drainTimeout() {
    return drainTimeout.value();
  }

  /** Seconds in which a server that comes back gets its whole weight; 0 for at once. */
  public long slowStart() {
    return slowStart.value();
  }
}
