package org.jlvs.xdp;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.HexFormat;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.linux.bpf.XdpAction;

/** Tables of packets, each with what the kernel program has to do with it. */
final class ProgramRows {
  private static final String UNCHANGED = "";

  private ProgramRows() {}

  /** One row: {@code alone} is what happens while no director listens. */
  record Row(String description, PacketBuilder sent, Expected listening, Expected alone) {
    static Row of(String description, PacketBuilder sent, Expected always) {
      return new Row(description, sent, always, always);
    }

    @Override
    public String toString() {
      return description;
    }
  }

  /** A verdict, and the frame in hexadecimal where it is not the one sent. */
  record Expected(XdpAction verdict, String frame) {}

  static Expected pass() {
    return new Expected(XdpAction.PASS, UNCHANGED);
  }

  static Expected drop() {
    return new Expected(XdpAction.DROP, UNCHANGED);
  }

  /** To the AF_XDP socket, as it came. */
  static Expected toDirector() {
    return new Expected(XdpAction.REDIRECT, UNCHANGED);
  }

  /** Out by the interface of hop {@code number}, be it the one the packet came in by. */
  static Expected sentTo(int number, PacketBuilder frame) {
    PacketBuilder sent =
        frame.but().macs(DirectorFixture.hopSourceMac(number), DirectorFixture.hopMac(number));
    return new Expected(XdpAction.REDIRECT, HexFormat.of().formatHex(sent.build()));
  }

  /** Has the program see a frame, and asserts what becomes of it. */
  static void check(DirectorFixture director, PacketBuilder sent, Expected expected)
      throws IOException {
    byte[] frame = sent.build();
    String expectedFrame =
        expected.frame().equals(UNCHANGED) ? HexFormat.of().formatHex(frame) : expected.frame();
    assertThat(director.run(frame))
        .isEqualTo(new DirectorFixture.Outcome(expected.verdict(), expectedFrame));
  }
}
