package org.jlvs.monitor.supervise;

import java.util.ArrayList;
import java.util.List;

/** Keeps what would be logged; tells nobody, and runs nothing. */
class LoggedEffects implements Effects {
  final List<String> lines = new ArrayList<>();

  @Override
  public void log(String line) {
    lines.add(line);
  }

  @Override
  public void tell(ServerEvent event) {}

  @Override
  public void run(OperatorCommand command) {}
}
