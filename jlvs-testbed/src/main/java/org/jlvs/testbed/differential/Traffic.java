package org.jlvs.testbed.differential;

import java.util.ArrayList;
import java.util.List;
import org.jlvs.testbed.differential.Configuration.Kind;
import org.jlvs.testbed.differential.Configuration.Service;

/**
 * Random packets of clients, servers and routers: mostly conversations as programs have them, now
 * and then what no program would send.
 */
final class Traffic implements TrafficSource {
  private static final int MOST_SESSIONS = 12;

  private final Dice dice;
  private final Configuration configuration;

  /** Whether much of it is about tunnels. */
  private final boolean tunnels;

  private final List<Session> sessions = new ArrayList<>();
  private final Conversations conversations;
  private final ErrorTraffic errors;
  private final TunnelErrorTraffic tunnelErrors;
  private final FragmentTraffic fragments;
  private final OddTraffic odd;
  private final Ipv4OptionTraffic options;

  private Traffic(Dice dice, Configuration configuration, Wires wires, boolean tunnels) {
    this.dice = dice;
    this.configuration = configuration;
    this.tunnels = tunnels;
    conversations = new Conversations(dice, wires);
    errors = new ErrorTraffic(dice, wires);
    tunnelErrors = new TunnelErrorTraffic(dice, wires, conversations);
    fragments = new FragmentTraffic(dice, wires, conversations, errors);
    odd = new OddTraffic(dice, wires, conversations);
    options = new Ipv4OptionTraffic(dice, wires, conversations);
  }

  /** The traffic of a scenario that is about something. */
  static TrafficSource of(
      Specialty specialty, Dice dice, Configuration configuration, Wires wires) {
    Traffic usual = new Traffic(dice, configuration, wires, specialty == Specialty.TUNNELS);
    Service service = configuration.services().getFirst();
    return switch (specialty) {
      case NONE, TRANSPARENT_PROXY, SHORTAGE, TUNNELS -> usual;
      case FTP_MASQUERADED -> new FtpTraffic(dice, wires, service);
      case FTP_DIRECT -> mixed(dice, new FtpTraffic(dice, wires, service), usual);
      case SIP -> mixed(dice, new SipTraffic(dice, wires, service), usual);
      case IPSEC -> mixed(dice, new IpsecTraffic(dice, wires, service), usual);
    };
  }

  private static TrafficSource mixed(Dice dice, TrafficSource special, TrafficSource usual) {
    return () -> {
      TrafficSource chosen = dice.chance(65) ? special : usual;
      chosen.next();
    };
  }

  @Override
  public void next() {
    if (sessions.isEmpty() || dice.chance(sessions.size() < MOST_SESSIONS ? 30 : 3)) {
      begin();
      return;
    }
    Session session = dice.one(sessions);
    if (tunnels && dice.chance(40)) {
      tunnelErrors.next(session);
      return;
    }
    switch (dice.below(44)) {
      case 0, 1 -> errors.fromServer(session);
      case 2, 3 -> errors.fromClient(session);
      case 4, 5 -> fragments.pieces(session);
      case 6, 7, 8, 9 -> odd.packet(session);
      case 10, 11 -> odd.stray(dice.one(configuration.services()).ipv6);
      case 12 -> {
        if (session.ipv6) {
          fragments.extended(session);
        } else {
          options.packet(session);
        }
      }
      case 13 -> tunnelErrors.aboutRequest(session);
      case 14 -> fragments.serversPieces(session);
      case 15 -> fragments.icmpPieces(session);
      default -> conversations.goOn(session);
    }
  }

  private void begin() {
    Service service = dice.one(configuration.services());
    Transport transport =
        switch (service.kind) {
          case TCP -> Transport.TCP;
          case UDP -> Transport.UDP;
          case SCTP -> Transport.SCTP;
          case MARK ->
              dice.one(List.of(Transport.TCP, Transport.TCP, Transport.UDP, Transport.SCTP));
        };
    int port = service.port;
    if (service.kind == Kind.MARK || service.port == 0) {
      port = dice.one(List.of(80, 443, 53, 8080));
    } else if (dice.chance(5)) {
      port = 81;
    }
    String client =
        dice.chance(8) ? Wires.neighbour(service.ipv6) : Wires.client(dice, service.ipv6);
    int clientPort = 40_000 + dice.below(8);
    Session session = new Session(transport, client, clientPort, service.address, port, service);
    sessions.add(session);
    conversations.goOn(session);
  }
}
