package org.jlvs.core.connection;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.TreeSet;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Flow;

/** Tables over plain memory, and what every sound table has to fulfil. */
final class TestTables {
  static final long SEED = 0x1234_5678_9abc_def0L;

  private TestTables() {}

  static MemorySegment slotMemory(int capacity) {
    return MemorySegment.ofArray(new long[(capacity + 1) * ConnectionLayout.SLOT_BYTES / 8]);
  }

  static MemorySegment bucketMemory(int buckets) {
    return MemorySegment.ofArray(new long[buckets * ConnectionLayout.BUCKET_BYTES / 8]);
  }

  static Flow flow(int client, int clientPort) {
    Flow flow = new Flow();
    flow.protocol = 6;
    flow.sourceLow = 0xc612_0000L + client;
    flow.sourcePort = clientPort;
    flow.destinationLow = 0x0a00_0064L;
    flow.destinationPort = 80;
    return flow;
  }

  static ConnectionKey key(int client, int clientPort) {
    return new ConnectionKey().set(flow(client, clientPort));
  }

  static ConnectionKey replyKey(int client, int clientPort, Address server) {
    Flow flow = flow(client, clientPort);
    flow.destination(server);
    flow.destinationPort = 8080;
    return new ConnectionKey().setInverse(flow);
  }

  static ConnectionKey templateKey(int client) {
    return new ConnectionKey()
        .setTemplate(
            org.jlvs.core.net.Family.IPV4, 6, 0, 0xc612_0000L + client, 0, 0x0a00_0064L, 80);
  }

  static final Address SERVER = Address.of("10.1.0.1");

  static int add(
      ConnectionTable table, int client, int port, ForwardingMethod method, int server, long now) {
    return table.add(key(client, port), SERVER, 8080, method, server, 0, 0, now);
  }

  /** Everything that is in the table as text, whatever slots it lies in. */
  static TreeSet<String> contents(ConnectionTable table) {
    TreeSet<String> contents = new TreeSet<>();
    FtpControls controls = new FtpControls(table);
    for (int slot = 1; slot < table.slotLimit(); slot++) {
      if (table.inUse(slot)) {
        ConnectionSlots slots = table.slots();
        contents.add(
            "%d %s:%d %s:%d %s:%d server %d template %b state %d timeout %d shift %d data %s"
                .formatted(
                    slots.protocol(slot),
                    slots.client(slot),
                    slots.clientPort(slot),
                    slots.virtual(slot),
                    slots.virtualPort(slot),
                    slots.serverAddress(slot),
                    slots.serverPort(slot),
                    slots.server(slot),
                    slots.isTemplate(slot),
                    slots.state(slot),
                    slots.timeoutSeconds(slot),
                    controls.has(slot) ? controls.shiftOf(slot, 0) : 0,
                    table.persistenceData(slot)));
      }
    }
    return contents;
  }

  /** What is wrong with a table; nothing of a sound one. */
  static List<String> faults(ConnectionTable table, MemorySegment bucketMemory) {
    List<String> faults = new ArrayList<>();
    ConnectionSlots slots = table.slots();
    ConnectionIndex index = new ConnectionIndex(bucketMemory, slots, SEED);
    ConnectionKey key = new ConnectionKey();
    int connections = 0;
    int templates = 0;
    int entriesWanted = 0;
    for (int slot = 1; slot < table.slotLimit(); slot++) {
      if (!table.inUse(slot)) {
        continue;
      }
      if (slots.isTemplate(slot)) {
        templates++;
        continue;
      }
      connections++;
      entriesWanted++;
      slots.requestKey(slot, key);
      if (index.find(key) != slot) {
        faults.add("slot %d is not found by its request".formatted(slot));
      }
      if (ConnectionTable.hasReplyEntry(slots, slot)) {
        entriesWanted++;
        slots.replyKey(slot, key);
        if (index.find(key) != (slot | ConnectionLayout.ENTRY_REPLY)) {
          faults.add("slot %d is not found by its reply".formatted(slot));
        }
      }
      int control = slots.control(slot);
      boolean mayControl =
          table.inUse(control)
              && (slots.isTemplate(control) || new FtpControls(table).has(control));
      if (control != 0 && !mayControl) {
        faults.add("slot %d is controlled by slot %d, which can't".formatted(slot, control));
      }
    }
    if (entries(index) != entriesWanted) {
      faults.add("%d entries instead of %d".formatted(entries(index), entriesWanted));
    }
    if (connections != table.connectionCount() || templates != table.templateCount()) {
      faults.add(
          "counts %d connections, %d templates; there are %d, %d"
              .formatted(table.connectionCount(), table.templateCount(), connections, templates));
    }
    faults.addAll(listFaults(table));
    faults.addAll(annexFaults(slots));
    return faults;
  }

  private static List<String> annexFaults(ConnectionSlots slots) {
    List<String> faults = new ArrayList<>();
    Annexes annexes = new Annexes(slots);
    BitSet owned = new BitSet();
    for (int slot = 1; slot <= slots.capacity(); slot++) {
      if (slots.inUse(slot) && !annexes.verify(slot, owned)) {
        faults.add("slot %d has an annex that is not its own".formatted(slot));
      }
    }
    for (int slot = 1; slot <= slots.capacity(); slot++) {
      if (slots.isAnnex(slot) != owned.get(slot)) {
        faults.add("slot %d is an annex of nobody's".formatted(slot));
      }
    }
    return faults;
  }

  private static int entries(ConnectionIndex index) {
    int entries = 0;
    for (int bucket = 0; bucket < index.bucketCount(); bucket++) {
      for (int place = 0; place < ConnectionLayout.BUCKET_ENTRIES; place++) {
        entries += index.entry(bucket, place) == 0 ? 0 : 1;
      }
    }
    return entries;
  }

  private static List<String> listFaults(ConnectionTable table) {
    List<String> faults = new ArrayList<>();
    BitSet listed = new BitSet();
    for (int server = 0; server < 64; server++) {
      for (int slot = table.firstOfServer(server); slot != 0; slot = table.nextOfServer(slot)) {
        if (listed.get(slot) || table.slots().server(slot) != server) {
          faults.add("slot %d is in the wrong list or in two".formatted(slot));
          return faults;
        }
        listed.set(slot);
      }
    }
    for (int slot = 1; slot < table.slotLimit(); slot++) {
      if (table.inUse(slot) != listed.get(slot)) {
        faults.add(
            "slot %d is listed: %b, in use: %b"
                .formatted(slot, listed.get(slot), table.inUse(slot)));
      }
    }
    return faults;
  }
}
