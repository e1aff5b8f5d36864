package org.jlvs.core.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Optional;
import java.util.OptionalInt;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.Errno;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.SyncDaemon;
import org.jlvs.core.net.Address;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SyncDaemonsTest {
  /** A host with eth0, of the usual size, and lo. */
  private static final Host HOST =
      new Host() {
        @Override
        public Route route(Address destination) {
          return new Route.Unreachable();
        }

        @Override
        public @Nullable Address sourceAddress(Address destination) {
          return null;
        }

        @Override
        public OptionalInt mtu(String networkInterface) {
          return switch (networkInterface) {
            case "eth0" -> OptionalInt.of(1500);
            case "lo" -> OptionalInt.of(65536);
            default -> OptionalInt.empty();
          };
        }
      };

  private final SyncDaemons daemons = new SyncDaemons();

  private static SyncDaemon asked(boolean master, String networkInterface, int maxLength) {
    return new SyncDaemon(master, networkInterface, 5, maxLength, Optional.empty(), 0, 0);
  }

  private static void assertRefused(Errno errno, ThrowingCall call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            DirectorException.class, e -> assertThat(e.errno()).isEqualTo(errno));
  }

  private interface ThrowingCall {
    void run() throws DirectorException;
  }

  private static SyncDaemon filledIn(boolean master, String networkInterface, int maxLength) {
    return new SyncDaemon(
        master, networkInterface, 5, maxLength, Optional.of("224.0.0.81"), 8848, 1);
  }

  @Test
  void whatIsNotGivenIsFilledInAndTheMasterIsListedFirst() throws DirectorException {
    daemons.start(asked(false, "lo", 0), HOST);
    daemons.start(asked(true, "", 0), HOST);

    assertThat(daemons.all())
        .containsExactly(filledIn(true, "eth0", 1472), filledIn(false, "lo", 65507));
  }

  @Test
  void messagesHaveALengthThatFitsTheirRoleAndPackets() throws DirectorException {
    daemons.start(asked(true, "eth0", 1), HOST);
    daemons.start(asked(false, "eth0", 1), HOST);
    assertThat(daemons.all()).extracting(SyncDaemon::maxLength).containsExactly(1, 1024);

    daemons.stop(true);
    daemons.start(new SyncDaemon(true, "eth0", 5, 65507, Optional.of("ff05::8848"), 9, 64), HOST);
    assertThat(daemons.all().getFirst())
        .isEqualTo(new SyncDaemon(true, "eth0", 5, 65487, Optional.of("ff05::8848"), 9, 64));
  }

  @Test
  void aRoleIsTakenOnceAndAnInterfaceHasToBeThere() throws DirectorException {
    daemons.start(asked(true, "eth0", 0), HOST);

    assertRefused(Errno.EEXIST, () -> daemons.start(asked(true, "eth0", 0), HOST));
    assertRefused(Errno.ENODEV, () -> daemons.start(asked(true, "nosuch", 0), HOST));
    assertRefused(Errno.ESRCH, () -> daemons.stop(false));
    daemons.stop(true);
    assertThat(daemons.isEmpty()).isTrue();
  }

  @Test
  void serversOfAnotherFamilyAndDaemonsExcludeEachOther() throws Exception {
    TestDirector tested = new TestDirector();
    ServiceKey web = tested.service(TestDirector.tcp("10.0.0.100", 80), "rr", 0);
    ServerSpec other = TestDirector.server("2001:db8:1::1", 80, ForwardingMethod.TUNNEL, 1);
    SyncDaemon master = asked(true, "eth0", 0);

    tested.director.addServer(web, other);
    assertRefused(Errno.EINVAL, () -> tested.director.startDaemon(master));

    tested.director.deleteServer(web, other.key());
    tested.director.startDaemon(master);
    assertRefused(Errno.EINVAL, () -> tested.director.addServer(web, other));
    assertRefused(Errno.EINVAL, () -> tested.director.editServer(web, other));
    assertThat(tested.director.service(web).orElseThrow().servers()).isEmpty();
    assertThat(tested.director.daemons()).containsExactly(filledIn(true, "eth0", 1472));
  }
}
