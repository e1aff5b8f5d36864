package org.jlvs.core.connection;

import static org.jlvs.core.connection.ConnectionLayout.BUCKET_ENTRIES;
import static org.jlvs.core.connection.ConnectionLayout.ENTRY_REPLY;
import static org.jlvs.core.connection.ConnectionLayout.FLAG_TEMPLATE;
import static org.jlvs.core.connection.ConnectionTable.INVALID_TEMPLATE_PORT;

import java.util.BitSet;
import org.jlvs.core.control.ForwardingMethod;

/**
 * Makes slots and index agree after a process was killed in the middle of anything, or after
 * somebody scribbled over them. Every slot and every entry is looked at; nothing is believed that
 * can be checked. Used once, before anything else touches the table.
 */
final class Adoption {
  private static final int MAX_SERVER_NUMBER = 1 << 24;

  private final ConnectionSlots slots;
  private final ConnectionIndex index;
  private final Annexes annexes;
  private final ConnectionKey key = new ConnectionKey();

  Adoption(ConnectionSlots slots, ConnectionIndex index, Annexes annexes) {
    this.slots = slots;
    this.index = index;
    this.annexes = annexes;
  }

  void verify() {
    for (int slot = 1; slot <= slots.capacity(); slot++) {
      if (slots.inUse(slot) && !isSound(slot)) {
        slots.markFree(slot);
      }
    }
    BitSet requests = new BitSet();
    BitSet replies = new BitSet();
    clearStrayEntries(requests, replies);
    for (int slot = 1; slot <= slots.capacity(); slot++) {
      if (slots.inUse(slot) && !slots.isTemplate(slot)) {
        removeUnlessIndexed(slot, requests, replies);
      }
    }
    repairAnnexes();
    repairControl();
  }

  private boolean isSound(int slot) {
    int forwarding = slots.forwarding(slot);
    boolean knownMethod = false;
    for (ForwardingMethod method : ForwardingMethod.values()) {
      knownMethod |= method.number() == forwarding;
    }
    int server = slots.server(slot);
    boolean template = slots.isTemplate(slot);
    return knownMethod
        && server >= 0
        && server < MAX_SERVER_NUMBER
        && slots.timeoutSeconds(slot) >= 0
        && (template || slots.protocol(slot) != 0);
  }

  private void clearStrayEntries(BitSet requests, BitSet replies) {
    for (int bucket = 0; bucket < index.bucketCount(); bucket++) {
      for (int place = 0; place < BUCKET_ENTRIES; place++) {
        int entry = index.entry(bucket, place);
        if (entry != 0 && !isTrue(bucket, place, entry, entry < 0 ? replies : requests)) {
          index.clear(bucket, place);
        }
      }
    }
  }

  /** Also marks the entry as seen, so that a second one of the same kind is not true. */
  private boolean isTrue(int bucket, int place, int entry, BitSet seen) {
    int slot = entry & ~ENTRY_REPLY;
    if (slot == 0
        || slot > slots.capacity()
        || !slots.inUse(slot)
        || (slots.flags(slot) & FLAG_TEMPLATE) != 0
        || seen.get(slot)) {
      return false;
    }
    if (entry < 0) {
      if (!ConnectionTable.hasReplyEntry(slots, slot)) {
        return false;
      }
      slots.replyKey(slot, key);
    } else {
      slots.requestKey(slot, key);
    }
    if (!index.belongs(bucket, place, key)) {
      return false;
    }
    seen.set(slot);
    return true;
  }

  /** A connection without all of its entries was being made or removed: it goes. */
  private void removeUnlessIndexed(int slot, BitSet requests, BitSet replies) {
    boolean wantsReply = ConnectionTable.hasReplyEntry(slots, slot);
    if (requests.get(slot) && (!wantsReply || replies.get(slot))) {
      return;
    }
    slots.requestKey(slot, key);
    index.remove(key, slot);
    if (wantsReply) {
      slots.replyKey(slot, key);
      index.remove(key, slot | ENTRY_REPLY);
    }
    slots.markFree(slot);
  }

  private void repairControl() {
    for (int slot = 1; slot <= slots.capacity(); slot++) {
      if (!slots.inUse(slot)) {
        continue;
      }
      int control = slots.control(slot);
      if (control != 0 && !mayControl(control, slot)) {
        slots.control(slot, 0);
      }
      if (slots.isTemplate(slot) && slots.virtualPort(slot) == INVALID_TEMPLATE_PORT) {
        slots.serverPort(slot, INVALID_TEMPLATE_PORT);
      }
    }
  }

  private boolean mayControl(int control, int slot) {
    return control > 0
        && control <= slots.capacity()
        && control != slot
        && slots.inUse(control)
        && (slots.isTemplate(control) || annexes.kind(control) == Annexes.FTP);
  }

  /**
   * An annex that is not the next of its owner's is free. A template without its annexes would be
   * another one.
   */
  private void repairAnnexes() {
    BitSet owned = new BitSet();
    for (int slot = 1; slot <= slots.capacity(); slot++) {
      if (slots.inUse(slot) && !annexes.verify(slot, owned)) {
        slots.annex(slot, 0);
        if (slots.isTemplate(slot)) {
          slots.markFree(slot);
        }
      }
    }
    for (int slot = 1; slot <= slots.capacity(); slot++) {
      if (slots.isAnnex(slot) && !owned.get(slot)) {
        slots.markFree(slot);
      }
    }
  }
}
