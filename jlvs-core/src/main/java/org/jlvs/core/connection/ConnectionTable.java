package org.jlvs.core.connection;

import static org.jlvs.core.connection.ConnectionLayout.ENTRY_REPLY;
import static org.jlvs.core.connection.ConnectionLayout.FLAG_FAST_IN;
import static org.jlvs.core.connection.ConnectionLayout.FLAG_FAST_OUT;
import static org.jlvs.core.connection.ConnectionLayout.FLAG_TEMPLATE;
import static org.jlvs.core.connection.ConnectionLayout.REUSE_DELAY_NANOS;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.net.Address;

/**
 * All connections and persistence templates of a director, in memory shared with the kernel program
 * and laid out as {@link ConnectionLayout} says. Adding, finding and removing take constant time
 * and allocate nothing; outside the shared memory it needs one int for four connections and one for
 * a real server. The number of slots is given once and for all: a full table takes no more
 * connections. For the engine thread.
 *
 * <p>A connection ends when {@link ConnectionSlots#timeoutSeconds} have passed since {@link
 * ConnectionSlots#lastSeen}. The program may move the latter without telling, so a timer that runs
 * out looks first whether it is still true, and is set again when not.
 */
public final class ConnectionTable {
  /**
   * Port of templates that no longer apply; their real one was taken off (ip_vs_check_template).
   */
  public static final int INVALID_TEMPLATE_PORT = 0xffff;

  /** In {@link ConnectionSlots#timerPrevious} of the first free slot: it is in the list. */
  private static final int FIRST = -1;

  private static final int NO_HOME = 0;

  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /** What the engine does when a connection's time is over. */
  public interface Expiry {
    /** The connection's time-out has passed. Removes it, or gives it more time. */
    void expired(int slot);
  }

  private final ConnectionSlots slots;
  private final ConnectionIndex index;
  private final TimerWheel timers;
  private final Annexes annexes;
  private final ConnectionKey key = new ConnectionKey();
  private final PersistenceData noData = new PersistenceData();
  private final PersistenceData slotData = new PersistenceData();
  private final long seed;

  /** First template of each hash. */
  private final int[] templates;

  /** First slot of each server number's list; at 0, those without a server. */
  private int[] servers = new int[16];

  private final List<ServerWalk> walks = new ArrayList<>(1);

  /** Slots below this number have been used; from here up only some, as homes. */
  private int untouched = 1;

  /** All slots that have been used are below this number. */
  private int limit = 1;

  private final TimerWheel.Listener timerListener = this::timerExpired;
  private Expiry expiry = slot -> {};

  private int freeFirst;
  private int freeLast;
  private int connectionCount;
  private int templateCount;
  private int awaitedCount;

  private ConnectionTable(
      MemorySegment slotMemory, MemorySegment bucketMemory, long seed, long nowNanos) {
    this.seed = seed;
    slots = new ConnectionSlots(slotMemory);
    index = new ConnectionIndex(bucketMemory, slots, seed);
    timers = new TimerWheel(slots, nowNanos);
    annexes = new Annexes(slots);
    templates = new int[Integer.highestOneBit(Math.max(64, slots.capacity() / 4))];
  }

  /**
   * An empty table over zeroed memory.
   *
   * @param slotMemory {@link ConnectionLayout#SLOT_BYTES} a connection and for number 0
   * @param bucketMemory a power of two of {@link ConnectionLayout#BUCKET_BYTES}; eight entries
   *     each, of which direct routing and tunnels take one a connection and masquerading two
   * @param seed of {@link ConnectionHash}, the same that the kernel program uses
   * @param nowNanos the clock of all later calls
   */
  public static ConnectionTable create(
      MemorySegment slotMemory, MemorySegment bucketMemory, long seed, long nowNanos) {
    return new ConnectionTable(slotMemory, bucketMemory, seed, nowNanos);
  }

  /**
   * The table that a process which is gone has left in shared memory. Whatever it was doing when it
   * ended, afterwards every connection has all its entries in the index and every entry a
   * connection: what was half made or half removed is gone. Server numbers are as they were; the
   * caller checks them and binds the servers' counts.
   *
   * @param seed the one the table was made with
   */
  public static ConnectionTable adopt(
      MemorySegment slotMemory, MemorySegment bucketMemory, long seed, long nowNanos) {
    ConnectionTable table = new ConnectionTable(slotMemory, bucketMemory, seed, nowNanos);
    new Adoption(table.slots, table.index, table.annexes).verify();
    table.takeOver(nowNanos);
    return table;
  }

  public ConnectionSlots slots() {
    return slots;
  }

