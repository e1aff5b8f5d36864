package org.jlvs.core.engine;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Protocol;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.core.service.VirtualService;
import org.jlvs.core.settings.Settings;

/**
 * The packets that the engine wants to see although no connection is known for them: those of its
 * services, and those that may carry a mark if a service goes by marks. For the engine thread.
 */
public final class Interests {
  private static final int FTP_PORT = 21;
  private static final int TCP = Protocol.TCP.number();

  /** Told when the interests may have changed; once, until they are asked for again. */
  @FunctionalInterface
  public interface Listener {
    void interestsChanged();
  }

  private final ServiceTable services;
  private final Settings settings;
  private final FtpPorts ftpPorts;
  private final Host host;
  private final KernelProgram program;
  private Collection<Interest> marked = List.of();
  private Listener listener = () -> {};
  private boolean told;

  Interests(ServiceTable services, FtpPorts ftpPorts, Host host, KernelProgram program) {
    this.services = services;
    this.settings = services.settings();
    this.ftpPorts = ftpPorts;
    this.host = host;
    this.program = program;
  }

  /** Replaces the listener; only the last one is told. */
  public void listener(Listener listener) {
    this.listener = listener;
    told = false;
  }

  void marked(Collection<Interest> packets) {
    marked = List.copyOf(packets);
    changed();
  }

  void changed() {
    program.forget();
    if (!told) {
      told = true;
      listener.interestsChanged();
    }
  }

  /** Packets of no connection that may be the first of one. */
  public Set<Interest> packets() {
    told = false;
    Set<Interest> packets = new LinkedHashSet<>();
    for (VirtualService service : services.listed()) {
      switch (service.key()) {
        case ServiceKey.Mark mark -> {
          packets.addAll(marked);
          marked.stream().filter(this::isFtp).map(Interests::data).forEach(packets::add);
        }
        case ServiceKey.Endpoint(Protocol protocol, Address address, int port) ->
            packets.add(endpoint(new Interest(Optional.of(address), protocol.number(), port)));
      }
    }
    if (settings.natIcmpSend()) {
      addOfMasqueradedServers(packets);
    }
    return packets;
  }

  /**
   * What {@code nat_icmp_send} refuses: packets of masqueraded servers to wherever. The program
   * filters by destination, so all of their protocol come up, each flow's first one.
   */
  private void addOfMasqueradedServers(Set<Interest> packets) {
    for (VirtualService service : services.listed()) {
      if (service.key() instanceof ServiceKey.Endpoint endpoint
          && service.servers().stream()
              .anyMatch(server -> server.forwarding() == ForwardingMethod.MASQUERADE)) {
        packets.add(new Interest(Optional.empty(), endpoint.protocol().number(), 0));
      }
    }
  }

  private Interest endpoint(Interest interest) {
    return interest.port() == FTP_PORT || isFtp(interest) ? data(interest) : interest;
  }

  private boolean isFtp(Interest interest) {
    return (interest.protocol() == TCP || interest.protocol() == 0)
        && ftpPorts.contains(interest.port());
  }

  /** FTP's data connections come to other ports than the service's. */
  private static Interest data(Interest control) {
    return new Interest(control.destination(), control.protocol(), 0);
  }

  /** Addresses of servers whose packets are translated on their way back. */
  public Set<Address> masqueradedServers() {
    return servers(ForwardingMethod.MASQUERADE);
  }

  /** Addresses that tunnels to servers begin at: ICMP errors about what is in them come there. */
  public Set<Address> tunnelSources() {
    Set<Address> sources = new LinkedHashSet<>();
    for (Address server : servers(ForwardingMethod.TUNNEL)) {
      Address source = host.sourceAddress(server);
      if (source != null) {
        sources.add(source);
      }
    }
    return sources;
  }

  private Set<Address> servers(ForwardingMethod method) {
    told = false;
    Set<Address> addresses = new LinkedHashSet<>();
    for (VirtualService service : services.listed()) {
      for (RealServer server : service.servers()) {
        if (server.forwarding() == method) {
          addresses.add(server.key().address());
        }
      }
    }
    return addresses;
  }
}
