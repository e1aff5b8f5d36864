package org.jlvs.ipvsadm;

import java.util.Optional;
import java.util.OptionalInt;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Protocol;
import org.jspecify.annotations.Nullable;

/**
 * A {@code host[:port]} of the command line. IPv6 addresses with a port stand in brackets, without
 * one they do not; brackets around anything else hide the port, as they do in the original.
 *
 * @param port empty when none was given
 */
record Endpoint(Address address, OptionalInt port) {

  /**
   * @param protocol whose service names count; null when it is not known yet, so only numbers do
   */
  static Optional<Endpoint> parse(String text, @Nullable Protocol protocol, Names names) {
    if (!text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      // A port without a host, though inet_aton would take it for an address.
      return Optional.empty();
    }
    String host = text;
    String port = null;
    if (text.startsWith("[")) {
      int end = text.indexOf(']');
      if (end < 0 || !text.startsWith("]:", end)) {
        return Optional.empty();
      }
      host = text.substring(1, end);
      port = text.substring(end + 2);
    }
    Optional<Address> address =
        host.indexOf(':') >= 0 ? Address.parse(host) : Optional.<Address>empty();
    if (address.isEmpty()) {
      int colon = host.lastIndexOf(':');
      port = colon < 0 ? null : host.substring(colon + 1);
      address = host(colon < 0 ? host : host.substring(0, colon), names);
    }
    if (address.isEmpty() || port == null) {
      return address.map(a -> new Endpoint(a, OptionalInt.empty()));
    }
    OptionalInt number = port(port, protocol, names);
    return number.isEmpty() ? Optional.empty() : Optional.of(new Endpoint(address.get(), number));
  }

  /** An IPv4 address or the name of a host that has one. */
  static Optional<Address> host(String text, Names names) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Optional<Address> address = Numbers.ipv4(text);
    return address.isPresent() ? address : names.ipv4Of(text);
  }

  private static OptionalInt port(String text, @Nullable Protocol protocol, Names names) {
    long number = Numbers.decimal(text, 0, 65535);
    if (number >= 0) {
      return OptionalInt.of((int) number);
    }
    return protocol == null ? OptionalInt.empty() : names.portOf(text, protocol);
  }
}
