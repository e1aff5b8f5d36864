package org.jlvs.monitor.check;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.nio.BufferUnderflowException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.aaa4j.radius.client.IntervalRetransmissionStrategy;
import org.aaa4j.radius.client.RadiusClient;
import org.aaa4j.radius.client.RadiusClientException;
import org.aaa4j.radius.client.clients.UdpRadiusClient;
import org.aaa4j.radius.core.attribute.StringData;
import org.aaa4j.radius.core.attribute.TextData;
import org.aaa4j.radius.core.attribute.attributes.MessageAuthenticator;
import org.aaa4j.radius.core.attribute.attributes.NasIdentifier;
import org.aaa4j.radius.core.attribute.attributes.UserName;
import org.aaa4j.radius.core.attribute.attributes.UserPassword;
import org.aaa4j.radius.core.packet.Packet;
import org.aaa4j.radius.core.packet.packets.AccessAccept;
import org.aaa4j.radius.core.packet.packets.AccessRequest;

/** A name and password that a RADIUS server must accept. */
final class RadiusCheck {
  private static final int ATTEMPTS = 3;

  private RadiusCheck() {}

  static Outcome perform(Check.Radius check, Deadline deadline) throws IOException {
    InetAddress address = Checker.address(check.address());
    Duration pause = Duration.ofMillis(Math.max(1, deadline.millisLeft() / ATTEMPTS));
    try (RadiusClient client =
        UdpRadiusClient.newBuilder()
            .address(new InetSocketAddress(address, check.port()))
            .secret(check.secret().getBytes(StandardCharsets.UTF_8))
            .retransmissionStrategy(new IntervalRetransmissionStrategy(ATTEMPTS, pause))
            .build()) {
      Packet answer =
          client.send(
              new AccessRequest(
                  List.of(
                      new MessageAuthenticator(),
                      new UserName(new TextData(check.login())),
                      new UserPassword(
                          new StringData(check.password().getBytes(StandardCharsets.UTF_8))),
                      new NasIdentifier(new TextData("ldirectord")))));
      return answer instanceof AccessAccept
          ? Outcome.up("access accepted")
          : Outcome.down("answers " + answer.getClass().getSimpleName());
    } catch (RadiusClientException failed) {
      if (deadline.over() || failed.getCause() instanceof SocketTimeoutException) {
        throw new SocketTimeoutException();
      }
      Causes.rethrow(failed);
      throw new IOException(failed);
    } catch (IndexOutOfBoundsException | IllegalArgumentException | BufferUnderflowException cut) {
      // aaa4j believes an attribute's length and has no exception of its own for one that is wrong.
      throw new ProtocolException("sends an attribute whose length is wrong");
    }
  }
}
