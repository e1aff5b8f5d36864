package org.jlvs.core.service;

import java.util.Set;
import java.util.function.Predicate;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.Errno;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.scheduler.Schedulers;

/**
 * What a service and a server must be to be taken, asked in the order of ip_vs_add_service and
 * ip_vs_add_dest, so that the first complaint is the kernel's.
 */
final class ServiceRules {
  private static final Set<String> PERSISTENCE_ENGINES = Set.of("sip");

  private ServiceRules() {}

  static void check(ServiceSpec spec) throws DirectorException {
    if (!Schedulers.names().contains(spec.scheduler())) {
      throw new DirectorException(
          Errno.ENOENT,
          "service %s: there is no scheduler \"%s\"; choose one of %s"
              .formatted(spec.key(), spec.scheduler(), String.join(" ", Schedulers.names())));
    }
    String engine = spec.persistenceEngine().orElse("");
    if (!engine.isEmpty() && !PERSISTENCE_ENGINES.contains(engine)) {
      throw new DirectorException(
          Errno.ENOENT,
          "service %s: there is no persistence engine \"%s\"; choose one of %s"
              .formatted(spec.key(), engine, String.join(" ", PERSISTENCE_ENGINES)));
    }
    checkClientMask(spec);
  }

  /** The kernel takes any bits of IPv4, but a prefix length from 1 to 128 for IPv6. */
  private static void checkClientMask(ServiceSpec spec) throws DirectorException {
    Address mask = spec.clientMask();
    Family family = spec.key().family();
    boolean prefix = mask.equals(Address.mask(mask.family(), mask.leadingOnes()));
    if (mask.family() != family || (family == Family.IPV6 && (!prefix || mask.isAny()))) {
      throw new DirectorException(
          Errno.EINVAL,
          "service %s: client mask %s is not %s"
              .formatted(
                  spec.key(),
                  mask,
                  family == Family.IPV6
                      ? "the first 1-128 bits of an IPv6 address"
                      : "one of IPv4 addresses"));
    }
  }

  static void check(ServiceSpec service, ServerSpec spec) throws DirectorException {
    String server = "server " + spec.key() + " of " + service.key();
    if (spec.key().address().family() != service.key().family()
        && spec.forwarding() != ForwardingMethod.TUNNEL) {
      throw new DirectorException(
          Errno.EINVAL,
          server + ": only a tunnelled server may have another address family than its service");
    }
    if (spec.weight() < 0) {
      throw new DirectorException(
          Errno.ERANGE, server + ": weight " + spec.weight() + " is negative; give 0 or more");
    }
    if (Integer.compareUnsigned(spec.lowerThreshold(), spec.upperThreshold()) > 0) {
      throw new DirectorException(
          Errno.ERANGE,
          "%s: lower threshold %s is above the upper threshold %s"
              .formatted(
                  server,
                  Integer.toUnsignedString(spec.lowerThreshold()),
                  Integer.toUnsignedString(spec.upperThreshold())));
    }
    if (spec.tunnel().type() == Tunnel.Type.GUE && spec.tunnel().port() == 0) {
      throw new DirectorException(
          Errno.EINVAL, server + ": a GUE tunnel needs a UDP port other than 0");
    }
  }

  /**
   * @param unusable what the host knows to be no address of one host
   */
  static void checkUnicast(ServiceSpec service, ServerSpec spec, Predicate<Address> unusable)
      throws DirectorException {
    Address address = spec.key().address();
    boolean possible = address.isIpv4() ? isUnicastIpv4(address) : isUnicastIpv6(address);
    if (!possible || unusable.test(address)) {
      throw new DirectorException(
          Errno.EINVAL,
          "server %s of %s: %s is not a unicast address a server can have"
              .formatted(spec.key(), service.key(), address));
    }
  }

  /** As inet_addr_type sees it without routes: neither 0.0.0.0, multicast nor limited broadcast. */
  private static boolean isUnicastIpv4(Address address) {
    int bits = address.ipv4Bits();
    return bits != 0 && bits >>> 28 != 0xe && bits != -1;
  }

  /** As ipv6_addr_type sees it: neither any, multicast, link-local nor mapped IPv4. */
  private static boolean isUnicastIpv6(Address address) {
    boolean multicast = address.high() >>> 56 == 0xff;
    boolean linkLocal = address.high() >>> 54 == 0xfe80 >>> 6;
    boolean mapped = address.high() == 0 && address.low() >>> 32 == 0xffff;
    return !address.isAny() && !multicast && !linkLocal && !mapped;
  }
}
