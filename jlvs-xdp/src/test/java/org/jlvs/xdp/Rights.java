package org.jlvs.xdp;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Set;
import org.jlvs.linux.sys.Capability;

/** What tests in the kernel need. */
final class Rights {
  private Rights() {}

  /** Skips the test, saying which right is missing. */
  static void assume() {
    Set<Capability> missing =
        Capability.missing(
            Capability.CAP_SYS_ADMIN, Capability.CAP_NET_ADMIN, Capability.CAP_NET_RAW);
    assumeTrue(missing.isEmpty(), "this test runs in the kernel, and lacks " + missing);
  }
}
