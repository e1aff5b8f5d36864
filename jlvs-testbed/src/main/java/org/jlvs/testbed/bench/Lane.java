package org.jlvs.testbed.bench;

import org.jlvs.linux.bpf.BpfProgram;
import org.jlvs.testbed.namespaces.Host;
import org.jlvs.testbed.namespaces.Testbed;

/**
 * One director between the sender and the receiver:
 *
 * <pre>
 *   sender jbgN 10.1.N.2 ── 10.1.N.1 jbiN director jboN 10.2.N.2 ── 10.2.N.1 jbsN receiver
 * </pre>
 */
final class Lane {
  private final int number;
  private final Host director;
  private final Wire entrance;

  private Lane(int number, Host director, Wire entrance) {
    this.number = number;
    this.director = director;
    this.entrance = entrance;
  }

  /** Builds a lane; {@code count} is run where packets come out. */
  static Lane build(Testbed testbed, int number, Host sender, Host receiver, BpfProgram count)
      throws Exception {
    Host director = testbed.host("director" + number);
    director.sysctl("net.ipv4.ip_forward", "1");
    Wire entrance = Wire.lay(testbed, sender, "jbg" + number, director, "jbi" + number);
    Wire exit = Wire.lay(testbed, director, "jbo" + number, receiver, "jbs" + number);
    entrance.addresses("10.1." + number);
    exit.addresses("10.2." + number);
    exit.attach(count);
    return new Lane(number, director, entrance);
  }

  /** A stream through this lane. */
  Traffic.Stream stream(Traffic.Endpoint destination, Traffic.Endpoint received) throws Exception {
    return entrance.stream(destination, received, 1);
  }

  Host director() {
    return director;
  }

  /** An address on the sender's side that the director answers for. */
  String virtualAddress(int last) {
    return "10.1." + number + "." + last;
  }

  /** The receiver's address. */
  String server() {
    return "10.2." + number + ".1";
  }

  String entering() {
    return "jbi" + number;
  }

  String leaving() {
    return "jbo" + number;
  }
}
