package org.jlvs.xdp;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;

/** The compiled kernel programs, as they lie beside the classes, and the names of their parts. */
final class DirectorObject {
  private DirectorObject() {}

  /** The program that directs packets. */
  static final String DIRECTOR = "director";

  /** The program that sees what the host's own servers answer. */
  static final String ANSWER = "answer";

  /** The program run on frames that are given to the host. */
  static final String DELIVER = "deliver";

  /** The program run on frames that try out whether a device sends what is redirected to it. */
  static final String REFLECT = "reflect";

  static final String SETTINGS = "settings";
  static final String SLOTS = "slots";
  static final String BUCKETS = "buckets";
  static final String HOPS = "hops";
  static final String TUNNELS = "tunnels";
  static final String PASSING = "passing";
  static final String COUNTERS = "counters";
  static final String INTERESTS = "interests";
  static final String QUEUES = "queues";
  static final String XSKS = "xsks";
  static final String SENT = "sent";

  /** The object of the director. */
  static byte[] director() throws IOException {
    return resource("director.bpf.o");
  }

  /** The object of the stopwatch around it. */
  static byte[] bench() throws IOException {
    return resource("bench.bpf.o");
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = DirectorObject.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new FileNotFoundException("the program's resource " + name + " is missing");
      }
      return in.readAllBytes();
    }
  }
}
