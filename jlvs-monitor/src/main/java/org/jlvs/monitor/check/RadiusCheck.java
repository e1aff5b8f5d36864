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
import org.jlvs.monitor.config.ConfiguredText;

/** A name and password that a RADIUS server must accept. */
final class RadiusCheck {
  private static final int ATTEMPTS = 3;

  /** An attribute's value (RFC 2865, section 5). */
  private static final int LONGEST_LOGIN = 253;

  /** User-Password (RFC 2865, section 5.2). */
  private static final int LONGEST_PASSWORD = 128;

  private RadiusCheck() {}

  static Outcome perform(Check.Radius check, Deadline deadline) throws IOException {
    String login = ConfiguredText.decoded(check.login());
    byte[] password = check.password().getBytes(StandardCharsets.ISO_8859_1);
    if (check.secret().isEmpty()) {
      return Outcome.down("the configuration wants a secret for this check");
    }
    if (login.getBytes(StandardCharsets.UTF_8).length > LONGEST_LOGIN
        || password.length > LONGEST_PASSWORD) {
      return Outcome.down(
          "RADIUS carries no login of more than %d bytes and no passwd of more than %d"
              .formatted(LONGEST_LOGIN, LONGEST_PASSWORD));
    }
    InetAddress address = Checker.address(check.address());
    Duration pause = Duration.ofMillis(Math.max(1, deadline.millisLeft() / ATTEMPTS));
    try (RadiusClient client =
        UdpRadiusClient.newBuilder()
            .address(new InetSocketAddress(address, check.port()))
            .secret(check.secret().getBytes(StandardCharsets.ISO_8859_1))
            .retransmissionStrategy(new IntervalRetransmissionStrategy(ATTEMPTS, pause))
            .build()) {
      Packet answer =
          client.send(
              new AccessRequest(
                  List.of(
                      new MessageAuthenticator(),
                      new UserName(new TextData(login)),
                      new UserPassword(new StringData(password)),
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
