package org.jlvs.monitor.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServicePolicy;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Protocol;
import org.jlvs.monitor.check.Outcome;
import org.jlvs.monitor.config.ConfigurationException;
import org.jlvs.monitor.config.ConfigurationParser;
import org.jlvs.monitor.config.TestNames;
import org.jlvs.monitor.table.TableChange;
import org.jlvs.monitor.table.TableException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SupervisionTest {
  private static final ServiceKey WEB =
      new ServiceKey.Endpoint(Protocol.TCP, Address.of("10.0.0.100"), 80);
  private static final String THREE =
      """
      quiescent=no
      virtual=10.0.0.100:80
      \treal=10.0.0.1:80 gate 3
      \treal=10.0.0.2:80 gate 2
      \treal=10.0.0.3:80 gate 1
      \tfallback=127.0.0.1:80 gate
      \tservice=http
      """;

  private Instant now = Instant.parse("2026-11-22T10:00:00Z");
  private final CoreTable table = new CoreTable();
  private final List<String> log = new ArrayList<>();
  private final List<String> commands = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private final Supervision supervision =
      new Supervision(
          table,
          new Effects() {
            @Override
            public void log(String line) {
              log.add(line);
            }

            @Override
            public void tell(ServerEvent event) {
              told.add(event.event() + " " + event.message() + ": " + event.reason());
            }

            @Override
            public void run(OperatorCommand command) {
              commands.add(command.toString());
            }
          });

  private void load(String text) throws Exception {
    supervision.load(ConfigurationParser.parse(text, new TestNames()), now);
  }

  private void found(ServerId id, Outcome outcome) {
    now = now.plusSeconds(1);
    supervision.found(id, new Finding.Checked(outcome, now, Duration.ofMillis(3)));
  }

  private void maintained(int... servers) {
    for (int server : servers) {
      now = now.plusSeconds(1);
      supervision.found(id(server), new Finding.Maintained("under maintenance", now));
    }
  }

  private void up(int... servers) {
    for (int server : servers) {
      found(id(server), Outcome.up("HTTP status 200"));
    }
  }

  private void down(int... servers) {
    for (int server : servers) {
      found(id(server), Outcome.down("connection refused"));
    }
  }

  private static ServerId id(int server) {
    return new ServerId(WEB, key(server));
  }

  private static ServerKey key(int server) {
    return new ServerKey(Address.of("10.0.0." + server), 80);
  }

  private static ServerSpec present(String address, int weight) {
    return new ServerSpec(
        new ServerKey(Address.of(address), 80),
        ForwardingMethod.DIRECT_ROUTE,
        weight,
        0,
        0,
        Tunnel.IPIP);
  }

  private void preset(String... servers) throws Exception {
    table.make(new TableChange.AddService(new ServiceSpec(WEB, "wrr", 0, 0, 32, Optional.empty())));
    for (String server : servers) {
      String[] parts = server.split("=");
      table.make(new TableChange.AddServer(WEB, present(parts[0], Integer.parseInt(parts[1]))));
    }
  }

  @Test
  void addsNothingBeforeItsFirstCheckEnds() throws Exception {
    load(THREE);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr");
    up(2);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.2:80=2");
    up(1, 3);
    assertThat(table.text())
        .isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=3 10.0.0.2:80=2 10.0.0.3:80=1");
    assertThat(log)
        .containsExactly(
            "Added virtual server: 10.0.0.100:80",
            "Added real server: 10.0.0.2:80 (10.0.0.100:80) (Weight set to 2)",
            "Added real server: 10.0.0.1:80 (10.0.0.100:80) (Weight set to 3)",
            "Added real server: 10.0.0.3:80 (10.0.0.100:80) (Weight set to 1)");
  }

  @Test
  void takesAFailedServerOutAndBackIn() throws Exception {
    load(THREE);
    up(1, 2, 3);
    log.clear();
    down(2);
    down(2);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=3 10.0.0.3:80=1");
    up(2);
    assertThat(table.text())
        .isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=3 10.0.0.2:80=2 10.0.0.3:80=1");
    assertThat(log)
        .containsExactly(
            "Failed real server: 10.0.0.2:80 (tcp:10.0.0.100:80): connection refused",
            "Deleted real server: 10.0.0.2:80 (10.0.0.100:80)",
            "Resetting soft failure count: 10.0.0.2:80 (tcp:10.0.0.100:80)",
            "Added real server: 10.0.0.2:80 (10.0.0.100:80) (Weight set to 2)");
  }

  @Test
  void quiescesAServerWhereItIsAskedTo() throws Exception {
    load(THREE.replace("quiescent=no", "quiescent=yes"));
    up(1, 3);
    down(2);
    assertThat(table.text())
        .isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=3 10.0.0.2:80=0 10.0.0.3:80=1");
    log.clear();
    down(1);
    up(1);
    assertThat(log)
        .containsExactly(
            "Failed real server: 10.0.0.1:80 (tcp:10.0.0.100:80): connection refused",
            "Quiescent real server: 10.0.0.1:80 (10.0.0.100:80) (Weight set to 0)",
            "Resetting soft failure count: 10.0.0.1:80 (tcp:10.0.0.100:80)",
            "Restored real server: 10.0.0.1:80 (10.0.0.100:80) (Weight set to 3)");
  }

  /**
   * What an operator deletes stays away, unless readdquiescent says otherwise; a reload adds it.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aServerThatWasDeletedByHandAndDiesComesBackWithoutWeightWhereThatIsAskedFor(boolean readd)
      throws Exception {
    String text =
        (readd ? "readdquiescent=yes\n" : "") + THREE.replace("quiescent=no", "quiescent=yes");
    load(text);
    up(1, 3);
    down(2);
    assertThat(table.text())
        .as("each is added at first")
        .isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=3 10.0.0.2:80=0 10.0.0.3:80=1");
    table.make(new TableChange.DeleteServer(WEB, key(3)));
    log.clear();
    down(3);
    String all = "10.0.0.100:80 wrr 10.0.0.1:80=3 10.0.0.2:80=0 10.0.0.3:80=0";
    assertThat(table.text())
        .isEqualTo(readd ? all : "10.0.0.100:80 wrr 10.0.0.1:80=3 10.0.0.2:80=0");
    if (readd) {
      assertThat(log)
          .contains("Readd Quiescent real server: 10.0.0.3:80 (10.0.0.100:80) (Weight set to 0)");
    }
    load(text);
    assertThat(table.text()).isEqualTo(all);
  }

  @Test
  void putsTheFallbackInWhenAllAreDownAndOutWhenOneIsBack() throws Exception {
    load("fallbackcommand=\"/bin/sorry -x\"\n" + THREE);
    down(1, 2);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr");
    log.clear();
    down(3);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 127.0.0.1:80=1");
    up(2);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.2:80=2");
    assertThat(log)
        .containsExactly(
            "Failed real server: 10.0.0.3:80 (tcp:10.0.0.100:80): connection refused",
            "Added fallback server: 127.0.0.1:80 (10.0.0.100:80) (Weight set to 1)",
            "Resetting soft failure count: 10.0.0.2:80 (tcp:10.0.0.100:80)",
            "Added real server: 10.0.0.2:80 (10.0.0.100:80) (Weight set to 2)",
            "Deleted fallback server: 127.0.0.1:80 (10.0.0.100:80)");
    assertThat(commands)
        .containsExactly(
            "/bin/sorry -x start 10.0.0.100:80 tcp", "/bin/sorry -x stop 10.0.0.100:80 tcp");
  }

  @Test
  void neverLeavesAServiceWithoutAServerBetweenTwoChanges() throws Exception {
    load(THREE);
    up(1);
    down(2, 3);
    table.history.clear();
    down(1);
    up(1);
    assertThat(table.history)
        .containsExactly(
            new TableChange.AddServer(WEB, present("127.0.0.1", 1)),
            new TableChange.DeleteServer(WEB, key(1)),
            new TableChange.AddServer(WEB, present("10.0.0.1", 3)),
            new TableChange.DeleteServer(WEB, new ServerKey(Address.of("127.0.0.1"), 80)));
  }

  @Test
  void toleratesAsManyFailuresAsItIsToldTo() throws Exception {
    load("failurecount=3\n" + THREE);
    up(1, 2, 3);
    log.clear();
    down(1, 1);
    up(1);
    down(1, 1, 1);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.2:80=2 10.0.0.3:80=1");
    String name = "10.0.0.1:80 (tcp:10.0.0.100:80)";
    assertThat(log)
        .containsExactly(
            "Soft failure real server: " + name + " failure 1/3: connection refused",
            "Soft failure real server: " + name + " failure 2/3: connection refused",
            "Resetting soft failure count: " + name,
            "Soft failure real server: " + name + " failure 1/3: connection refused",
            "Soft failure real server: " + name + " failure 2/3: connection refused",
            "Failed real server: " + name + ": connection refused",
            "Deleted real server: 10.0.0.1:80 (10.0.0.100:80)");
  }

  @Test
  void keepsWhatTheTableHoldsUntilChecksEnd() throws Exception {
    preset("10.0.0.1=9", "10.0.0.3=1", "10.0.0.50=1");
    load(THREE);
    assertThat(table.history).isEmpty();
    down(3);
    up(1);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=3 10.0.0.50:80=1");
    up(2);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=3 10.0.0.2:80=2");
    assertThat(log)
        .containsExactly(
            "Failed real server: 10.0.0.3:80 (tcp:10.0.0.100:80): connection refused",
            "Deleted real server: 10.0.0.3:80 (10.0.0.100:80)",
            "Restored real server: 10.0.0.1:80 (10.0.0.100:80) (Weight set to 3)",
            "Added real server: 10.0.0.2:80 (10.0.0.100:80) (Weight set to 2)",
            "Purged real server (start): 10.0.0.50:80 (10.0.0.100:80)");
  }

  @Test
  void aReloadOfTheSameChangesNothing() throws Exception {
    load(THREE);
    up(1, 2);
    down(3);
    table.history.clear();
    log.clear();
    load(THREE);
    assertThat(table.history).isEmpty();
    assertThat(log).isEmpty();
  }

  @Test
  void aReloadAppliesOnlyTheDifference() throws Exception {
    load(THREE);
    up(1, 2);
    down(3);
    table.history.clear();
    log.clear();
    load(
        THREE
            .replace("10.0.0.1:80 gate 3", "10.0.0.1:80 gate 5")
            .replace("\treal=10.0.0.2:80 gate 2\n", "\treal=10.0.0.4:80 gate\n\tscheduler=wlc\n"));
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wlc 10.0.0.1:80=5 10.0.0.2:80=2");
    up(4);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wlc 10.0.0.1:80=5 10.0.0.4:80=1");
    assertThat(log)
        .containsExactly(
            "Changed virtual server: 10.0.0.100:80",
            "Restored real server: 10.0.0.1:80 (10.0.0.100:80) (Weight set to 5)",
            "Added real server: 10.0.0.4:80 (10.0.0.100:80) (Weight set to 1)",
            "Purged real server (start): 10.0.0.2:80 (10.0.0.100:80)");
    assertThat(table.history).hasSize(4);
  }

  @Test
  void aReloadTakesServicesOutThatAreGoneAndLeavesThoseOfOthers() throws Exception {
    table.make(
        new TableChange.AddService(
            new ServiceSpec(
                new ServiceKey.Mark(7, WEB.family()), "rr", 0, 0, 32, Optional.empty())));
    load(THREE + THREE.replace("10.0.0.100", "10.0.0.101").replace("quiescent=no\n", ""));
    up(1);
    load(THREE.replace("10.0.0.100", "10.0.0.101"));
    assertThat(table.text()).isEqualTo("10.0.0.101:80 wrr; mark 7 rr");
    assertThat(log)
        .endsWith(
            "Purged real server (start): 10.0.0.1:80 (10.0.0.100:80)",
            "Purged virtual server (start): 10.0.0.100:80");
    supervision.stop();
    assertThat(table.text()).isEqualTo("mark 7 rr");
  }

  @Test
  void aStopRemovesWhatIsItsOwnUnlessToldNotTo() throws Exception {
    load(THREE);
    up(1, 2);
    log.clear();
    supervision.stop();
    assertThat(table.text()).isEmpty();
    assertThat(log)
        .containsExactly(
            "Purged real server (stop): 10.0.0.1:80 (10.0.0.100:80)",
            "Purged real server (stop): 10.0.0.2:80 (10.0.0.100:80)",
            "Purged virtual server (stop): 10.0.0.100:80");
    load("cleanstop=no\n" + THREE);
    up(1);
    supervision.stop();
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=3 10.0.0.2:80=2");
  }

  @Test
  void givesATableThatLostItsServicesThemBack() throws Exception {
    load(THREE);
    up(1, 2);
    down(3);
    table.services.flush();
    supervision.tick(now);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=3 10.0.0.2:80=2");
  }

  @Test
  void leavesAWeightThatAnOperatorSet() throws Exception {
    load(THREE);
    up(1, 2, 3);
    table.make(new TableChange.EditServer(WEB, present("10.0.0.1", 0)));
    down(2);
    up(1, 2);
    supervision.tick(now);
    assertThat(table.text())
        .isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=0 10.0.0.2:80=2 10.0.0.3:80=1");
  }

  @Test
  void triesAgainWhatFailedWhileTheDirectorWasAway() throws Exception {
    load(THREE);
    up(1, 2, 3);
    log.clear();
    table.outOfReach = true;
    down(1);
    supervision.tick(now);
    assertThat(log)
        .containsExactly(
            "Failed real server: 10.0.0.1:80 (tcp:10.0.0.100:80): connection refused",
            "Cannot bring virtual server 10.0.0.100:80 into order: the director is not running;"
                + " start it; trying again");
    table.outOfReach = false;
    supervision.tick(now);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.2:80=2 10.0.0.3:80=1");
  }

  @Test
  void aFallbackMayBeOneOfTheRealServers() throws Exception {
    String text = THREE.replace("127.0.0.1:80", "10.0.0.1:80");
    load(text);
    down(1, 2, 3);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=1");
    up(2);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.2:80=2");
    up(1);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=3 10.0.0.2:80=2");
  }

  @Test
  void needsNoCheckWhereItIsSwitchedOnOrOff() throws Exception {
    load(THREE.replace("service=http", "checktype=on"));
    assertThat(table.text())
        .isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=3 10.0.0.2:80=2 10.0.0.3:80=1");
    assertThat(supervision.watches()).isEmpty();
    load(THREE.replace("service=http", "checktype=off"));
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 127.0.0.1:80=1");
  }

  @Test
  void ignoresResultsOfServersThatAreGone() throws ConfigurationException, TableException {
    supervision.load(ConfigurationParser.parse(THREE, new TestNames()), now);
    found(id(99), Outcome.up(""));
    found(new ServerId(new ServiceKey.Mark(1, WEB.family()), key(1)), Outcome.up(""));
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr");
  }

  @Test
  void tellsOfServersThatComeAndGoAndWhyAndOfThoseThatWereNeverUp() throws Exception {
    load(THREE);
    up(1);
    down(2, 2, 1, 3);
    up(1);
    supervision.stop();
    assertThat(told)
        .containsExactly(
            "ADDED Added real server: 10.0.0.1:80 (10.0.0.100:80) (Weight set to 3): HTTP status"
                + " 200",
            "INACCESSIBLE Inaccessible real server: 10.0.0.2:80 (10.0.0.100:80): connection"
                + " refused",
            "DELETED Deleted real server: 10.0.0.1:80 (10.0.0.100:80): connection refused",
            "INACCESSIBLE Inaccessible real server: 10.0.0.3:80 (10.0.0.100:80): connection"
                + " refused",
            "FALLBACK_ADDED Added fallback server: 127.0.0.1:80 (10.0.0.100:80) (Weight set to"
                + " 1): ",
            "ADDED Added real server: 10.0.0.1:80 (10.0.0.100:80) (Weight set to 3): HTTP status"
                + " 200",
            "FALLBACK_DELETED Deleted fallback server: 127.0.0.1:80 (10.0.0.100:80): ",
            "PURGED Purged real server (stop): 10.0.0.1:80 (10.0.0.100:80): HTTP status 200");
  }

  @Test
  void quiescentServersAreToldOfOnce() throws Exception {
    load(THREE.replace("quiescent=no", "quiescent=yes"));
    up(1, 2);
    down(3, 2, 2);
    load(THREE.replace("quiescent=no", "quiescent=yes") + "\tscheduler=lc\n");
    assertThat(told.subList(2, told.size()))
        .containsExactly(
            "QUIESCENT Added real server: 10.0.0.3:80 (10.0.0.100:80) (Weight set to 0):"
                + " connection refused",
            "QUIESCENT Quiescent real server: 10.0.0.2:80 (10.0.0.100:80) (Weight set to 0):"
                + " connection refused");
  }

  @Test
  void theFallbackCommandIsToldToStopAtTheStartToo() throws Exception {
    load("fallbackcommand=/bin/sorry\n" + THREE);
    up(1, 2, 3);
    assertThat(commands).containsExactly("/bin/sorry stop 10.0.0.100:80 tcp");
  }

  @Test
  void aServerComesBackOnlyAfterEnoughGoodChecksInARow() throws Exception {
    load("risecount=3\n" + THREE);
    up(1, 2);
    down(3);
    log.clear();
    down(1);
    up(1, 1);
    down(1);
    up(1, 1);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.2:80=2");
    up(1);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=3 10.0.0.2:80=2");
    String name = "10.0.0.1:80 (tcp:10.0.0.100:80)";
    assertThat(log)
        .containsExactly(
            "Failed real server: " + name + ": connection refused",
            "Deleted real server: 10.0.0.1:80 (10.0.0.100:80)",
            "Rising real server: " + name + " success 1/3: HTTP status 200",
            "Rising real server: " + name + " success 2/3: HTTP status 200",
            "Rising real server: " + name + " success 1/3: HTTP status 200",
            "Rising real server: " + name + " success 2/3: HTTP status 200",
            "Resetting soft failure count: " + name,
            "Added real server: 10.0.0.1:80 (10.0.0.100:80) (Weight set to 3)");
  }

  @Test
  void aServerThatFallsOftenIsCalledFlapping() throws Exception {
    load(THREE);
    up(1, 2, 3);
    for (int turn = 0; turn < 4; turn++) {
      down(1);
      up(1);
      now = now.plusSeconds(1200);
    }
    assertThat(log.stream().filter(line -> line.startsWith("Flapping")))
        .containsExactly(
            "Flapping real server: 10.0.0.1:80 (tcp:10.0.0.100:80): down 3 times within the last 60"
                + " minutes",
            "Flapping real server: 10.0.0.1:80 (tcp:10.0.0.100:80): down 3 times within the last 60"
                + " minutes");
  }

  @Test
  void maintenanceTakesAServerOutAtOnceAndIsNoFailure() throws Exception {
    load("failurecount=3\nrisecount=2\n" + THREE.replace("quiescent=no", "quiescent=yes"));
    up(1, 2, 3);
    table.history.clear();
    log.clear();
    maintained(1, 1);
    assertThat(table.history)
        .containsExactly(new TableChange.EditServer(WEB, present("10.0.0.1", 0)));
    up(1);
    assertThat(table.text()).contains("10.0.0.1:80=0");
    up(1);
    assertThat(table.text()).contains("10.0.0.1:80=3");
    assertThat(log)
        .containsExactly(
            "Taken out real server: 10.0.0.1:80 (tcp:10.0.0.100:80): under maintenance",
            "Quiescent real server: 10.0.0.1:80 (10.0.0.100:80) (Weight set to 0)",
            "Rising real server: 10.0.0.1:80 (tcp:10.0.0.100:80) success 1/2: HTTP status 200",
            "Restored real server: 10.0.0.1:80 (10.0.0.100:80) (Weight set to 3)");
  }

  @Test
  void aServerUnderMaintenanceDrainsAndADeadOneDoesNot() throws Exception {
    load("draintimeout=600\n" + THREE);
    up(1, 2, 3);
    assertThat(table.services.find(WEB).policy())
        .isEqualTo(new ServicePolicy(Optional.empty(), OptionalInt.of(600), OptionalInt.empty()));
    log.clear();
    maintained(1);
    down(2);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=0 10.0.0.3:80=1");
    table.make(new TableChange.DeleteServer(WEB, key(1)));
    maintained(1);
    supervision.tick(now);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.3:80=1");
    up(1);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=3 10.0.0.3:80=1");
    assertThat(log)
        .containsExactly(
            "Taken out real server: 10.0.0.1:80 (tcp:10.0.0.100:80): under maintenance",
            "Draining real server: 10.0.0.1:80 (10.0.0.100:80) (Weight set to 0): it leaves with"
                + " its last client, within 600 s",
            "Failed real server: 10.0.0.2:80 (tcp:10.0.0.100:80): connection refused",
            "Deleted real server: 10.0.0.2:80 (10.0.0.100:80)",
            "Drained real server: 10.0.0.1:80 (10.0.0.100:80)",
            "Added real server: 10.0.0.1:80 (10.0.0.100:80) (Weight set to 3)");
  }

  @Test
  void aDrainingServerThatDiesIsTreatedAsADeadOne() throws Exception {
    load("draintimeout=600\n" + THREE.replace("quiescent=no", "quiescent=yes"));
    up(1, 2, 3);
    maintained(1);
    table.history.clear();
    down(1);
    assertThat(table.history).containsExactly(new TableChange.ServerFailed(WEB, key(1)));
  }

  @Test
  void serversThatAReloadTakesOutDrainUnlessTheyAreDead() throws Exception {
    load("draintimeout=600\n" + THREE);
    up(1, 2, 3);
    load("draintimeout=600\n" + THREE.replace("\treal=10.0.0.1:80 gate 3\n", ""));
    assertThat(table.text())
        .isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=0 10.0.0.2:80=2 10.0.0.3:80=1");
    table.history.clear();
    load("draintimeout=600\n" + THREE.replace("\treal=10.0.0.1:80 gate 3\n", ""));
    assertThat(table.history).isEmpty();
    load("draintimeout=600\n" + THREE);
    assertThat(table.history).isEmpty();
    up(1);
    assertThat(table.history)
        .containsExactly(new TableChange.EditServer(WEB, present("10.0.0.1", 3)));
    down(2);
    load("draintimeout=600\nquiescent=yes\n" + THREE.replace("\treal=10.0.0.2:80 gate 2\n", ""));
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=3 10.0.0.3:80=1");
  }

  @Test
  void aServiceThatAReloadTakesOutGoesWithItsLastServer() throws Exception {
    load("draintimeout=600\n" + THREE);
    up(1, 2);
    down(3);
    load("draintimeout=600\n");
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=0 10.0.0.2:80=0");
    table.make(new TableChange.DeleteServer(WEB, key(1)));
    supervision.tick(now);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.2:80=0");
    table.make(new TableChange.DeleteServer(WEB, key(2)));
    supervision.tick(now);
    assertThat(table.text()).isEmpty();
    assertThat(log.getLast()).isEqualTo("Purged virtual server (drained): 10.0.0.100:80");
  }

  @Test
  void whatHoldsForConnectionsIsSaidAgainToADirectorThatForgotIt() throws Exception {
    load("promptfailover=yes\n" + THREE);
    up(1, 2, 3);
    table.make(new TableChange.SetPolicy(WEB, ServicePolicy.NONE));
    table.history.clear();
    supervision.tick(now);
    supervision.tick(now);
    ServicePolicy policy =
        new ServicePolicy(Optional.of(true), OptionalInt.empty(), OptionalInt.empty());
    assertThat(table.history).containsExactly(new TableChange.SetPolicy(WEB, policy));
  }

  private List<Supervision.Found> together(Outcome outcome, List<ServerId> ids) {
    now = now.plusSeconds(1);
    return ids.stream()
        .map(
            id ->
                new Supervision.Found(id, new Finding.Checked(outcome, now, Duration.ofMillis(3))))
        .toList();
  }

  @Test
  void findingsThatComeTogetherAreOneChangeOfTheTable() throws Exception {
    load(THREE + THREE.replace(".100:80", ".101:80").replace("quiescent=no", ""));
    List<ServerId> all =
        Stream.of("10.0.0.100", "10.0.0.101")
            .map(address -> new ServiceKey.Endpoint(Protocol.TCP, Address.of(address), 80))
            .flatMap(service -> IntStream.of(1, 2, 3).mapToObj(n -> new ServerId(service, key(n))))
            .toList();
    supervision.found(together(Outcome.up("HTTP status 200"), all));
    int batches = table.batches;

    supervision.found(together(Outcome.down("connection refused"), all));

    assertThat(table.batches).isEqualTo(batches + 1);
    assertThat(table.text())
        .isEqualTo("10.0.0.100:80 wrr 127.0.0.1:80=1; 10.0.0.101:80 wrr 127.0.0.1:80=1");
  }

  @Test
  void companionsAreThoseOfTheServiceAndOfTheAddressThatHaveNotChangedYet() throws Exception {
    load(THREE + THREE.replace(".100:80", ".101:80"));
    ServiceKey other = new ServiceKey.Endpoint(Protocol.TCP, Address.of("10.0.0.101"), 80);
    List<ServerId> all =
        IntStream.of(1, 2, 3)
            .mapToObj(n -> List.of(id(n), new ServerId(other, key(n))))
            .flatMap(List::stream)
            .toList();
    Outcome refused = Outcome.down("connection refused");
    assertThat(supervision.found(together(Outcome.up("HTTP status 200"), all)))
        .as("first findings tell nothing of others")
        .isEmpty();

    assertThat(supervision.found(together(refused, List.of(id(1)))))
        .containsExactlyInAnyOrder(id(2), id(3), new ServerId(other, key(1)));
    assertThat(supervision.found(together(refused, List.of(id(1))))).isEmpty();
    assertThat(supervision.found(together(refused, List.of(id(2), id(3)))))
        .containsExactlyInAnyOrder(new ServerId(other, key(2)), new ServerId(other, key(3)));
    assertThat(supervision.found(together(Outcome.up("HTTP status 200"), List.of(id(2)))))
        .containsExactlyInAnyOrder(id(1), id(3));
  }

  @Test
  void aServiceThatIsRefusedKeepsNoOtherFromBeingPutIntoOrder() throws Exception {
    load(THREE + THREE.replace(".100:80", ".101:80").replace("quiescent=no", ""));
    ServiceKey other = new ServiceKey.Endpoint(Protocol.TCP, Address.of("10.0.0.101"), 80);
    table.refused = Optional.of(WEB);

    supervision.found(
        together(Outcome.up("HTTP status 200"), List.of(id(1), new ServerId(other, key(2)))));

    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr; 10.0.0.101:80 wrr 10.0.0.2:80=2");
    assertThat(log)
        .contains(
            "Cannot bring real server 10.0.0.1:80 (10.0.0.100:80) into order: refused;"
                + " trying again");
    table.refused = Optional.empty();
    supervision.tick(now);
    assertThat(table.text())
        .isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=3; 10.0.0.101:80 wrr 10.0.0.2:80=2");
  }

  @Test
  void aServiceThatCannotBeAddedIsTriedAgain() throws Exception {
    table.refused = Optional.of(WEB);
    load(THREE);
    up(1);
    assertThat(table.text()).isEmpty();
    assertThat(log)
        .containsExactly(
            "Cannot bring virtual server 10.0.0.100:80 into order: refused; trying again");
    table.refused = Optional.empty();
    supervision.tick(now);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=3");
  }

  @Test
  void aServerThatIsRefusedKeepsNoOtherOut() throws Exception {
    table.refusedServer = Optional.of(key(2));
    load(THREE);
    supervision.found(together(Outcome.up("HTTP status 200"), List.of(id(1), id(2), id(3))));
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.1:80=3 10.0.0.3:80=1");
    supervision.tick(now);
    down(1);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.3:80=1");
    assertThat(log)
        .containsExactly(
            "Added virtual server: 10.0.0.100:80",
            "Added real server: 10.0.0.1:80 (10.0.0.100:80) (Weight set to 3)",
            "Added real server: 10.0.0.3:80 (10.0.0.100:80) (Weight set to 1)",
            "Cannot bring real server 10.0.0.2:80 (10.0.0.100:80) into order: refused;"
                + " trying again",
            "Failed real server: 10.0.0.1:80 (tcp:10.0.0.100:80): connection refused",
            "Deleted real server: 10.0.0.1:80 (10.0.0.100:80)");
    assertThat(supervision.report(now, Map.of(), _ -> Optional.empty()).getFirst().problem())
        .contains("real server 10.0.0.2:80 (10.0.0.100:80): refused");

    table.refusedServer = Optional.empty();
    supervision.tick(now);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.2:80=2 10.0.0.3:80=1");
    assertThat(log).last().asString().startsWith("Added real server: 10.0.0.2:80");
    int attempts = table.attempts;
    supervision.tick(now);
    assertThat(table.attempts).as("nothing is left to try again").isEqualTo(attempts);
  }

  @Test
  void theFallbackServesWhereOnlyServersAreUpThatAreRefused() throws Exception {
    table.refusedServer = Optional.of(key(2));
    load(THREE);
    up(1, 2, 3);
    down(1, 3);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 127.0.0.1:80=1");
    supervision.tick(now);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 127.0.0.1:80=1");
    up(3);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.3:80=1");
    down(3);
    table.refusedServer = Optional.empty();
    supervision.tick(now);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.2:80=2");
  }

  @Test
  void aFallbackThatIsRefusedKeepsNoServerInOrOut() throws Exception {
    table.refusedServer = Optional.of(new ServerKey(Address.of("127.0.0.1"), 80));
    load(THREE);
    up(1);
    down(1);
    down(2, 3);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr");
    up(2);
    assertThat(table.text()).isEqualTo("10.0.0.100:80 wrr 10.0.0.2:80=2");
    assertThat(log)
        .containsOnlyOnce(
            "Cannot bring real server 127.0.0.1:80 (10.0.0.100:80) into order: refused;"
                + " trying again");
  }

  @Test
  void oneRefusedServerOfAThousandIsFoundInFewAttempts() throws Exception {
    StringBuilder text = new StringBuilder("virtual=10.0.0.100:80\n\tchecktype=on\n");
    for (int server = 0; server < 1000; server++) {
      text.append("\treal=10.0.%d.%d:80 gate\n".formatted(1 + server / 250, 1 + server % 250));
    }
    table.refusedServer = Optional.of(new ServerKey(Address.of("10.0.3.77"), 80));
    load(text.toString());
    assertThat(table.services.service(WEB).orElseThrow().servers()).hasSize(999);
    assertThat(table.attempts).isLessThan(30);
  }

  @Test
  void oneChangedServerOfAThousandIsOneEdit() throws Exception {
    String text = thousand(1);
    load(text);
    table.history.clear();
    load(text);
    assertThat(table.history).isEmpty();
    load(thousand(7));
    assertThat(table.history)
        .containsExactly(
            new TableChange.EditServer(
                new ServiceKey.Endpoint(Protocol.TCP, Address.of("10.0.0.100"), 1050),
                new ServerSpec(
                    new ServerKey(Address.of("10.0.1.5"), 1050),
                    ForwardingMethod.DIRECT_ROUTE,
                    7,
                    0,
                    0,
                    Tunnel.IPIP)));
  }

  private static String thousand(int weightOfOne) {
    StringBuilder text = new StringBuilder();
    for (int service = 1; service <= 100; service++) {
      text.append("virtual=10.0.0.100:").append(1000 + service).append("\n\tchecktype=on\n");
      for (int server = 1; server <= 10; server++) {
        int weight = service == 50 && server == 5 ? weightOfOne : 1;
        text.append("\treal=10.0.1.").append(server).append(":80 gate ").append(weight);
        text.append('\n');
      }
    }
    return text.toString();
  }
}
