package org.jlvs.core.mark;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jlvs.core.mark.IpSetEntries.Dimension;
import org.jlvs.core.mark.IpSetEntries.Entry;
import org.jlvs.core.mark.IpSetEntries.Shape;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jspecify.annotations.Nullable;

/**
 * Reads what {@code ipset save} prints. A set that the director can't ask, such as one of Ethernet
 * addresses, is there all the same and says why.
 */
public final class IpSetSave {
  /** Beyond it a set is not read: {@code maxelem} is 65,536 unless said otherwise. */
  private static final int MOST_ENTRIES = 1 << 20;

  private static final Map<String, List<Dimension>> TYPES =
      Map.ofEntries(
          Map.entry("bitmap:ip", List.of(Dimension.ADDRESS)),
          Map.entry("bitmap:port", List.of(Dimension.PORT)),
          Map.entry("hash:ip", List.of(Dimension.ADDRESS)),
          Map.entry("hash:net", List.of(Dimension.NETWORK)),
          Map.entry("hash:ip,mark", List.of(Dimension.ADDRESS, Dimension.MARK)),
          Map.entry("hash:ip,port", List.of(Dimension.ADDRESS, Dimension.PORT)),
          Map.entry("hash:net,port", List.of(Dimension.NETWORK, Dimension.PORT)),
          Map.entry("hash:net,iface", List.of(Dimension.NETWORK, Dimension.INTERFACE)),
          Map.entry("hash:net,net", List.of(Dimension.NETWORK, Dimension.NETWORK)),
          Map.entry(
              "hash:ip,port,ip", List.of(Dimension.ADDRESS, Dimension.PORT, Dimension.ADDRESS)),
          Map.entry(
              "hash:ip,port,net", List.of(Dimension.ADDRESS, Dimension.PORT, Dimension.NETWORK)),
          Map.entry(
              "hash:net,port,net", List.of(Dimension.NETWORK, Dimension.PORT, Dimension.NETWORK)));

  private static final String ICMP = "icmp";

  /** What has been read of a set. */
  private static final class Draft {
    final String type;
    final @Nullable Shape shape;
    final List<Entry> entries = new ArrayList<>();
    final List<String> members = new ArrayList<>();
    String problem = "";

    Draft(String type, @Nullable Shape shape) {
      this.type = type;
      this.shape = shape;
    }
  }

  private final Map<String, Draft> drafts = new LinkedHashMap<>();

  private IpSetSave() {}

