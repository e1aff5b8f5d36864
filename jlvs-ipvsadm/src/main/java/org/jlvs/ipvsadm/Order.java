package org.jlvs.ipvsadm;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jlvs.core.control.ServerView;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServiceView;
import org.jlvs.core.net.Address;

/**
 * The order of sorted listings: services by mark, family, protocol, address and port, servers by
 * address and port. The original subtracts 32-bit numbers and looks at the sign, so that its order
 * is not transitive (240.0.0.1 comes before 0.0.0.0, and that before 224.0.0.1) and what it prints
 * depends on how it sorts: by the C library's merge sort, which is therefore done here.
 */
final class Order {
  private Order() {}

  static List<ServiceView> services(List<ServiceView> services) {
    return mergeSort(services, (a, b) -> compare(a.spec().key(), b.spec().key()));
  }

  static List<ServerView> servers(List<ServerView> servers) {
    return mergeSort(
        servers,
        (a, b) -> {
          int order = compare(a.spec().key().address(), b.spec().key().address());
          return order != 0 ? order : Integer.compare(a.spec().key().port(), b.spec().key().port());
        });
  }

  private static int compare(ServiceKey a, ServiceKey b) {
    int order = mark(a) - mark(b);
    if (order == 0) {
      order = a.family().number() - b.family().number();
    }
    if (order == 0
        && a instanceof ServiceKey.Endpoint left
        && b instanceof ServiceKey.Endpoint right) {
      order = left.protocol().number() - right.protocol().number();
      if (order == 0) {
        order = compare(left.address(), right.address());
      }
      if (order == 0) {
        order = Integer.compare(left.port(), right.port());
      }
    }
    return order;
  }

  private static int mark(ServiceKey key) {
    return switch (key) {
      case ServiceKey.Mark(int mark, _) -> mark;
      case ServiceKey.Endpoint _ -> 0;
    };
  }

  private static int compare(Address a, Address b) {
    for (int word = 0; word < 4; word++) {
      int order = word(a, word) - word(b, word);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  /** One of four 32-bit words; an IPv4 address is the first and no other. */
  private static int word(Address address, int index) {
    if (address.isIpv4()) {
      return index == 0 ? address.ipv4Bits() : 0;
    }
    long half = index < 2 ? address.high() : address.low();
    return (int) (index % 2 == 0 ? half >>> 32 : half);
  }

  private static <T> List<T> mergeSort(List<T> list, Comparator<T> order) {
    if (list.size() < 2) {
      return list;
    }
    int middle = list.size() / 2;
    List<T> front = mergeSort(list.subList(0, middle), order);
    List<T> back = mergeSort(list.subList(middle, list.size()), order);
    List<T> merged = new ArrayList<>(list.size());
    int i = 0;
    int j = 0;
    while (i < front.size() && j < back.size()) {
      boolean fromFront = order.compare(front.get(i), back.get(j)) <= 0;
      merged.add(fromFront ? front.get(i++) : back.get(j++));
    }
    merged.addAll(front.subList(i, front.size()));
    merged.addAll(back.subList(j, back.size()));
    return merged;
  }
}
