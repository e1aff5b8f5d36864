package org.jlvs.xdp;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jlvs.linux.bpf.BpfProgram;
import org.jlvs.linux.netlink.Link;

/**
 * Which interfaces are served.
 *
 * @param served those the program is attached to
 * @param earlier others that still run the program of an earlier director
 */
record InterfaceSelection(List<Link> served, List<Link> earlier) {
  InterfaceSelection {
    served = List.copyOf(served);
    earlier = List.copyOf(earlier);
  }

  /**
   * Chooses among the interfaces of this namespace.
   *
   * @param names those wanted; empty for every Ethernet interface that is up and no other's port
   * @throws IOException when one isn't there, or can't be served
   */
  static InterfaceSelection of(List<String> names, List<Link> links) throws IOException {
    List<Link> served = names.isEmpty() ? usual(links) : named(names, links);
    List<Link> earlier = new ArrayList<>();
    for (Link link : links) {
      boolean directors = runsDirector(link);
      if (served.contains(link)) {
        if (link.xdp().isPresent() && !directors) {
          throw new IOException(runsAnother(link));
        }
      } else if (directors) {
        earlier.add(link);
      }
    }
    return new InterfaceSelection(served, earlier);
  }

  private static List<Link> usual(List<Link> links) throws IOException {
    List<Link> usual =
        links.stream()
            .filter(link -> link.mac() != null && !link.isLoopback())
            .filter(link -> link.isUp() && link.master() == 0)
            .toList();
    if (usual.isEmpty()) {
      throw new IOException(
          "no Ethernet interface is up in this network namespace; there are: " + allNames(links));
    }
    return usual;
  }

  private static List<Link> named(List<String> names, List<Link> links) throws IOException {
    List<Link> named = new ArrayList<>();
    for (String name : new LinkedHashSet<>(names)) {
      Link link =
          links.stream()
              .filter(candidate -> candidate.name().equals(name))
              .findFirst()
              .orElseThrow(
                  () ->
                      new IOException(
                          "there is no interface "
                              + name
                              + " in this network namespace; there are: "
                              + allNames(links)));
      if (link.mac() == null || link.isLoopback()) {
        throw new IOException(name + " is no Ethernet interface, so it can't be served");
      }
      named.add(link);
    }
    return named;
  }

  private static boolean runsDirector(Link link) throws IOException {
    Optional<BpfProgram> program = Attacher.director(link);
    program.ifPresent(BpfProgram::close);
    return program.isPresent();
  }

  private static String runsAnother(Link link) throws IOException {
    int id = link.xdp().orElseThrow().programId();
    try (BpfProgram other = BpfProgram.openId(id)) {
      return link.name()
          + " already runs another XDP program, "
          + other.name()
          + " (id "
          + id
          + "); take it off with 'ip link set dev "
          + link.name()
          + " xdp off', or serve other interfaces";
    }
  }

  private static String allNames(List<Link> links) {
    return links.stream().map(Link::name).collect(Collectors.joining(", "));
  }
}
