package org.jlvs.monitor.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeSet;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServicePolicy;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Protocol;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConfigurationParserTest {
  private static final String TUTORIAL =
      """
      # as in an LVS tutorial
      checktimeout=3
      checkinterval=2
      autoreload=yes
      logfile="/run/ldirectord.log"
      quiescent=yes
      virtual=10.0.0.100:80
              real=10.0.0.1:80 gate 3
              real=10.0.0.2:80 gate 2
              fallback=127.0.0.1:80 gate
              service=http
              scheduler=wrr
              persistent=600
              protocol=tcp
              checktype=negotiate
              request="index.html"
              receive="Test Page"
              virtualhost=www.example.com
      """;

  private static Configuration parse(String text) throws ConfigurationException {
    return ConfigurationParser.parse(text, new TestNames());
  }

  private static VirtualServer one(String text) throws ConfigurationException {
    List<VirtualServer> virtuals = parse(text).virtualServers();
    assertThat(virtuals).hasSize(1);
    return virtuals.getFirst();
  }

  private static VirtualServer with(String... lines) throws ConfigurationException {
    return one("virtual=10.0.0.100:80\n\t" + String.join("\n\t", lines) + "\n");
  }

  private static final AlertSettings NO_ALERTS =
      new AlertSettings(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          EnumSet.allOf(DaemonStatus.class),
          Duration.ZERO,
          Duration.ZERO,
          0,
          "",
          "");

  private static RealServer real(String address, int port, ForwardingMethod method, int weight) {
    return new RealServer(
        Address.of(address),
        Optional.empty(),
        port,
        method,
        weight,
        Optional.empty(),
        Optional.empty(),
        0,
        0);
  }

  @Test
  void readsTheTutorial() throws ConfigurationException {
    Configuration configuration = parse(TUTORIAL);
    assertThat(configuration)
        .isEqualTo(
            new Configuration(
                new Configuration.Globals(
                    Duration.ofSeconds(2),
                    true,
                    Optional.empty(),
                    Optional.of(new LogDestination.File("/run/ldirectord.log")),
                    Optional.empty(),
                    false,
                    false,
                    List.of()),
                List.of(
                    new VirtualServer(
                        new ServiceSpec(
                            new ServiceKey.Endpoint(Protocol.TCP, Address.of("10.0.0.100"), 80),
                            "wrr",
                            ServiceSpec.PERSISTENT,
                            600,
                            32,
                            Optional.empty()),
                        List.of(
                            real("10.0.0.1", 80, ForwardingMethod.DIRECT_ROUTE, 3),
                            real("10.0.0.2", 80, ForwardingMethod.DIRECT_ROUTE, 2)),
                        Optional.of(
                            new Fallback(
                                Address.of("127.0.0.1"), 80, ForwardingMethod.DIRECT_ROUTE)),
                        Optional.empty(),
                        new CheckSettings(
                            CheckType.NEGOTIATE,
                            0,
                            ServiceType.HTTP,
                            Duration.ofSeconds(3),
                            Duration.ofSeconds(3),
                            1,
                            0,
                            Optional.of("index.html"),
                            Optional.of(PerlRegexp.of("Test Page")),
                            HttpMethod.GET,
                            Optional.of("www.example.com"),
                            "/bin/true",
                            new CheckSettings.Credentials("", "", "", ""),
                            Optional.empty()),
                        new WeightSettings(
                            new WeightSource.None(),
                            Duration.ofSeconds(2),
                            Duration.ofSeconds(3),
                            5,
                            3),
                        new PassiveSettings(false, 5, 1, Duration.ofSeconds(10), Duration.ZERO),
                        Duration.ofSeconds(2),
                        1,
                        1,
                        ServicePolicy.NONE,
                        true,
                        true,
                        Optional.empty(),
                        NO_ALERTS)),
                List.of()));
  }

  @Test
  void sectionsSayOtherwiseThanTheWholeFileHowServersComeAndGo() throws ConfigurationException {
    Configuration read =
        parse(
            """
            risecount=3
            promptfailover=yes
            draintimeout=600
            slowstart=30
            virtual=10.0.0.100:80
            \treal=10.0.0.1:80 gate
            virtual=10.0.0.100:81
            \treal=10.0.0.1:81 gate
            \trisecount=1
            \tpromptfailover=no
            \tdraintimeout=0
            \tslowstart=0
            """);
    VirtualServer first = read.virtualServers().getFirst();
    VirtualServer second = read.virtualServers().getLast();
    assertThat(List.of(first.riseCount(), second.riseCount())).containsExactly(3, 1);
    assertThat(first.policy())
        .isEqualTo(new ServicePolicy(Optional.of(true), OptionalInt.of(600), OptionalInt.of(30)));
    assertThat(second.policy())
        .isEqualTo(new ServicePolicy(Optional.of(false), OptionalInt.of(0), OptionalInt.of(0)));
    assertThat(List.of(first.drains(), second.drains())).containsExactly(true, false);
  }

  @Test
  void aFirewallMarkIsAServiceToo() throws ConfigurationException {
    VirtualServer virtual =
        one(
            "virtual=10\n\treal=10.0.0.1 gate\n\treal=10.0.0.2:8080 masq 5\n"
                + "\tfallback=127.0.0.1\n\tprotocol=fwm\n\tservice=http\n\tpersistent=60\n"
                + "\tnetmask=255.255.255.0\n");
    assertThat(virtual.spec())
        .isEqualTo(
            new ServiceSpec(
                new ServiceKey.Mark(10, Family.IPV4),
                "wrr",
                ServiceSpec.PERSISTENT,
                60,
                24,
                Optional.empty()));
    assertThat(virtual.name()).isEqualTo("10");
    assertThat(virtual.protocolName()).isEqualTo("fwm");
    assertThat(virtual.realServers().stream().map(server -> server.key(virtual.key())))
        .containsExactly(
            new ServerKey(Address.of("10.0.0.1"), 0), new ServerKey(Address.of("10.0.0.2"), 8080));
    assertThat(virtual.fallback().orElseThrow().spec(virtual.key()).key())
        .isEqualTo(new ServerKey(Address.of("127.0.0.1"), 0));
  }

  @Test
  void ipv6HasDirectivesOfItsOwn() throws ConfigurationException {
    VirtualServer virtual =
        one(
            "fallback6=[::1]:80\nfallback=127.0.0.1:80\nvirtual6=[2001:db8::5]:80\n"
                + "\treal6=[2001:db8::1]:80 gate\n\treal6=ip6-localhost:80 masq 2\n"
                + "\tpersistent=60\n\tnetmask=64\n");
    assertThat(virtual.name()).isEqualTo("[2001:db8::5]:80");
    assertThat(virtual.spec().prefixLength()).isEqualTo(64);
    assertThat(virtual.realServers())
        .containsExactly(
            real("2001:db8::1", 80, ForwardingMethod.DIRECT_ROUTE, 1),
            new RealServer(
                Address.of("::1"),
                Optional.of("ip6-localhost"),
                80,
                ForwardingMethod.MASQUERADE,
                2,
                Optional.empty(),
                Optional.empty(),
                0,
                0));
    assertThat(virtual.fallback().map(Fallback::address)).contains(Address.of("::1"));
  }

  @Test
  void aRangeIsSoManyServers() throws ConfigurationException {
    VirtualServer virtual = with("real=10.0.0.254->10.0.1.1:80 ipip 4");
    assertThat(virtual.realServers())
        .containsExactly(
            real("10.0.0.254", 80, ForwardingMethod.TUNNEL, 4),
            real("10.0.0.255", 80, ForwardingMethod.TUNNEL, 4),
            real("10.0.1.0", 80, ForwardingMethod.TUNNEL, 4),
            real("10.0.1.1", 80, ForwardingMethod.TUNNEL, 4));
    assertThat(with("real=web1->web3:http masq").realServers())
        .extracting(RealServer::address)
        .containsExactly(Address.of("10.0.0.1"), Address.of("10.0.0.2"), Address.of("10.0.0.3"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "10.0.0.1:80 gate 3 \"/a\", \"b c\" ~ 3 ~ /a ~ b c ~ 0 ~ 0",
        "10.0.0.1:80 gate \"a\",\"b\" ~ 1 ~ a ~ b ~ 0 ~ 0",
        "10.0.0.1:80 gate 3 \"a#x\" \"b#\" # c ~ 3 ~ a#x ~ b# ~ 0 ~ 0",
        "10.0.0.1:80 gate 3 \"a\", \"b\" l:5 u:10 ~ 3 ~ a ~ b ~ 5 ~ 10",
        "10.0.0.1:80 gate 3 \"<l:5>\" \"<u:10>\" ~ 3 ~ - ~ - ~ 5 ~ 10",
        "10.0.0.1:80 gate u:10 l:5 ~ 1 ~ - ~ - ~ 5 ~ 10",
        "10.0.0.1:80 gate l:5 ~ 1 ~ - ~ - ~ 0 ~ 0",
        "10.0.0.1:80 gate 3 \"\", \"\" ~ 3 ~ - ~ - ~ 0 ~ 0",
        "10.0.0.1:80 gate 1 \"/\", \"<a href=\"x\">\" ~ 1 ~ / ~ <a href=\"x\"> ~ 0 ~ 0",
        "10.0.0.1:80 gate \"/\", \"a\" \"b\" l:5 u:6 ~ 1 ~ /\", \"a ~ b ~ 5 ~ 6",
        "10.0.0.1:80 gate 1 \"a\"b\", \"c\" u:9 ~ 1 ~ a\"b ~ c ~ 0 ~ 9"
      })
  void aRealServerHasOptions(
      String line, int weight, String request, String receive, int lower, int upper)
      throws ConfigurationException {
    RealServer real = with("real=" + line, "request=\"x\"").realServers().getFirst();
    assertThat(real.weight()).isEqualTo(weight);
    assertThat(real.request().orElse("-")).isEqualTo(request);
    assertThat(real.receive().map(PerlRegexp::source).orElse("-")).isEqualTo(receive);
    assertThat(real.lowerThreshold()).isEqualTo(lower);
    assertThat(real.upperThreshold()).isEqualTo(upper);
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1:53, udp, true",
    "192.0.2.1:53, tcp, false",
    "192.0.2.1:53, sctp, false",
    "5, fwm, false"
  })
  void onlyUdpIsScheduledPacketByPacket(String where, String protocol, boolean onePacket)
      throws ConfigurationException {
    Configuration configuration =
        ConfigurationParser.parse(
            "virtual=" + where + "\n\tprotocol=" + protocol + "\n\tops=yes\n", new TestNames());
    int flags = configuration.virtualServers().getFirst().spec().flags();
    assertThat((flags & ServiceSpec.ONE_PACKET) != 0).isEqualTo(onePacket);
    assertThat(configuration.warnings().stream().map(Problem::message))
        .filteredOn(text -> text.contains("ops=yes"))
        .hasSize(onePacket ? 0 : 1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "running, ~ [RUNNING]",
        "running,stopping,, ~ [RUNNING, STOPPING]",
        "none,none ~ []",
        "none, ~ []",
        ", ~ []",
        "all, ~ [STARTING, RUNNING, STOPPING, RELOADING]"
      })
  void statusesOfAlertsMayEndInCommas(String value, String statuses) throws ConfigurationException {
    assertThat(new TreeSet<>(with("emailalertstatus=" + value).alerts().statuses()))
        .hasToString(statuses);
  }

  @Test
  void onlyMasqueradingMapsPorts() throws ConfigurationException {
    VirtualServer virtual = with("real=10.0.0.1:8080 gate", "real=10.0.0.2:8080 masq 2");
    assertThat(virtual.realServers().stream().map(server -> server.spec(virtual.key())))
        .containsExactly(
            new ServerSpec(
                new ServerKey(Address.of("10.0.0.1"), 80),
                ForwardingMethod.DIRECT_ROUTE,
                1,
                0,
                0,
                Tunnel.IPIP),
            new ServerSpec(
                new ServerKey(Address.of("10.0.0.2"), 8080),
                ForwardingMethod.MASQUERADE,
                2,
                0,
                0,
                Tunnel.IPIP));
  }

  @ParameterizedTest
  @CsvSource({
    "21,FTP",
    "25,SMTP",
    "53,DNS",
    "80,HTTP",
    "110,POP",
    "119,NNTP",
    "143,IMAP",
    "389,LDAP",
    "443,HTTPS",
    "587,SUBMISSION",
    "636,LDAPS",
    "993,IMAPS",
    "995,POPS",
    "1521,ORACLE",
    "1812,RADIUS",
    "3128,HTTP_PROXY",
    "3306,MYSQL",
    "5432,PGSQL",
    "5060,SIP",
    "8080,NONE",
    "0,NONE"
  })
  void thePortTellsTheService(int port, ServiceType service) throws ConfigurationException {
    VirtualServer virtual = one("virtual=10.0.0.100:" + port + "\n\treal=10.0.0.1 gate\n");
    assertThat(virtual.check().service()).isEqualTo(service);
    assertThat(virtual.protocolName()).isEqualTo(port == 53 ? "udp" : "tcp");
  }

  @Test
  void timeoutsStandInForEachOther() throws ConfigurationException {
    assertThat(with("service=http").check())
        .extracting(CheckSettings::checkTimeout, CheckSettings::negotiateTimeout)
        .containsExactly(Duration.ofSeconds(5), Duration.ofSeconds(30));
    assertThat(with("negotiatetimeout=7").check().checkTimeout()).isEqualTo(Duration.ofSeconds(7));
    CheckSettings both =
        one("checktimeout=4\nnegotiatetimeout=9\nvirtual=10.0.0.100:80\n\tchecktimeout=2\n")
            .check();
    assertThat(both)
        .extracting(CheckSettings::checkTimeout, CheckSettings::negotiateTimeout)
        .containsExactly(Duration.ofSeconds(2), Duration.ofSeconds(9));
  }

  @Test
  void globalsThatFollowAVirtualServerHoldForItToo() throws ConfigurationException {
    VirtualServer virtual =
        one("virtual=10.0.0.100:80\n\treal=10.0.0.1 gate\nfailurecount=4\nquiescent=yes\n");
    assertThat(virtual.failureCount()).isEqualTo(4);
    assertThat(virtual.quiescent()).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "connect,CONNECT,0",
    "ping,PING,0",
    "on,ON,0",
    "off,OFF,0",
    "external,EXTERNAL,0",
    "external-perl,EXTERNAL_PERL,0",
    "3,COMBINED,3"
  })
  void checkTypes(String text, CheckType type, int connects) throws ConfigurationException {
    CheckSettings check = with("checktype=" + text).check();
    assertThat(check.type()).isEqualTo(type);
    assertThat(check.connectsPerNegotiation()).isEqualTo(connects);
  }

  @Test
  void textKeepsItsBytes() throws ConfigurationException {
    String bytes =
        new String("Grüße".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    assertThat(with("receive=\"" + bytes + "\"").check().receive().map(PerlRegexp::source))
        .contains(bytes);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "service=http  | HTTP://a/b | | request=~HTTP://a/b~ is asked for as a path of each real server",
        "service=https | https://a/b | | request=~https://a/b~ is asked for as a path of each real server",
        "service=http  | /b | https://a/b | ~https://a/b~ is asked for as a path: service=http follows no URL",
        "service=http  | /b | http://a/b |",
        "service=http_proxy | http://a/b | |",
        "service=simpletcp | http://a/b | |",
        "checktype=connect | http://a/b | |",
      })
  void aUrlThatIsNotFollowedIsWarnedOf(String kind, String request, String own, String warning)
      throws ConfigurationException {
    Configuration configuration =
        ConfigurationParser.parse(
            "virtual=10.0.0.100:80\n\treal=10.0.0.1:80 gate%s\n\t%s\n\trequest=\"%s\"\n"
                .formatted(own == null ? "" : " 1 \"" + own + "\", \"x\"", kind, request),
            new TestNames());
    List<String> warnings = configuration.warnings().stream().map(Problem::message).toList();
    if (warning == null) {
      assertThat(warnings).isEmpty();
    } else {
      assertThat(warnings).hasSize(1).first().asString().startsWith(warning.replace('~', '"'));
    }
  }

  @Test
  void whatIsOddIsWarnedOf() throws ConfigurationException {
    Configuration configuration =
        parse("checktimeout=3s\nvirtual=10.0.0.100:80 gate\n\treal=10.0.0.1::80 gate\n");
    assertThat(configuration.warnings())
        .extracting(Problem::toString)
        .containsExactly(
            "line 1, column 14: checktimeout=3s is taken as 3",
            "line 2, column 22: virtual=10.0.0.100:80 gate: what follows \"10.0.0.100:80\" is"
                + " ignored",
            "line 3, column 7: real: :: is taken as :");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "checktimeout=abc ~ line 1, column 14: checktimeout=abc: expected a number of seconds, 1 or"
            + " more",
        "chektimeout=3 ~ line 1, column 1: unknown global directive chektimeout; did you mean"
            + " checktimeout?",
        "scheduler=rr ~ line 1, column 1: unknown global directive scheduler; it belongs, indented,"
            + " into a virtual server's section",
        "autoreload ~ line 1, column 1: expected DIRECTIVE = VALUE, found autoreload",
        "callback=/bin/true ~ line 1, column 10: callback=/bin/true: expected text in double"
            + " quotes",
        "quiescent=maybe ~ line 1, column 11: quiescent=maybe: expected yes or no",
        "risecount=0 ~ line 1, column 11: risecount=0: expected a number of good checks, 1 or more",
        "promptfailover=2 ~ line 1, column 16: promptfailover=2: expected yes or no",
        "draintimeout=31536001 ~ line 1, column 14: draintimeout=31536001: expected a number of"
            + " seconds, 0 for none, at most 31536000",
        "slowstart=86401 ~ line 1, column 11: slowstart=86401: expected a number of seconds, 0 for"
            + " none, at most 86400",
        "virtual=10.0.0.100 ~ line 1, column 9: virtual=10.0.0.100: expected ADDRESS:PORT,"
            + " HOST:SERVICE or a firewall mark",
        "virtual=nohost:80 ~ line 1, column 9: virtual=nohost:80: expected an IPv4 address, or a"
            + " host name that resolves to one, where \"nohost\" stands",
        "fallback=127.0.0.1:99999 ~ line 1, column 20: fallback=127.0.0.1:99999: expected a port"
            + " of 0 to 65535 or the name of a service where \"99999\" stands"
      })
  void saysWhereAndWhatIsWrong(String text, String message) {
    assertThat(problems(text)).containsExactly(message);
  }

  @Test
  void saysWhatIsWrongInAVirtualServersSection() {
    String text =
        "virtual=10.0.0.100:80\n\treal=10.0.0.1:80 gat 3\n\treal=10.0.0.2:80 gate x\n"
            + "\tchecktype=conect\n\tautoreload=yes\n\tprotocol=fwm\n\treceive=\"a(b\"\n\n"
            + "\tservice=http\nvirtual=10.0.0.100:80\n\tscheduler=wr\n";
    assertThat(problems(text))
        .containsExactly(
            "line 2, column 19: real=10.0.0.1:80 gat 3: expected gate, masq or ipip where \"gat\""
                + " stands",
            "line 3, column 24: real=10.0.0.2:80 gate x: expected [WEIGHT] [\"REQUEST\","
                + " \"RECEIVE\"] [l:CONNECTIONS] [u:CONNECTIONS] here",
            "line 4, column 12: checktype=conect: expected connect, negotiate, ping, external,"
                + " external-perl, on, off or a number",
            "line 5, column 2: unknown virtual server directive autoreload; it is a global one:"
                + " put it at the margin, before the virtual servers",
            "line 6, column 11: protocol=fwm: expected tcp, udp or sctp, as the virtual server is"
                + " an address and a port",
            "line 7, column 11: receive=\"a(b\": expected a regular expression; the group that begins"
                + " here has no ) (character 2 of it)",
            "line 9, column 2: an indented line must follow its virtual= line at once, by a tab or"
                + " 4 spaces; found service=http",
            "line 11, column 12: scheduler=wr: expected one of dh, fo, lblc, lblcr, lc, mh, nq,"
                + " ovf, rr, sed, sh, twos, wlc, wrr",
            "line 10, column 1: virtual server 10.0.0.100:80 (tcp) is there already; expected each"
                + " only once");
  }

  @Test
  void problemsBringNoControlCharactersOfTheFileToTheTerminal() {
    assertThat(problems("\u001b[2Jboom\u0007\n"))
        .containsExactly("line 1, column 1: expected DIRECTIVE = VALUE, found ?[2Jboom?");
  }

  private static List<String> problems(String text) {
    ConfigurationException refused =
        catchThrowableOfType(ConfigurationException.class, () -> parse(text));
    return refused.problems().stream().map(Problem::toString).toList();
  }

  /** Random damage to a valid file never does more than make it invalid. */
  @Test
  void damagedFilesAreReadOrRefused() {
    Random random = new Random(20_260_101);
    String seed =
        TUTORIAL
            + "fallback6=[::1]:80\nvirtual6=[2001:db8::5]:443\n\treal6=web1->web3:80 gate 1 \"a\","
            + " \"[b]{2}\" l:1 u:2\n\tnetmask=64\nvirtual=5\n\treal=10.0.0.1->10.0.0.9 masq\n";
    String alphabet = "\"#=:->[]{}()*?\\\t\n\r\0 0123456789abgl,\u00ff";
    for (int round = 0; round < 2_000; round++) {
      StringBuilder text = new StringBuilder(seed);
      for (int damage = random.nextInt(8); damage >= 0; damage--) {
        int at = random.nextInt(text.length());
        switch (random.nextInt(4)) {
          case 0 -> text.deleteCharAt(at);
          case 1 -> text.insert(at, alphabet.charAt(random.nextInt(alphabet.length())));
          case 2 -> text.setCharAt(at, alphabet.charAt(random.nextInt(alphabet.length())));
          default -> text.insert(at, text, at, Math.min(text.length(), at + random.nextInt(40)));
        }
      }
      try {
        Configuration configuration = parse(text.toString());
        configuration.virtualServers().forEach(virtual -> assertThat(virtual.name()).isNotEmpty());
      } catch (ConfigurationException refused) {
        assertThat(refused.problems()).isNotEmpty();
      }
    }
  }
}
