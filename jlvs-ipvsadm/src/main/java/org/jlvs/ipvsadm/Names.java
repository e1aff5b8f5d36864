package org.jlvs.ipvsadm;

import java.util.Optional;
import java.util.OptionalInt;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Protocol;

/** Host and service names. Implementations answer within a bounded time and never throw. */
public interface Names {

  /** The IPv4 address of a host; ipvsadm never asks for another family. */
  Optional<Address> ipv4Of(String host);

  /** The host's canonical name. */
  Optional<String> hostOf(Address address);

  /** The port of a service, such as 80 of {@code http}. */
  OptionalInt portOf(String service, Protocol protocol);

  /** The service's canonical name. */
  Optional<String> serviceOf(int port, Protocol protocol);

  /** Knows no name at all. */
  Names NONE =
      new Names() {
        @Override
        public Optional<Address> ipv4Of(String host) {
          return Optional.empty();
        }

        @Override
        public Optional<String> hostOf(Address address) {
          return Optional.empty();
        }

        @Override
        public OptionalInt portOf(String service, Protocol protocol) {
          return OptionalInt.empty();
        }

        @Override
        public Optional<String> serviceOf(int port, Protocol protocol) {
          return Optional.empty();
        }
      };
}
