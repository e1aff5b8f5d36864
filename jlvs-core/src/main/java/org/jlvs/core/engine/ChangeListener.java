package org.jlvs.core.engine;

import org.jlvs.core.control.Director;
import org.jlvs.core.control.ServiceKey;

/**
 * Told of what a director has to keep over a restart whenever it has changed, by a call or, as when
 * a drained server leaves, by itself. Called on the engine thread, after the change.
 */
public interface ChangeListener {

  /** For a director that nobody keeps. */
  ChangeListener NONE =
      new ChangeListener() {
        @Override
        public void serviceChanged(ServiceKey key) {}

        @Override
        public void serviceDeleted(ServiceKey key) {}

        @Override
        public void allServicesChanged() {}

        @Override
        public void settingsChanged(Director director) {}
      };

  /** A service was added, or it or something about its servers has changed. */
  void serviceChanged(ServiceKey key);

  /** A service was deleted with its servers. */
  void serviceDeleted(ServiceKey key);

  /** So much has changed that only the whole table tells it. */
  void allServicesChanged();

  /**
   * Settings, time-outs or synchronization daemons have changed.
   *
   * @param director tells what they are now
   */
  void settingsChanged(Director director);
}