  public int capacity() {
    return slots.capacity();
  }

  /** Connections in the table, without templates. */
  public int connectionCount() {
    return connectionCount;
  }

  public int templateCount() {
    return templateCount;
  }

  /** All used slots are below this number; slots from 1 on may be free. */
  public int slotLimit() {
    return limit;
  }

  /** Whether a slot holds a connection or a template. */
  public boolean inUse(int slot) {
    return slots.inUse(slot);
  }

  /** Connections whose client's port is not yet known. */
  public int awaitedConnections() {
    return awaitedCount;
  }

  /**
   * The connection that a packet of these addresses belongs to.
   *
   * @return its slot, with {@link ConnectionLayout#ENTRY_REPLY} set when the packet comes from its
   *     masqueraded server; 0 when there is none
   */
  public int find(ConnectionKey key) {
    return index.find(key);
  }

  /** The template of a key, the newest when there are several; 0 when there is none. */
  public int findTemplate(ConnectionKey key) {
    return findTemplate(key, noData);
  }

  /** As {@link #findTemplate(ConnectionKey)}, of those that were made with the same data. */
  public int findTemplate(ConnectionKey key, PersistenceData data) {
    int slot = templates[templateList(key, data)];
    while (slot != 0 && !(isTemplateOf(slot, key) && annexes.has(slot, data))) {
      slot = slots.templateNext(slot);
    }
    return slot;
  }

  private boolean isTemplateOf(int slot, ConnectionKey key) {
    return slots.protocol(slot) == key.protocol
        && slots.family(slot) == key.family
        && slots.virtualPort(slot) == key.destinationPort
        && slots.clientLow(slot) == key.sourceLow
        && slots.clientHigh(slot) == key.sourceHigh
        && slots.virtualLow(slot) == key.destinationLow
        && slots.virtualHigh(slot) == key.destinationHigh;
  }

  /**
   * Makes a connection that is found by its key from now on; its state is 0, its timer not set.
   *
   * @param key of packets from the client
   * @param serverNumber 0 for none
   * @param status bits of {@link ConnectionSlots}
   * @return its slot, or 0 when the table is full
   */
  public int add(
      ConnectionKey key,
      Address server,
      int serverPort,
      ForwardingMethod forwarding,
      int serverNumber,
      int mark,
      int status,
      long nowNanos) {
    int slot = allocate(index.home(key), nowNanos);
    if (slot == 0) {
      return 0;
    }
    fill(slot, key, server, serverPort, forwarding, serverNumber, mark, status, 0, nowNanos);
    if (!publish(slot)) {
      slots.markFree(slot);
      free(slot, nowNanos);
      return 0;
    }
    linkServer(slot);
    connectionCount++;
    if ((status & ConnectionSlots.NO_CLIENT_PORT) != 0) {
      awaitedCount++;
    }
    return slot;
  }

  /**
   * The client's port of a connection that waited for it: from now on it is found by that.
   *
   * @return false when the table is too full for it; the connection is found by nothing then
   */
  public boolean learnClientPort(int slot, int port) {
    unpublish(slot);
    slots.clientPort(slot, port);
    slots.status(slot, slots.status(slot) & ~ConnectionSlots.NO_CLIENT_PORT);
    awaitedCount--;
    return publish(slot);
  }

  /**
   * Gives a connection or template room for more than its slot holds; zeroed.
   *
   * @param kind what for, one of {@link Annexes}
   * @param bytes 1 to {@link Annexes#MAX_BYTES}
   * @return false when the table is too full for it
   */
  boolean attach(int slot, int kind, int bytes, long nowNanos) {
    int count = Annexes.count(bytes);
    for (int i = 0; i < count; i++) {
      int annex = allocate(NO_HOME, nowNanos);
      if (annex == 0) {
        detach(slot, nowNanos);
        return false;
      }
      annexes.link(slot, annex, kind);
    }
    return true;
  }

  private void detach(int slot, long nowNanos) {
    int annex = slots.annex(slot);
    slots.annex(slot, 0);
    while (annex != 0) {
      int next = annexes.next(annex);
      slots.markFree(annex);
      free(annex, nowNanos);
      annex = next;
    }
  }

  /**
   * As {@link #add}, for a persistence template: {@link #findTemplate} finds it, no packet does.
   */
  public int addTemplate(
      ConnectionKey key,
      Address server,
      int serverPort,
      ForwardingMethod forwarding,
      int serverNumber,
      int mark,
      int status,
      long nowNanos) {
    return addTemplate(
        key, noData, server, serverPort, forwarding, serverNumber, mark, status, nowNanos);
  }

