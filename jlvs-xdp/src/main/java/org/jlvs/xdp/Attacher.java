package org.jlvs.xdp;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import org.jlvs.linux.bpf.BpfProgram;
import org.jlvs.linux.bpf.EgressHook;
import org.jlvs.linux.netlink.Link;
import org.jlvs.linux.netlink.RouteSocket;
import org.jlvs.linux.netlink.XdpMode;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.xdp.XdpOptions.AttachMode;

/**
 * Puts the program on interfaces and takes it off. Native mode is all or nothing where it is chosen
 * automatically: a native program can only redirect to devices that take frames from drivers, so
 * one that doesn't spoils it for those that would send to it.
 */
final class Attacher {
  private static final System.Logger LOG = System.getLogger(Attacher.class.getName());

  private final RouteSocket routes;
  private final BpfProgram program;
  private final BpfProgram answers;
  private final RedirectProbe probe;

  /** A mode and why it is the one. */
  record Choice(XdpMode mode, String reason) {}

  /**
   * @param program for what comes in
   * @param answers for what the host sends
   */
  Attacher(RouteSocket routes, BpfProgram program, BpfProgram answers, RedirectProbe probe) {
    this.routes = routes;
    this.program = program;
    this.answers = answers;
    this.probe = probe;
  }

  /** The program of a director that is attached to {@code link}; empty for none. */
  static Optional<BpfProgram> director(Link link) throws LinuxException {
    if (link.xdp().isEmpty()) {
      return Optional.empty();
    }
    BpfProgram attached = BpfProgram.openId(link.xdp().get().programId());
    if (attached.name().equals(DirectorObject.DIRECTOR)) {
      return Optional.of(attached);
    }
    attached.close();
    return Optional.empty();
  }

  private static Optional<XdpMode> attachedDirector(Link link) throws LinuxException {
    Optional<BpfProgram> attached = director(link);
    attached.ifPresent(BpfProgram::close);
    return attached.isPresent() ? link.xdp().map(Link.AttachedProgram::mode) : Optional.empty();
  }

  /**
   * The mode for these interfaces together. A generic program that an earlier director left stays
   * generic unless another mode is asked for: only in its own mode it can be replaced without a
   * moment in which the host answers its connections.
   */
  Choice choose(AttachMode wanted, List<Link> links) throws LinuxException {
    return switch (wanted) {
      case NATIVE -> new Choice(XdpMode.NATIVE, "asked for");
      case GENERIC -> new Choice(XdpMode.GENERIC, "asked for");
      case AUTO -> bestFor(links);
    };
  }

  private Choice bestFor(List<Link> links) throws LinuxException {
    for (Link link : links) {
      if (attachedDirector(link).filter(old -> old == XdpMode.GENERIC).isPresent()) {
        return new Choice(XdpMode.GENERIC, "as the earlier director was");
      }
      Optional<String> obstacle = probe.obstacle(link);
      if (obstacle.isPresent()) {
        return new Choice(XdpMode.GENERIC, obstacle.get());
      }
    }
    return new Choice(XdpMode.NATIVE, "drivers run it, and redirecting works");
  }

  /**
   * Attaches the program, or puts it in the place of an earlier director's with no packet between
   * that meets neither.
   *
   * @return whether an earlier director's program was there
   * @throws IOException when the driver refuses, or another program is there
   */
  boolean attach(Link link, XdpMode mode) throws IOException {
    boolean tookOver = attachDirector(link, mode);
    attachAnswers(link);
    return tookOver;
  }

  private boolean attachDirector(Link link, XdpMode mode) throws IOException {
    Link current =
        routes
            .link(link.index())
            .orElseThrow(() -> new IOException("the interface " + link.name() + " is gone"));
    Optional<BpfProgram> earlier = director(current);
    if (earlier.isEmpty()) {
      routes.attachXdp(current.index(), program.fd(), mode);
      return false;
    }
    try (BpfProgram old = earlier.get()) {
      XdpMode oldMode = current.xdp().orElseThrow().mode();
      if (oldMode == mode) {
        routes.replaceXdp(current.index(), old.fd(), program.fd(), mode);
      } else {
        routes.detachXdp(current.index(), old.fd(), oldMode);
        routes.attachXdp(current.index(), program.fd(), mode);
      }
    }
    return true;
  }

  /** Without it all is served but masqueraded servers on the host itself. */
  private void attachAnswers(Link link) {
    try {
      Optional<BpfProgram> earlier = EgressHook.find(link.index(), answers.name());
      if (earlier.isEmpty()) {
        EgressHook.attach(link.index(), answers);
        return;
      }
      try (BpfProgram old = earlier.get()) {
        EgressHook.replace(link.index(), old, answers);
      }
    } catch (LinuxException e) {
      LOG.log(
          Level.WARNING,
          "{0}: what real servers on this host itself answer is not seen, so they can''t be"
              + " masqueraded (-m): {1}",
          link.name(),
          e.getMessage());
    }
  }

  private void detachAnswers(Link link) {
    try {
      Optional<BpfProgram> there = EgressHook.find(link.index(), answers.name());
      if (there.isPresent()) {
        try (BpfProgram program = there.get()) {
          EgressHook.detach(link.index(), program);
        }
      }
    } catch (LinuxException e) {
      LOG.log(Level.DEBUG, "not detached from {0}: {1}", link.name(), e.getMessage());
    }
  }

  /** Takes the program off; one that somebody else took off already is no error. */
  void detach(Link link, XdpMode mode) {
    detachAnswers(link);
    try {
      routes.detachXdp(link.index(), program.fd(), mode);
    } catch (LinuxException e) {
      LOG.log(Level.DEBUG, "not detached from {0}: {1}", link.name(), e.getMessage());
    }
  }

  /** Takes an earlier director's program off an interface that is not the director's any more. */
  void detachEarlier(Link link) throws LinuxException {
    detachAnswers(link);
    Optional<BpfProgram> earlier = director(link);
    if (earlier.isPresent()) {
      try (BpfProgram old = earlier.get()) {
        routes.detachXdp(link.index(), old.fd(), link.xdp().orElseThrow().mode());
      }
      LOG.log(
          Level.INFO,
          "{0}: took off the program of an earlier director that served this interface too",
          link.name());
    }
  }

  /**
   * What the program has to know of checksums that senders left to their devices: one of {@link
   * DirectorLayout}'s UNFINISHED_. Network cards finish them before a driver's program sees a
   * frame. Devices of this machine hand them on as they are; so does the stack in generic mode,
   * where receive offload has put packets together.
   */
  static int unfinishedChecksums(XdpMode mode, List<Link> links) {
    if (mode == XdpMode.GENERIC) {
      return DirectorLayout.UNFINISHED_KEPT;
    }
    boolean finished = links.stream().allMatch(link -> link.kind().isEmpty());
    return finished ? DirectorLayout.UNFINISHED_NONE : DirectorLayout.UNFINISHED_LOST;
  }

  /** Why the program, in {@code mode} on its interfaces, can't send by {@code link}. */
  Optional<String> obstacle(Link link, XdpMode mode) {
    if (link.mac() == null) {
      return Optional.of(link.name() + " is no Ethernet interface");
    }
    return mode == XdpMode.GENERIC ? Optional.empty() : probe.obstacle(link);
  }
}
