package org.jlvs.server.explain;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jlvs.core.control.FlowQuery;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Protocol;
import org.jspecify.annotations.Nullable;

/**
 * What follows {@code jlvs explain}.
 *
 * @param interfaceName the interface the packet is to come in by, when it was given
 * @param callId the SIP Call-ID in the packet, when it was given
 * @param sourceGiven whether the client was given, or one had to be assumed
 */
record ExplainArguments(
    Protocol protocol,
    Address source,
    int sourcePort,
    Address destination,
    int destinationPort,
    boolean sourceGiven,
    Optional<String> interfaceName,
    Optional<String> callId,
    boolean json,
    boolean colour) {

  static final String HELP =
      """
      Usage: jlvs explain [OPTION]... PROTOCOL DESTINATION:PORT
      Asks the running director what it would do with the first packet of a connection, and why: the firewall
      mark, the service, the client's template, what the scheduler makes of each server, and the way there.
      Nothing is changed by asking: no rotation, counter, template or timer.

        PROTOCOL                     tcp, udp or sctp
        DESTINATION:PORT             where the client connects, 192.0.2.10:80 or [2001:db8::10]:80

        -s, --source ADDRESS[:PORT]  the client, 198.51.100.7, 198.51.100.7:40000 or [2001:db8::7]:40000
                                     (default: an address of documentation, and port 40000; give it when
                                     persistence, hashing or firewall rules by source matter)
        -i, --interface IF           the interface the packet comes in by
                                     (default: the one by which packets go to the client)
            --call-id ID             the SIP Call-ID in the packet, for a service with --pe sip
                                     (default: one that is not known yet)
            --json                   print JSON
            --colour                 colour the text (default: on a terminal)
        -h, --help                   print this

      Examples:
        jlvs explain tcp 192.0.2.10:80                       which server is next
        jlvs explain -s 198.51.100.7 tcp 192.0.2.10:443      why that client goes where it goes
        jlvs explain -s 198.51.100.7:51812 tcp 192.0.2.10:80 where an open connection goes
        jlvs explain --call-id a84b4c76e66710@pc33 udp 192.0.2.10:5060  where that call goes
        jlvs explain --json udp [2001:db8::10]:53            for scripts
      """;

  private static final int ASSUMED_PORT = 40_000;
  private static final int HIGHEST_PORT = 65_535;

  /** An address with a port, or without. */
  private record Endpoint(Address address, @Nullable Integer port) {}

  /** Bad arguments: the message says which and what was expected. */
  static final class UsageException extends Exception {
    private static final long serialVersionUID = 1;

    UsageException(String message) {
      super("explain: " + message);
    }
  }

  /** Empty when help was asked for. */
  static Optional<ExplainArguments> parse(List<String> words) throws UsageException {
    Optional<Endpoint> source = Optional.empty();
    Optional<String> interfaceName = Optional.empty();
    Optional<String> callId = Optional.empty();
    boolean json = false;
    boolean colour = false;
    List<String> operands = new ArrayList<>();
    Iterator<String> rest = words.iterator();
    while (rest.hasNext()) {
      String word = rest.next();
      switch (word) {
        case "-h", "--help" -> {
          return Optional.empty();
        }
        case "--json" -> json = true;
        case "--colour", "--color" -> colour = true;
        case "-s", "--source" -> source = Optional.of(endpoint(value(word, rest), "source"));
        case "--call-id" -> callId = Optional.of(value(word, rest));
        case "-i", "--interface" -> interfaceName = Optional.of(value(word, rest));
        default -> {
          if (word.startsWith("-")) {
            throw new UsageException(
                "there is no option \"%s\"; 'jlvs explain --help' lists them".formatted(word));
          }
          operands.add(word);
        }
      }
    }
    if (operands.size() != 2) {
      throw new UsageException(
          "wants a protocol and a destination, such as 'tcp 192.0.2.10:80', not %s"
              .formatted(operands.isEmpty() ? "nothing" : "'" + String.join(" ", operands) + "'"));
    }
    Protocol protocol = protocol(operands.getFirst());
    Endpoint destination = endpoint(operands.getLast(), "destination");
    Integer port = destination.port();
    if (port == null) {
      throw new UsageException(
          "destination \"%s\" has no port; expected such as %s"
              .formatted(
                  operands.getLast(),
                  destination.address().isIpv4() ? "192.0.2.10:80" : "[2001:db8::10]:80"));
    }
    Endpoint client = source.orElseGet(() -> assumed(destination.address().family()));
    if (client.address().family() != destination.address().family()) {
      throw new UsageException(
          "source %s and destination %s are not of one address family"
              .formatted(client.address(), destination.address()));
    }
    Integer clientPort = client.port();
    return Optional.of(
        new ExplainArguments(
            protocol,
            client.address(),
            clientPort == null ? ASSUMED_PORT : clientPort,
            destination.address(),
            port,
            source.isPresent(),
            interfaceName,
            callId,
            json,
            colour));
  }

  private static Endpoint assumed(Family family) {
    String address = family == Family.IPV4 ? "192.0.2.1" : "2001:db8::1";
    return new Endpoint(Address.of(address), ASSUMED_PORT);
  }

  private static String value(String option, Iterator<String> rest) throws UsageException {
    if (!rest.hasNext()) {
      throw new UsageException("option %s wants a value".formatted(option));
    }
    return rest.next();
  }

  private static Protocol protocol(String word) throws UsageException {
    for (Protocol protocol : Protocol.values()) {
      if (protocol.name().equals(word.toUpperCase(Locale.ROOT))) {
        return protocol;
      }
    }
    if (word.equalsIgnoreCase("ah") || word.equalsIgnoreCase("esp")) {
      throw new UsageException(
          "AH and ESP begin no connection, they follow the client's one of UDP between ports 500 (IKE);"
              + " ask for that: 'jlvs explain -s CLIENT:500 udp DESTINATION:500'");
    }
    throw new UsageException(
        "there is no protocol \"%s\"; expected tcp, udp or sctp".formatted(word));
  }

  private static Endpoint endpoint(String word, String what) throws UsageException {
    String address = word;
    String port = null;
    int bracket = word.lastIndexOf("]:");
    int colon = word.indexOf(':');
    if (word.startsWith("[") && bracket > 0) {
      address = word.substring(1, bracket);
      port = word.substring(bracket + 2);
    } else if (word.startsWith("[") && word.endsWith("]")) {
      address = word.substring(1, word.length() - 1);
    } else if (colon >= 0 && colon == word.lastIndexOf(':')) {
      address = word.substring(0, colon);
      port = word.substring(colon + 1);
    }
    try {
      return new Endpoint(Address.of(address), port == null ? null : port(port, word, what));
    } catch (IllegalArgumentException e) {
      throw new UsageException(
          "%s \"%s\" is no address; expected such as 192.0.2.10:80 or [2001:db8::10]:80"
              .formatted(what, word));
    }
  }

  private static Integer port(String text, String word, String what) throws UsageException {
    boolean digits = !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
    int port = digits && text.length() <= 5 ? Integer.parseInt(text) : HIGHEST_PORT + 1;
    if (port < 1 || port > HIGHEST_PORT) {
      throw new UsageException("%s \"%s\" has a port that is not 1 to 65535".formatted(what, word));
    }
    return port;
  }

  FlowQuery query(int inInterface) {
    return new FlowQuery(
        protocol.number(), source, sourcePort, destination, destinationPort, inInterface, callId);
  }
}