  /** As {@link #addTemplate}, for one that is found by its data, too. */
  public int addTemplate(
      ConnectionKey key,
      PersistenceData data,
      Address server,
      int serverPort,
      ForwardingMethod forwarding,
      int serverNumber,
      int mark,
      int status,
      long nowNanos) {
    int slot = allocate(NO_HOME, nowNanos);
    if (slot == 0) {
      return 0;
    }
    fill(
        slot,
        key,
        server,
        serverPort,
        forwarding,
        serverNumber,
        mark,
        status,
        FLAG_TEMPLATE,
        nowNanos);
    if (!data.isEmpty()) {
      if (!attach(slot, Annexes.PERSISTENCE_DATA, 1 + data.length(), nowNanos)) {
        slots.markFree(slot);
        free(slot, nowNanos);
        return 0;
      }
      annexes.write(slot, data);
    }
    linkTemplate(slot);
    linkServer(slot);
    templateCount++;
    return slot;
  }

  /**
   * Makes the connection of a single packet: in slot 0, of which there is one, in no index and no
   * list.
   */
  public int addForOnePacket(
      ConnectionKey key,
      Address server,
      int serverPort,
      ForwardingMethod forwarding,
      int serverNumber,
      int mark,
      int status,
      long nowNanos) {
    fill(
        0,
        key,
        server,
        serverPort,
        forwarding,
        serverNumber,
        mark,
        status | ConnectionSlots.ONE_PACKET,
        0,
        nowNanos);
    return 0;
  }

  private void fill(
      int slot,
      ConnectionKey key,
      Address server,
      int serverPort,
      ForwardingMethod forwarding,
      int serverNumber,
      int mark,
      int status,
      int flags,
      long nowNanos) {
    slots.fill(slot, key, server, serverPort, mark, flags);
    slots.forwarding(slot, forwarding.number());
    slots.server(slot, serverNumber);
    slots.status(slot, status);
    slots.lastSeen(slot, nowNanos);
    slots.protocol(slot, key.protocol);
  }

  private boolean publish(int slot) {
    slots.requestKey(slot, key);
    if (!index.add(key, slot)) {
      return false;
    }
    if (!hasReplyEntry(slots, slot)) {
      return true;
    }
    slots.replyKey(slot, key);
    if (index.add(key, slot | ENTRY_REPLY)) {
      return true;
    }
    slots.requestKey(slot, key);
    index.remove(key, slot);
    return false;
  }

  static boolean hasReplyEntry(ConnectionSlots slots, int slot) {
    return slots.forwarding(slot) == ForwardingMethod.MASQUERADE.number();
  }

  /** Removes a connection or template; its slot is used again after a while. */
  public void remove(int slot, long nowNanos) {
    stopFastPath(slot);
    if (slots.isTemplate(slot)) {
      unlinkTemplate(slot);
      templateCount--;
    } else {
      unpublish(slot);
      connectionCount--;
      if ((slots.status(slot) & ConnectionSlots.NO_CLIENT_PORT) != 0) {
        awaitedCount--;
      }
    }
    detach(slot, nowNanos);
    slots.markFree(slot);
    timers.clear(slot);
    unlinkServer(slot);
    free(slot, nowNanos);
  }

  /**
   * Lets packets find a newer connection of the same addresses and ports before an older one, which
   * they find again when the newer is gone.
   */
  public void prefer(int newer, int older) {
    slots.requestKey(older, key);
    prefer(newer, older, 0);
    if (hasReplyEntry(slots, older) && hasReplyEntry(slots, newer)) {
      slots.replyKey(older, key);
      prefer(newer, older, ENTRY_REPLY);
    }
  }

  /** An entry that is put in earlier is found earlier. Entries of other keys stay as they are. */
  private void prefer(int newer, int older, int direction) {
    if (index.find(key) != (older | direction)) {
      return;
    }
    index.remove(key, older | direction);
    if (index.remove(key, newer | direction)) {
      index.add(key, newer | direction);
    }
    index.add(key, older | direction);
  }

  private void unpublish(int slot) {
    slots.requestKey(slot, key);
    index.remove(key, slot);
    if (hasReplyEntry(slots, slot)) {
      slots.replyKey(slot, key);
      index.remove(key, slot | ENTRY_REPLY);
    }
  }

  /** Gives a template ports that no new connection asks for; it lives on until its time is over. */
  public void invalidateTemplate(int slot) {
    if (slots.virtualPort(slot) == INVALID_TEMPLATE_PORT) {
      return;
    }
    unlinkTemplate(slot);
    slots.virtualPort(slot, INVALID_TEMPLATE_PORT);
    slots.serverPort(slot, INVALID_TEMPLATE_PORT);
    linkTemplate(slot);
  }

