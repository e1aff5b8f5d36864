package org.jlvs.testbed.dropin;

import java.io.IOException;
import java.util.List;

/** Who answers commands: the original, or jlvs. */
public interface Ipvsadm {
  /**
   * Types each session's commands, on a machine of its own.
   *
   * @return the answers, in the sessions' and the commands' order
   */
  List<List<Answer>> type(List<Session> sessions) throws IOException, InterruptedException;
}
