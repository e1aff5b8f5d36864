package org.jlvs.monitor.supervise;

import java.time.Instant;
import java.util.Optional;
import org.jlvs.core.control.ServerHandshakes;
import org.jlvs.monitor.config.PassiveSettings;

/**
 * What the handshakes that the director sees say of one real server. For the supervision's thread.
 */
final class PassiveState {
  private final PassiveSettings settings;
  private final HandshakeWindow window;
  private Optional<Instant> outUntil = Optional.empty();
  private Optional<String> suspicion = Optional.empty();

  PassiveState(PassiveSettings settings) {
    this(settings, new HandshakeWindow());
  }

  private PassiveState(PassiveSettings settings, HandshakeWindow window) {
    this.settings = settings;
    this.window = window;
  }

  /**
   * As it goes on after a reload.
   *
   * @param fresh with the settings that hold now
   */
  PassiveState under(PassiveState fresh) {
    PassiveState next = new PassiveState(fresh.settings, window);
    if (fresh.settings.on()) {
      next.outUntil = outUntil;
      next.suspicion = suspicion;
    }
    return next;
  }

  /**
   * Takes the counts of about once a second.
   *
   * @return why the server is suspect from now on, if it has just become so
   */
  Optional<String> take(ServerHandshakes counts, Instant now) {
    if (!settings.on()) {
      return Optional.empty();
    }
    HandshakeWindow.Tally tally = window.take(counts, settings, now);
    if (!tally.isSuspect(settings)) {
      return Optional.empty();
    }
    window.forget();
    suspicion = Optional.of(tally.text() + " within " + settings.window().toSeconds() + " s");
    return suspicion;
  }

  /** Keeps new connections from it for the time that the settings say. */
  void takeOut(Instant now) {
    outUntil = Optional.of(now.plus(settings.downtime()));
  }

  /** It may take new connections again. */
  void readmit() {
    outUntil = Optional.empty();
  }

  /** Whether new connections are kept from it although its check is good. */
  boolean isOut() {
    return outUntil.isPresent();
  }

  /** Whether its time out is over. */
  boolean isDue(Instant now) {
    return outUntil.isPresent() && !now.isBefore(outUntil.get());
  }

  /** Why new connections are kept from it, for an operator. */
  String text() {
    return "no new connections until "
        + outUntil.map(Instant::toString).orElse("now")
        + ": "
        + suspicion.orElse("");
  }
}