  /** Makes {@code controller}, a template or an FTP control connection, outlive {@code slot}. */
  public void control(int slot, int controller) {
    slots.control(slot, controller);
    slots.controlled(controller, slots.controlled(controller) + 1);
  }

  /** Undoes {@link #control}, if anything controls the connection. */
  public void release(int slot) {
    int controller = slots.control(slot);
    if (controller != 0) {
      slots.control(slot, 0);
      slots.controlled(controller, slots.controlled(controller) - 1);
    }
  }

  /** A packet came, or a timer starts anew: the connection ends so long after now. */
  public void touch(int slot, int timeoutSeconds, long nowNanos) {
    slots.timeoutSeconds(slot, timeoutSeconds);
    slots.lastSeen(slot, nowNanos);
    long deadline = deadline(slot);
    if (!timers.isSet(slot) || timers.isLaterThan(slot, deadline)) {
      timers.set(slot, deadline);
    }
  }

  /** Has {@link Expiry} asked about the connection once more, at a time after its deadline. */
  public void lookAgain(int slot, long nanos) {
    timers.set(slot, nanos);
  }

  /** Whether that time has come for the timer that is running out. */
  public boolean isDue(long nanos) {
    return timers.isDue(nanos);
  }

  /** The missed flags of an adopted connection have been looked at; it has another time-out now. */
  public void caughtUp(int slot, int timeoutSeconds) {
    slots.clearMissedFlags(slot);
    touch(slot, timeoutSeconds, slots.lastSeen(slot));
  }

  /** When the connection ends if no packet comes, in nanoseconds. */
  public long deadline(int slot) {
    return slots.lastSeen(slot) + slots.timeoutSeconds(slot) * NANOS_PER_SECOND;
  }

  /**
   * Lets timers run out.
   *
   * @param limit how many to look at, at most; the rest is left for the next call
   * @return whether nothing that was due is left
   */
  public boolean advance(long nowNanos, int limit, Expiry expiry) {
    this.expiry = expiry;
    return timers.advance(nowNanos, limit, timerListener);
  }

  private void timerExpired(int slot) {
    long deadline = deadline(slot);
    // Measured by the tick that is being run out, not by the time of the call: connections end in
    // the
    // order of their deadlines, however long ago the last call was.
    if (timers.isDue(deadline)) {
      expiry.expired(slot);
    } else {
      timers.set(slot, deadline);
    }
  }

  /** First of the connections and templates of a server, 0 when it has none. */
  public int firstOfServer(int serverNumber) {
    return serverNumber < servers.length ? servers[serverNumber] : 0;
  }

  /** The one after {@code slot} of the same server, or 0. */
  public int nextOfServer(int slot) {
    return slots.serverNext(slot);
  }

  /** Begins to walk along the connections and templates of a server; {@link #end} ends that. */
  public ServerWalk walk(int serverNumber) {
    ServerWalk walk = new ServerWalk(this, firstOfServer(serverNumber));
    walks.add(walk);
    return walk;
  }

  /** Ends a walk. */
  public void end(ServerWalk walk) {
    walks.remove(walk);
  }

  /** From now on the program forwards nothing of this server's connections. */
  public void stopFastPathOfServer(int serverNumber) {
    for (int slot = firstOfServer(serverNumber); slot != 0; slot = nextOfServer(slot)) {
      stopFastPath(slot);
    }
  }

  /** From now on the program forwards nothing of this connection. */
  public void stopFastPath(int slot) {
    slots.flags(slot, slots.flags(slot) & ~(FLAG_FAST_IN | FLAG_FAST_OUT));
  }

  /** Moves a connection to another server number; 0 for none. */
  public void moveToServer(int slot, int serverNumber) {
    unlinkServer(slot);
    slots.server(slot, serverNumber);
    linkServer(slot);
  }

  private void linkServer(int slot) {
    int number = slots.server(slot);
    if (number >= servers.length) {
      servers = Arrays.copyOf(servers, Math.max(number + 1, 2 * servers.length));
    }
    int first = servers[number];
    slots.serverPrevious(slot, 0);
    slots.serverNext(slot, first);
    if (first != 0) {
      slots.serverPrevious(first, slot);
    }
    servers[number] = slot;
  }

  private void unlinkServer(int slot) {
    int previous = slots.serverPrevious(slot);
    int next = slots.serverNext(slot);
    for (int i = 0; i < walks.size(); i++) {
      walks.get(i).left(slot, next);
    }
    if (previous == 0) {
      servers[slots.server(slot)] = next;
    } else {
      slots.serverNext(previous, next);
    }
    if (next != 0) {
      slots.serverPrevious(next, previous);
    }
  }

