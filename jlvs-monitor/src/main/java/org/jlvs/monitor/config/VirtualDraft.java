package org.jlvs.monitor.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Protocol;

/** A virtual server as its section is read. */
final class VirtualDraft extends GlobalDraft {
  final int line;
  final Family family;

  /** Empty for a firewall mark. */
  final Optional<Address> address;

  final int portOrMark;
  Optional<Protocol> protocol = Optional.empty();

  final List<RealServer> realServers = new ArrayList<>();
  CheckType checkType = CheckType.NEGOTIATE;
  int connectsPerNegotiation;
  Optional<ServiceType> service = Optional.empty();
  int checkPort;
  Optional<String> request = Optional.empty();
  Optional<PerlRegexp> receive = Optional.empty();
  HttpMethod httpMethod = HttpMethod.GET;
  Optional<String> virtualHost = Optional.empty();
  String checkCommand = "/bin/true";
  String login = "";
  String password = "";
  String database = "";
  String secret = "";
  String scheduler = "wrr";

  /** As {@link org.jlvs.core.control.ServiceSpec} has them. */
  int schedulerFlags;

  int persistent;
  Optional<Address> clientMask = Optional.empty();
  boolean onePacket;
  Optional<String> monitorFile = Optional.empty();

  VirtualDraft(int line, Family family, Optional<Address> address, int portOrMark) {
    this.line = line;
    this.family = family;
    this.address = address;
    this.portOrMark = portOrMark;
  }

  boolean isMark() {
    return address.isEmpty();
  }

  int port() {
    return isMark() ? 0 : portOrMark;
  }

  ServiceKey key() {
    Protocol byPort = portOrMark == ServiceType.DNS.port() ? Protocol.UDP : Protocol.TCP;
    return address
        .<ServiceKey>map(ip -> new ServiceKey.Endpoint(protocol.orElse(byPort), ip, portOrMark))
        .orElseGet(() -> new ServiceKey.Mark(portOrMark, family));
  }

  ServiceType serviceType() {
    // What a port means for TCP says nothing of SCTP, whose endpoints are asked by SCTP itself.
    boolean sctp = protocol.filter(Protocol.SCTP::equals).isPresent();
    return service.orElseGet(() -> sctp ? ServiceType.NONE : ServiceType.ofPort(port()));
  }
}