  /**
   * Reads a listing of any number of sets.
   *
   * @return the sets by their names; the members of a {@code list:set} are found only if they are
   *     listed too
   * @throws RuleSyntaxException with the number of the line if the text is no such listing
   */
  public static Map<String, HostFacts.IpSet> parse(String text) throws RuleSyntaxException {
    IpSetSave save = new IpSetSave();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      try {
        save.line(Words.split(line));
      } catch (RuleSyntaxException e) {
        throw new RuleSyntaxException("line " + number + ": " + e.reason(), e);
      }
    }
    return save.sets();
  }

  /** The members that a listing's sets of sets name, in their order. */
  public static List<String> members(String text) {
    List<String> members = new ArrayList<>();
    Set<String> lists = new HashSet<>();
    for (String line : text.lines().toList()) {
      String[] words = line.split(" ", 4);
      if (words.length >= 3 && words[0].equals("create") && words[2].equals("list:set")) {
        lists.add(words[1]);
      } else if (words.length >= 3 && words[0].equals("add") && lists.contains(words[1])) {
        members.add(words[2]);
      }
    }
    return members;
  }

  private void line(List<String> words) throws RuleSyntaxException {
    if (words.isEmpty()) {
      return;
    }
    boolean create = words.getFirst().equals("create");
    if (words.size() < 3 || !create && !words.getFirst().equals("add")) {
      throw new RuleSyntaxException(
          "expected create SET TYPE or add SET ENTRY, got: " + String.join(" ", words));
    }
    String name = words.get(1);
    if (create) {
      drafts.put(name, draft(words.get(2), words.subList(3, words.size())));
      return;
    }
    Draft draft = drafts.get(name);
    if (draft == null) {
      throw new RuleSyntaxException("the set " + name + " was not created");
    }
    add(draft, words.get(2), words.subList(3, words.size()));
  }

  private static Draft draft(String type, List<String> options) throws RuleSyntaxException {
    List<Dimension> dimensions = TYPES.get(type);
    if (dimensions == null) {
      Draft draft = new Draft(type, null);
      if (!type.equals("list:set")) {
        draft.problem =
            type.contains("mac")
                ? "it is of type " + type + ", and the director does not compare Ethernet addresses"
                : "its type " + type + " can't be evaluated by the director";
      }
      return draft;
    }
    Family family = options.contains("inet6") ? Family.IPV6 : Family.IPV4;
    Optional<Address> mask = Optional.empty();
    int markMask = -1;
    for (int i = 0; i + 1 < options.size(); i++) {
      String value = options.get(i + 1);
      switch (options.get(i)) {
        case "netmask" -> mask = Optional.of(Address.mask(family, length(value, family)));
        case "bitmask" -> mask = Optional.of(address(value, family));
        case "markmask" -> markMask = number(value);
        default -> {}
      }
    }
    boolean ofPorts = type.equals("bitmap:port");
    return new Draft(
        type,
        new Shape(
            ofPorts ? Optional.empty() : Optional.of(family), dimensions, ofPorts, mask, markMask));
  }

  private static void add(Draft draft, String element, List<String> options) {
    if (draft.shape == null) {
      draft.members.add(element);
      return;
    }
    if (draft.entries.size() == MOST_ENTRIES) {
      draft.problem = "it has more than " + MOST_ENTRIES + " entries";
    }
    if (!draft.problem.isEmpty()) {
      return;
    }
    try {
      Entry entry = entry(draft.shape, element, options);
      if (entry != null) {
        draft.entries.add(options.contains("nomatch") ? entry.withNoMatch() : entry);
      }
    } catch (RuleSyntaxException e) {
      draft.problem = "its entry " + element + " can't be read: " + e.reason();
    }
  }

  /** An entry; null for one that no packet is in that the director asks about. */
  private static @Nullable Entry entry(Shape shape, String element, List<String> options)
      throws RuleSyntaxException {
    List<String> parts = Numbers.list(element);
    if (parts.size() != shape.dimensions().size()) {
      throw new RuleSyntaxException(
          "expected " + shape.dimensions().size() + " parts between commas");
    }
    Family family = shape.family().orElse(Family.IPV4);
    Entry entry = Entry.EMPTY;
    for (int i = 0; i < parts.size(); i++) {
      String part = parts.get(i);
      switch (shape.dimensions().get(i)) {
        case ADDRESS, NETWORK -> {
          int slash = part.indexOf('/');
          int width = family.addressBytes() * Byte.SIZE;
          int length = slash < 0 ? width : length(part.substring(slash + 1), family);
          Address address = address(slash < 0 ? part : part.substring(0, slash), family);
          entry = entry.withAddress(address.masked(length), length);
        }
        case PORT -> {
          int colon = part.indexOf(':');
          String protocol = colon < 0 ? "0" : part.substring(0, colon);
          // A type of ICMP, by name or number. Of ICMP the director asks about errors alone.
          if (protocol.startsWith(ICMP)) {
            return null;
          }
          entry =
              entry.withPort(Numbers.protocol(protocol), Numbers.port(part.substring(colon + 1)));
        }
        case INTERFACE -> {
          // The port of a bridge, which no packet asked about comes by, keeps its colon and so its
          // place among the networks, but is no interface's name.
          entry = entry.withInterface(options.contains("wildcard") ? part + "*" : part);
        }
        case MARK -> entry = entry.withMark(number(part));
      }
    }
    return entry;
  }

  private static Address address(String text, Family family) throws RuleSyntaxException {
    return Address.parse(text)
        .filter(address -> address.family() == family)
        .orElseThrow(() -> new RuleSyntaxException("`" + text + "' is no address of the set"));
  }

  private static int length(String text, Family family) throws RuleSyntaxException {
    return Numbers.unsigned(text, family.addressBytes() * Byte.SIZE)
        .orElseThrow(() -> new RuleSyntaxException("`" + text + "' is no length of a network"))
        .intValue();
  }

  private static int number(String text) throws RuleSyntaxException {
    return Numbers.unsigned(text, 0xffff_ffffL)
        .orElseThrow(() -> new RuleSyntaxException("`" + text + "' is no number of 32 bits"))
        .intValue();
  }

  private Map<String, HostFacts.IpSet> sets() {
    Map<String, HostFacts.IpSet> sets = new LinkedHashMap<>();
    drafts.forEach(
        (name, draft) -> {
          if (!draft.type.equals("list:set")) {
            sets.put(name, readable(draft));
          }
        });
    drafts.forEach(
        (name, draft) -> {
          if (draft.type.equals("list:set")) {
            List<HostFacts.IpSet> members = new ArrayList<>();
            for (String member : draft.members) {
              HostFacts.IpSet set = sets.get(member);
              members.add(
                  set != null ? set : new UnreadableIpSet("its member " + member + " is missing"));
            }
            sets.put(name, new IpSetList(members));
          }
        });
    return sets;
  }

  private static HostFacts.IpSet readable(Draft draft) {
    return draft.shape == null || !draft.problem.isEmpty()
        ? new UnreadableIpSet(draft.problem)
        : new IpSetEntries(draft.shape, draft.entries);
  }
}