  private int templateList(ConnectionKey key, PersistenceData data) {
    return (index.hash(key) ^ data.hash(seed)) & templates.length - 1;
  }

  /** The data of a template, such as SIP's Call-ID; empty when it was made without. */
  public String persistenceData(int slot) {
    annexes.read(slot, slotData);
    return slotData.toString();
  }

  private void linkTemplate(int slot) {
    int list = templateListOf(slot);
    slots.templateNext(slot, templates[list]);
    templates[list] = slot;
  }

  private void unlinkTemplate(int slot) {
    int list = templateListOf(slot);
    int next = slots.templateNext(slot);
    if (templates[list] == slot) {
      templates[list] = next;
      return;
    }
    int before = templates[list];
    while (slots.templateNext(before) != slot) {
      before = slots.templateNext(before);
    }
    slots.templateNext(before, next);
  }

  private int templateListOf(int slot) {
    slots.requestKey(slot, key);
    key.protocol = slots.protocol(slot);
    annexes.read(slot, slotData);
    return templateList(key, slotData);
  }

  /**
   * Takes a free slot: the one the program guesses from the packet alone, if it can be had.
   *
   * @return 0 when none can be had
   */
  private int allocate(int home, long nowNanos) {
    int slot = home;
    if (slot == NO_HOME || slots.isTaken(slot) || isListed(slot) && !hasRested(slot, nowNanos)) {
      slot = freeFirst;
    }
    if (slot == 0 || isListed(slot) && !hasRested(slot, nowNanos)) {
      slot = firstUntouched();
    }
    if (slot != 0) {
      unlist(slot);
      limit = Math.max(limit, slot + 1);
    }
    return slot;
  }

  private int firstUntouched() {
    while (untouched <= slots.capacity() && (slots.isTaken(untouched) || isListed(untouched))) {
      untouched++;
    }
    return untouched <= slots.capacity() ? untouched : 0;
  }

  private boolean isListed(int slot) {
    return slots.timerPrevious(slot) != 0;
  }

  private boolean hasRested(int slot, long nowNanos) {
    // One tick more than the delay, as the tick it was freed in had partly passed.
    return TimerWheel.tick(nowNanos) - slots.tick(slot)
        > (REUSE_DELAY_NANOS + TimerWheel.TICK_NANOS - 1) / TimerWheel.TICK_NANOS;
  }

  private void free(int slot, long nowNanos) {
    slots.tick(slot, TimerWheel.tick(nowNanos));
    slots.timerNext(slot, 0);
    if (freeLast == 0) {
      freeFirst = slot;
      slots.timerPrevious(slot, FIRST);
    } else {
      slots.timerNext(freeLast, slot);
      slots.timerPrevious(slot, freeLast);
    }
    freeLast = slot;
  }

  private void unlist(int slot) {
    if (!isListed(slot)) {
      return;
    }
    int previous = slots.timerPrevious(slot);
    int next = slots.timerNext(slot);
    if (previous == FIRST) {
      freeFirst = next;
    } else {
      slots.timerNext(previous, next);
    }
    if (next == 0) {
      freeLast = previous == FIRST ? 0 : previous;
    } else {
      slots.timerPrevious(next, previous);
    }
    slots.timerPrevious(slot, 0);
  }

  /** Rebuilds from verified slots all that is kept outside the index. */
  private void takeOver(long nowNanos) {
    for (int slot = 1; slot <= slots.capacity(); slot++) {
      slots.timerPrevious(slot, 0);
      if (!slots.isAnnex(slot)) {
        slots.controlled(slot, 0);
      }
      if (slots.isTaken(slot)) {
        limit = slot + 1;
      }
    }
    untouched = limit;
    for (int slot = 1; slot < limit; slot++) {
      if (!slots.isTaken(slot)) {
        free(slot, nowNanos);
        continue;
      }
      if (slots.isAnnex(slot)) {
        continue;
      }
      linkServer(slot);
      int control = slots.control(slot);
      if (control != 0) {
        slots.controlled(control, slots.controlled(control) + 1);
      }
      if (slots.isTemplate(slot)) {
        linkTemplate(slot);
        templateCount++;
      } else {
        connectionCount++;
        if ((slots.status(slot) & ConnectionSlots.NO_CLIENT_PORT) != 0) {
          awaitedCount++;
        }
      }
      timers.set(slot, deadline(slot));
    }
  }
}
