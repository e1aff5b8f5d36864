package org.jlvs.core.scheduler;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Flow;
import org.jlvs.core.net.Protocol;
import org.jlvs.core.service.ProgramCounters;
import org.jlvs.core.service.RealServer;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.core.service.VirtualService;

/**
 * Plays a scheduling sequence and says where it differs. A sequence is text, one step a line:
 *
 * <pre>
 * service wrr FLAGS ipv4          first of all; flags joined by +, or -
 * service wrr FLAGS ipv4 PORT     likewise, the server's port being PORT instead of 0
 * add 3 WEIGHT [UPPER LOWER]      server 3, which is 10.1.0.3 or 2001:db8:1::3
 * edit 3 WEIGHT [UPPER LOWER]
 * delete 3
 * reschedule                      the service is edited and keeps its scheduler
 * scheduler NAME                  the service gets another scheduler
 * syn CLIENT PORT VIP 3           a connection comes, server 3 gets it (or -, none)
 * fin CLIENT PORT VIP             it becomes inactive
 * expire                          all inactive ones are gone, but those of servers once deleted
 * </pre>
 */
final class SequencePlayer {
  private static final Map<String, Integer> FLAGS =
      Map.of(
          "sh-fallback", ServiceSpec.SCHEDULER_FLAG_1,
          "sh-port", ServiceSpec.SCHEDULER_FLAG_2,
          "mh-fallback", ServiceSpec.SCHEDULER_FLAG_1,
          "mh-port", ServiceSpec.SCHEDULER_FLAG_2);

  private final ServiceTable table =
      new ServiceTable(100, new SplittableRandom(1), ProgramCounters.NONE);
  private final Map<String, RealServer> active = new HashMap<>();
  private final List<RealServer> inactive = new ArrayList<>();
  private final Flow flow = new Flow();
  private ServiceSpec service = spec("rr", 0, Family.IPV4);
  private int serverPort;

  /** The sequence as it went here: equal to what was given where both agree. */
  List<String> play(List<String> lines) throws DirectorException {
    List<String> played = new ArrayList<>();
    for (String line : lines) {
      played.add(play(line));
    }
    return played;
  }

  private String play(String line) throws DirectorException {
    String[] words = line.split(" ");
    switch (words[0]) {
      case "service" -> {
        service = spec(words[1], flags(words[2]), Family.valueOf(words[3].toUpperCase()));
        serverPort = words.length > 4 ? Integer.parseInt(words[4]) : 0;
        table.addService(service);
      }
      case "add" -> table.addServer(service.key(), server(words));
      case "edit" -> table.editServer(service.key(), server(words));
      case "delete" -> {
        table.deleteServer(service.key(), key(words[1]));
        inactive.removeIf(server -> !server.available());
      }
      case "reschedule" -> table.editService(service);
      case "scheduler" -> {
        service = spec(words[1], service.flags(), service.key().family());
        table.editService(service);
      }
      case "syn" -> {
        return "syn %s %s %s %s".formatted(words[1], words[2], words[3], connect(words));
      }
      case "fin" -> finish(active.remove(words[1] + words[2]));
      case "expire" -> expire();
      default -> throw new IllegalArgumentException(line);
    }
    return line;
  }

  private String connect(String[] words) {
    Address client = Address.of(words[1]);
    flow.family = client.family();
    flow.protocol = Protocol.TCP.number();
    flow.source(client);
    flow.sourcePort = Integer.parseInt(words[2]);
    flow.destination(Address.of(words[3]));
    flow.destinationPort = 80;
    VirtualService found = table.find(service.key());
    RealServer server = found.scheduler().schedule(found, flow);
    if (server == null) {
      return "-";
    }
    server.retain();
    server.activeConnections++;
    server.connectionBound();
    active.put(words[1] + words[2], server);
    String address = server.key().address().toString();
    return address.substring(address.length() - 1);
  }

  private void finish(RealServer server) {
    server.activeConnections--;
    server.inactiveConnections++;
    inactive.add(server);
  }

  private void expire() {
    for (RealServer server : inactive) {
      server.inactiveConnections--;
      server.connectionUnbound();
      server.release();
    }
    inactive.clear();
  }

  private static ServiceSpec spec(String scheduler, int flags, Family family) {
    ServiceKey key = new ServiceKey.Mark(1, family);
    int prefix = family.addressBytes() * 8;
    return new ServiceSpec(key, scheduler, flags, 0, prefix, Optional.empty());
  }

  private static int flags(String names) {
    int flags = 0;
    for (String name : names.equals("-") ? new String[0] : names.split("\\+")) {
      flags |= FLAGS.get(name);
    }
    return flags;
  }

  private ServerKey key(String number) {
    boolean ipv6 = service.key().family() == Family.IPV6;
    return new ServerKey(Address.of((ipv6 ? "2001:db8:1::" : "10.1.0.") + number), serverPort);
  }

  private ServerSpec server(String[] words) {
    int weight = Integer.parseInt(words[2]);
    int upper = words.length > 3 ? Integer.parseInt(words[3]) : 0;
    int lower = words.length > 3 ? Integer.parseInt(words[4]) : 0;
    return new ServerSpec(
        key(words[1]), ForwardingMethod.DIRECT_ROUTE, weight, upper, lower, Tunnel.IPIP);
  }
}
