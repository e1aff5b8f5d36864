package org.jlvs.monitor.supervise;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jlvs.core.connection.ConnectionLayout;
import org.jlvs.core.connection.ConnectionTable;
import org.jlvs.core.control.ConnectionView;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerView;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceView;
import org.jlvs.core.engine.Hop;
import org.jlvs.core.engine.Host;
import org.jlvs.core.engine.LocalDirector;
import org.jlvs.core.engine.MarkRules;
import org.jlvs.core.engine.Output;
import org.jlvs.core.engine.PacketEngine;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Packet;
import org.jlvs.core.net.PacketBuilder;
import org.jlvs.core.service.ProgramCounters;
import org.jlvs.core.service.ServiceTable;
import org.jlvs.monitor.table.DirectorServerTable;
import org.jlvs.monitor.table.ServerTable;
import org.jlvs.monitor.table.TableChange;
import org.jlvs.monitor.table.TableEntry;
import org.jlvs.monitor.table.TableException;

/**
 * A whole director, with packets and time that a test makes. The table can be out of reach, and
 * tells of each state that it was in.
 */
final class SimulatedDirector implements ServerTable {
  /** The address that the host has, for its services. */
  private static final Address OWN = Address.of("10.0.0.100");

  private static final int CONNECTIONS = 4096;
  private static final Output NOWHERE =
      new Output() {
        @Override
        public void transmit(Hop hop, Packet packet) {}

        @Override
        public void deliver(Packet packet) {}
      };

  private static final Host HOST =
      new Host() {
        @Override
        public Route route(Address destination) {
          return destination.equals(OWN) ? new Route.Local() : new Route.Via(new Hop(1, 1, 1500));
        }

        @Override
        public Address sourceAddress(Address destination) {
          return Address.of("10.0.0.254");
        }
      };

  private final PacketEngine engine;
  private final LocalDirector director;
  private final DirectorServerTable table;
  private Instant now;
  private int clients;
  boolean outOfReach;

  /** Called after each change of the table. */
  Consumer<SimulatedDirector> watcher = _ -> {};

  SimulatedDirector(Instant begin) {
    now = begin;
    engine =
        new PacketEngine(
            new ServiceTable(1000, new Random(1), ProgramCounters.NONE),
            ConnectionTable.create(
                memory((CONNECTIONS + 1) * ConnectionLayout.SLOT_BYTES),
                memory(CONNECTIONS / 2 * ConnectionLayout.BUCKET_BYTES),
                42,
                nanos()),
            HOST,
            MarkRules.NONE,
            nanos());
    director = new LocalDirector(engine);
    table = new DirectorServerTable(director);
  }

  private static MemorySegment memory(int bytes) {
    return MemorySegment.ofArray(new long[bytes / Long.BYTES]);
  }

  private long nanos() {
    return Duration.between(Instant.EPOCH, now).toNanos();
  }

  Instant now() {
    return now;
  }

  /** Lets time pass, as the director's thread does: what is over is seen to in several turns. */
  void sleep(Duration duration) {
    now = now.plus(duration);
    for (int turn = 0; turn < 3; turn++) {
      engine.advance(nanos(), NOWHERE);
      now = now.plusMillis(110);
    }
    engine.advance(nanos(), NOWHERE);
  }

  /** A new client opens a connection and keeps it. */
  void connect(Address service, int port) {
    Address client = Address.of("198.18.%d.%d".formatted(clients / 250 % 250, clients % 250 + 1));
    clients++;
    for (boolean first : new boolean[] {true, false}) {
      PacketBuilder segment =
          PacketBuilder.ip().ipv4(client.toString(), service.toString()).tcp(40_000, port);
      byte[] bytes = (first ? segment.syn() : segment.ack()).build();
      byte[] buffer = new byte[128 + bytes.length];
      System.arraycopy(bytes, 0, buffer, 128, bytes.length);
      engine.receive(
          new Packet().wrap(MemorySegment.ofArray(buffer), 128, bytes.length, 1), nanos(), NOWHERE);
    }
  }

  /** The addresses of servers that have connections. */
  Set<String> serversWithConnections() {
    Set<String> servers = new HashSet<>();
    List<ConnectionView> views = new ArrayList<>();
    director.connections(0, Integer.MAX_VALUE, views::add);
    views.forEach(view -> servers.add(view.server().toString()));
    return servers;
  }

  /** Somebody clears the table: {@code ipvsadm -C}. */
  void clear() {
    director.flush();
  }

  /** Somebody else makes a change. */
  void make(TableChange change) throws TableException {
    table.apply(List.of(change));
  }

  /** Each service as {@code ADDRESS:PORT}, its servers as {@code ADDRESS=WEIGHT}, sorted. */
  String text() {
    List<String> services = new ArrayList<>();
    for (ServiceView view : director.services()) {
      ServiceKey.Endpoint key = (ServiceKey.Endpoint) view.spec().key();
      Set<String> servers = new TreeSet<>();
      for (ServerView server : view.servers()) {
        ServerKey at = server.spec().key();
        servers.add(at.address() + "=" + server.spec().weight());
      }
      services.add(key.address() + ":" + key.port() + " " + String.join(" ", servers));
    }
    return String.join("; ", services.stream().sorted().toList());
  }

  @Override
  public List<TableEntry> services() throws TableException {
    reach();
    return table.services();
  }

  @Override
  public List<TableEntry> services(Collection<ServiceKey> keys) throws TableException {
    reach();
    return table.services(keys);
  }

  @Override
  public void apply(List<TableChange> changes) throws TableException {
    reach();
    table.apply(changes);
    watcher.accept(this);
  }

  private void reach() throws TableException {
    if (outOfReach) {
      throw new TableException("the director is not running; start it");
    }
  }

  /** A setting of the director's own. */
  void set(String name, int value) throws DirectorException {
    director.changeSetting(name, value);
  }
}
