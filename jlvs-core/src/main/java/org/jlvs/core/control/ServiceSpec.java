package org.jlvs.core.control;

import java.util.Optional;
import org.jlvs.core.net.Address;

/**
 * A virtual service as its operator describes it.
 *
 * @param scheduler the scheduler's name, such as {@code wlc}
 * @param flags a union of the flag bits below
 * @param persistenceSeconds time-out of a persistent service's templates; 0 when {@link
 *     #PERSISTENT} is not set
 * @param clientMask which bits of a client's address make it one client to persistence: any of
 *     IPv4's, the first 1-128 of IPv6's; all of them unless said otherwise
 * @param persistenceEngine the persistence engine's name, such as {@code sip}
 */
public record ServiceSpec(
    ServiceKey key,
    String scheduler,
    int flags,
    int persistenceSeconds,
    Address clientMask,
    Optional<String> persistenceEngine) {

  /**
   * @param prefixLength how many leading bits are set in the client mask: 0-32, or 0-128 for IPv6
   */
  public ServiceSpec(
      ServiceKey key,
      String scheduler,
      int flags,
      int persistenceSeconds,
      int prefixLength,
      Optional<String> persistenceEngine) {
    this(
        key,
        scheduler,
        flags,
        persistenceSeconds,
        Address.mask(key.family(), prefixLength),
        persistenceEngine);
  }

  /** IP_VS_SVC_F_PERSISTENT. */
  public static final int PERSISTENT = 0x1;

  /** IP_VS_SVC_F_ONEPACKET: every packet is scheduled anew. */
  public static final int ONE_PACKET = 0x4;

  /** IP_VS_SVC_F_SCHED1: sh-fallback or mh-fallback. */
  public static final int SCHEDULER_FLAG_1 = 0x8;

  /** IP_VS_SVC_F_SCHED2: sh-port or mh-port. */
  public static final int SCHEDULER_FLAG_2 = 0x10;

  /** IP_VS_SVC_F_SCHED3: without a meaning of its own yet. */
  public static final int SCHEDULER_FLAG_3 = 0x20;

  /** How many leading bits of the client mask are set. */
  public int prefixLength() {
    return clientMask.leadingOnes();
  }

  public boolean persistent() {
    return (flags & PERSISTENT) != 0;
  }

  public boolean onePacket() {
    return (flags & ONE_PACKET) != 0;
  }
}
