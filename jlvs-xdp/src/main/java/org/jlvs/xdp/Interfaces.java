package org.jlvs.xdp;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jlvs.linux.bpf.BpfMap;
import org.jlvs.linux.netlink.Link;
import org.jlvs.linux.netlink.XdpMode;
import org.jlvs.linux.sys.LinuxException;
import org.jspecify.annotations.Nullable;

/**
 * The host's interfaces as the engine thread knows them: those the program is attached to and that
 * send packets up, and others that packets only leave by. They may come and go at any time. For the
 * engine thread.
 */
final class Interfaces implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Interfaces.class.getName());

  private final Set<String> wanted;
  private final Attacher attacher;
  private final SharedMaps maps;
  private final HopTable hops;
  private final BitSet usedQueues = new BitSet();
  private final Map<Integer, Queues> queues = new HashMap<>();
  private final Map<Integer, Link> links = new HashMap<>();
  private final Map<Integer, Boolean> programSendsBy = new HashMap<>();

  /** Those that could not be opened or attached; tried again when they go up or down. */
  private final Set<Integer> cannotSend = new HashSet<>();

  private final Set<Integer> cannotAttach = new HashSet<>();

  /** Those that ran an earlier director's program. */
  private final Set<Integer> tookOver = new HashSet<>();

  private final List<Port> receiving = new ArrayList<>();
  private final List<Port> sending = new ArrayList<>();

  /** Where in the program's map an interface's sockets are. */
  private record Queues(int first, int count) {}

  private Attacher.Choice choice;
  private boolean serving;
  private EngineLoop.SocketListener opened = socket -> {};
  private EngineLoop.SocketListener closing = socket -> {};

  /**
   * @param wanted names of those the program is attached to
   * @param choice the mode it is attached in
   */
  Interfaces(
      Set<String> wanted,
      Attacher attacher,
      Attacher.Choice choice,
      SharedMaps maps,
      HopTable hops) {
    this.wanted = Set.copyOf(wanted);
    this.attacher = attacher;
    this.choice = choice;
    this.maps = maps;
    this.hops = hops;
  }

  /** From now on tells of each socket that receives, those that are there included. */
  void onSocketChange(EngineLoop.SocketListener opened, EngineLoop.SocketListener closing) {
    this.opened = opened;
    this.closing = closing;
    for (Port port : receiving) {
      port.sockets().forEach(opened::changed);
    }
  }

  /**
   * Listens on the wanted interfaces and attaches the program to them, and to others of their names
   * that come later. One that is down waits until it is up.
   *
   * @param fallBack whether to go generic on all when a driver refuses the native mode
   * @throws IOException when that isn't possible; nothing is left attached then where nothing was
   */
  void serve(boolean fallBack) throws IOException {
    try {
      attachAll();
    } catch (IOException e) {
      stopServing();
      if (!fallBack || choice.mode() != XdpMode.NATIVE) {
        throw e;
      }
      choice = new Attacher.Choice(XdpMode.GENERIC, String.valueOf(e.getMessage()));
      try {
        attachAll();
      } catch (IOException inGeneric) {
        stopServing();
        throw inGeneric;
      }
    }
    receiving.forEach(this::report);
    serving = true;
  }

  private void report(Port port) {
    LOG.log(
        Level.INFO,
        "{0}: attached in {1} mode ({2}), {3} queue(s)",
        port.link().name(),
        choice.mode().name().toLowerCase(Locale.ROOT),
        choice.reason(),
        port.sockets().size());
  }

  private void attachAll() throws IOException {
    for (Link link : List.copyOf(links.values())) {
      if (wanted.contains(link.name())) {
        if (link.isUp()) {
          attach(link);
        } else {
          LOG.log(Level.WARNING, "{0} is down; it is served when it comes up", link.name());
        }
      }
      announce(link);
    }
  }

  /** Leaves the program where one was before: connections depend on it. */
  private void stopServing() {
    for (Port port : List.copyOf(receiving)) {
      if (!tookOver.contains(port.link().index())) {
        attacher.detach(port.link(), choice.mode());
      }
      drop(port.link().index());
    }
    programSendsBy.clear();
  }

  /** Those that packets are sent up by. Reused: not to be kept or changed. */
  List<Port> receiving() {
    return receiving;
  }

  /** All that frames leave by. Reused: not to be kept or changed. */
  List<Port> sending() {
    return sending;
  }

  /** An interface that is there; null otherwise. */
  @Nullable Link link(int index) {
    for (int i = 0; i < receiving.size(); i++) {
      if (receiving.get(i).link().index() == index) {
        return receiving.get(i).link();
      }
    }
    return links.get(index);
  }

  /** The loopback device, where packets made here come in; null when there is none. */
  @Nullable Link loopback() {
    for (Link link : links.values()) {
      if (link.isLoopback()) {
        return link;
      }
    }
    return null;
  }

  /** The way out by an interface, opened at first use; null when there is none. */
  @Nullable Port sendingBy(int index) {
    for (int i = 0; i < sending.size(); i++) {
      if (sending.get(i).link().index() == index) {
        return sending.get(i);
      }
    }
    Link link = links.get(index);
    if (link == null || link.mac() == null || cannotSend.contains(index)) {
      return null;
    }
    try {
      Port port = Port.sending(link);
      sending.add(port);
      return port;
    } catch (LinuxException e) {
      cannotSend.add(index);
      LOG.log(
          Level.WARNING,
          "{0}: packets can''t leave by this interface: {1}",
          link.name(),
          e.getMessage());
      return null;
    }
  }

  /**
   * Listens on an interface and attaches the program to it.
   *
   * @throws IOException when that isn't possible; nothing is left behind then
   */
  private void attach(Link link) throws IOException {
    List<Link> served = links.values().stream().filter(l -> wanted.contains(l.name())).toList();
    maps.unfinishedChecksums(Attacher.unfinishedChecksums(choice.mode(), served));
    Port unneeded = take(sending, link.index());
    if (unneeded != null) {
      unneeded.close();
    }
    Port port = Port.receiving(link);
    try {
      listen(port);
      if (attacher.attach(link, choice.mode())) {
        tookOver.add(link.index());
      }
    } catch (IOException | RuntimeException e) {
      deafen(link.index());
      port.close();
      throw e;
    }
    links.put(link.index(), link);
    receiving.add(port);
    sending.add(port);
    port.sockets().forEach(opened::changed);
    announce(link);
  }

  /** Enters the port's sockets where the program looks for them. */
  private void listen(Port port) throws IOException {
    BpfMap xsks = maps.map(DirectorObject.XSKS);
    int count = port.sockets().size();
    int first = 0;
    int next = usedQueues.nextSetBit(0);
    while (next >= 0 && next - first < count) {
      first = usedQueues.nextClearBit(next);
      next = usedQueues.nextSetBit(first);
    }
    if (first + count > xsks.spec().maxEntries()) {
      throw new IOException(
          port.link().name()
              + " has "
              + count
              + " queues, more than there is room for: "
              + xsks.spec().maxEntries()
              + " on all interfaces together");
    }
    usedQueues.set(first, first + count);
    queues.put(port.link().index(), new Queues(first, count));
    for (int queue = 0; queue < count; queue++) {
      xsks.update(first + queue, port.sockets().get(queue).fd().number());
    }
    maps.map(DirectorObject.QUEUES).update(port.link().index(), first);
  }

  private void deafen(int index) {
    Queues gone = queues.remove(index);
    if (gone == null) {
      return;
    }
    usedQueues.clear(gone.first, gone.first + gone.count);
    try {
      maps.map(DirectorObject.QUEUES).delete(index);
    } catch (LinuxException e) {
      LOG.log(Level.DEBUG, "interface {0}: {1}", index, e.getMessage());
    }
  }

  /** Of all interfaces these are there. */
  void are(List<Link> present) {
    Set<Integer> indexes = present.stream().map(Link::index).collect(Collectors.toSet());
    for (Link gone : List.copyOf(links.values())) {
      if (!indexes.contains(gone.index())) {
        removed(gone);
      }
    }
    hops.interfacesAre(indexes::contains);
    present.forEach(this::changed);
  }

  /** An interface has appeared or changed. */
  void changed(Link link) {
    Link before = links.put(link.index(), link);
    for (Port port : sending) {
      if (port.link().index() == link.index()) {
        port.link(link);
      }
    }
    if (before == null || before.isUp() != link.isUp()) {
      cannotSend.remove(link.index());
      cannotAttach.remove(link.index());
      programSendsBy.remove(link.index());
    }
    announce(link);
    boolean attached = queues.containsKey(link.index());
    boolean possible = link.isUp() && !cannotAttach.contains(link.index());
    if (serving && wanted.contains(link.name()) && !attached && possible) {
      try {
        attach(link);
        report(receiving.getLast());
      } catch (IOException e) {
        cannotAttach.add(link.index());
        LOG.log(Level.ERROR, "{0}: not attached: {1}", link.name(), e.getMessage());
      }
    }
  }

  /** An interface is gone. */
  void removed(Link link) {
    int index = link.index();
    links.remove(index);
    programSendsBy.remove(index);
    cannotSend.remove(index);
    cannotAttach.remove(index);
    if (drop(index)) {
      LOG.log(Level.WARNING, "{0}: the interface is gone", link.name());
    }
    hops.interfacesAre(links::containsKey);
  }

  /** Closes the interface's sockets; whether it received. */
  private boolean drop(int index) {
    Port port = take(receiving, index);
    if (port != null) {
      port.sockets().forEach(closing::changed);
      deafen(index);
    }
    Port out = take(sending, index);
    if (out != null) {
      out.close();
    }
    return port != null;
  }

  private void announce(Link link) {
    boolean programCanSend =
        programSendsBy.computeIfAbsent(link.index(), index -> programCanSendBy(link));
    hops.interfaceIs(
        link.index(),
        link.mac() == null ? 0 : link.mac().bits(),
        link.mtu(),
        programCanSend && link.isUp());
  }

  private boolean programCanSendBy(Link link) {
    Optional<String> obstacle = attacher.obstacle(link, choice.mode());
    if (obstacle.isPresent() && link.isUp() && wanted.contains(link.name())) {
      LOG.log(
          Level.WARNING,
          "{0}; what leaves by it goes through Java, which is slower",
          obstacle.get());
    }
    return obstacle.isEmpty();
  }

  /**
   * Tries again those in use that the program could not send by: what hinders it may be the other
   * end of a veth, of whose changes nothing is told.
   */
  void tryObstaclesAgain() {
    for (Link link : List.copyOf(links.values())) {
      boolean used = wanted.contains(link.name()) || isSentBy(link.index());
      boolean hindered = Boolean.FALSE.equals(programSendsBy.get(link.index()));
      if (used && hindered && link.isUp() && attacher.obstacle(link, choice.mode()).isEmpty()) {
        programSendsBy.put(link.index(), true);
        LOG.log(Level.INFO, "{0}: the program can send by it now", link.name());
        announce(link);
      }
    }
  }

  private boolean isSentBy(int index) {
    return sending.stream().anyMatch(port -> port.link().index() == index);
  }

  private static @Nullable Port take(List<Port> ports, int index) {
    for (Port port : ports) {
      if (port.link().index() == index) {
        ports.remove(port);
        return port;
      }
    }
    return null;
  }

  List<PlaneStatus.InterfaceStatus> status() {
    return receiving.stream()
        .map(
            port ->
                new PlaneStatus.InterfaceStatus(
                    port.link().name(),
                    port.link().index(),
                    choice.mode(),
                    choice.reason(),
                    port.sockets().size()))
        .toList();
  }

  /** Takes the program off all interfaces. */
  void detach() {
    for (Port port : receiving) {
      attacher.detach(port.link(), choice.mode());
    }
  }

  @Override
  public void close() {
    sending.forEach(Port::close);
  }
}
