package org.jlvs.linux.netlink;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.LinuxException;

/**
 * Generic netlink: families of requests that kernel modules register by name. Safe for all threads.
 */
public final class GenericNetlink implements AutoCloseable {
  /** Bytes of struct genlmsghdr, before a message's attributes. */
  public static final int HEADER_BYTES = 4;

  private static final int GENL_ID_CTRL = 16;
  private static final int CTRL_CMD_GETFAMILY = 3;
  private static final int CTRL_ATTR_FAMILY_ID = 1;
  private static final int CTRL_ATTR_FAMILY_NAME = 2;
  private static final int CTRL_ATTR_VERSION = 3;
  private static final int CTRL_ATTR_MCAST_GROUPS = 7;
  private static final int CTRL_ATTR_MCAST_GRP_NAME = 1;
  private static final int CTRL_ATTR_MCAST_GRP_ID = 2;

  private final NetlinkSocket socket;

  private GenericNetlink(NetlinkSocket socket) {
    this.socket = socket;
  }

  /**
   * A registered family.
   *
   * @param id the message type of its requests
   * @param groups its multicast groups' numbers by name
   */
  public record Family(int id, String name, int version, Map<String, Integer> groups) {
    public Family {
      groups = Map.copyOf(groups);
    }
  }

  public static GenericNetlink open() throws LinuxException {
    return new GenericNetlink(NetlinkSocket.open(NetlinkSocket.GENERIC));
  }

  /** The family called {@code name}; empty when no kernel module has registered it. */
  public Optional<Family> family(String name) throws LinuxException {
    Family control = new Family(GENL_ID_CTRL, "nlctrl", 1, Map.of());
    MessageBuilder request =
        request(control, CTRL_CMD_GETFAMILY).attribute(CTRL_ATTR_FAMILY_NAME, name);
    try {
      return socket
          .get(request, "ask for generic netlink family " + name)
          .map(message -> family(message.attributes(HEADER_BYTES)));
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENOENT) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** A request to {@code family}, to which attributes are added. */
  public MessageBuilder request(Family family, int command) {
    return builder(family, command, NetlinkSocket.ACK);
  }

  /** A request to {@code family} for a list. */
  public MessageBuilder dumpRequest(Family family, int command) {
    return builder(family, command, NetlinkSocket.DUMP);
  }

  /**
   * Sends a request and waits for all of its answers.
   *
   * @param context what is asked for, for the error
   * @return the messages but the acknowledgement; attributes follow {@link #HEADER_BYTES}
   */
  public List<NetlinkMessage> exchange(MessageBuilder request, String context)
      throws LinuxException {
    return socket.dump(request, context);
  }

  @Override
  public void close() {
    socket.close();
  }

  private static MessageBuilder builder(Family family, int command, int flags) {
    return new MessageBuilder(family.id(), flags).u8(command).u8(family.version()).u16(0);
  }

  private static Family family(Attributes attributes) {
    Map<String, Integer> groups = new HashMap<>();
    for (Attributes.Entry entry : attributes.list(CTRL_ATTR_MCAST_GROUPS)) {
      Attributes group = Attributes.parse(entry.content());
      groups.put(group.text(CTRL_ATTR_MCAST_GRP_NAME, ""), group.u32(CTRL_ATTR_MCAST_GRP_ID, 0));
    }
    return new Family(
        attributes.u16(CTRL_ATTR_FAMILY_ID, 0),
        attributes.text(CTRL_ATTR_FAMILY_NAME, ""),
        attributes.u32(CTRL_ATTR_VERSION, 0),
        groups);
  }
}
