package org.jlvs.xdp;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jlvs.core.engine.KernelProgram;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Flow;
import org.jlvs.core.service.RealServer;

/** What the engine tells the program beside connections, written where the program reads it. */
final class ProgramTables implements KernelProgram {
  private final MemorySegment settings;
  private final TunnelTable tunnels;
  private final PassingFlows passing;

  /**
   * @param settings the program's settings
   */
  ProgramTables(MemorySegment settings, TunnelTable tunnels, PassingFlows passing) {
    this.settings = settings;
    this.tunnels = tunnels;
    this.passing = passing;
  }

  @Override
  public void wraps(RealServer server, Address source, int mtu, boolean copiesDoNotFragment) {
    tunnels.set(server, source, mtu, copiesDoNotFragment);
  }

  @Override
  public void passes(Flow flow, long nowNanos) {
    passing.add(flow, nowNanos);
  }

  @Override
  public void servesLocally() {
    settings.set(ValueLayout.JAVA_INT, DirectorLayout.LOCAL_SERVERS, 1);
  }

  @Override
  public void forget() {
    tunnels.clear();
    passing.forget();
  }
}
