package org.jlvs.server.daemon;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executor;
import org.jlvs.core.control.Director;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.engine.ChangeListener;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.core.service.TableSnapshot;
import org.jlvs.server.state.StateChange;
import org.jlvs.server.state.Tuning;
import org.jlvs.server.state.UnsavedChanges;
import org.jspecify.annotations.Nullable;

/**
 * Makes of what the engine tells of its changes what is to be saved: once for all that one task has
 * changed, so that the next director finds all of it or nothing. Belongs to the engine thread.
 */
final class ChangeRecorder implements ChangeListener {
  /** Of more services than this, the whole state is not much more to write. */
  private static final int MOST_SERVICES = 512;

  private final ServiceTable services;
  private final UnsavedChanges changes;
  private final Executor engine;

  private final Set<ServiceKey> touched = new LinkedHashSet<>();
  private final Set<ServiceKey> deleted = new LinkedHashSet<>();
  private boolean all;
  private @Nullable Director tuned;
  private boolean told;

  /**
   * @param engine runs what a task of the engine thread gives it before that task's result is told
   */
  ChangeRecorder(ServiceTable services, UnsavedChanges changes, Executor engine) {
    this.services = services;
    this.changes = changes;
    this.engine = engine;
  }

  @Override
  public void serviceChanged(ServiceKey key) {
    touched.add(key);
    changed();
  }

  @Override
  public void serviceDeleted(ServiceKey key) {
    touched.add(key);
    deleted.add(key);
    changed();
  }

  @Override
  public void allServicesChanged() {
    all = true;
    changed();
  }

  @Override
  public void settingsChanged(Director director) {
    tuned = director;
    changed();
  }

  private void changed() {
    if (!told) {
      told = true;
      engine.execute(this::record);
    }
  }

  private void record() {
    if (all || touched.size() > MOST_SERVICES) {
      changes.addWhole();
    } else {
      changes.add(new StateChange(parts(), Optional.ofNullable(tuned).map(Tuning::of)));
    }
    touched.clear();
    deleted.clear();
    all = false;
    tuned = null;
    told = false;
  }

  private List<TableSnapshot.Part> parts() {
    List<TableSnapshot.Part> parts = new ArrayList<>();
    if (!touched.isEmpty()) {
      TableSnapshot.Part now = services.part(touched);
      if (!deleted.isEmpty()) {
        // One that is there again is a new one, with a place of its own in the listing.
        parts.add(
            new TableSnapshot.Part(
                List.copyOf(deleted), List.of(), List.of(), now.departed(), now.zeroed()));
      }
      parts.add(now);
    }
    return parts;
  }
}
