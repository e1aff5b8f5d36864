package org.jlvs.monitor.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jlvs.core.net.Address;
import org.jlvs.monitor.config.ConfigurationException;
import org.jlvs.monitor.config.ConfigurationParser;
import org.jlvs.monitor.config.TestNames;
import org.jlvs.monitor.config.VirtualServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which check a section's lines mean. */
class CheckPlannerTest {
  private static final Address SERVER = Address.parse("10.0.0.1").orElseThrow();
  private static final Duration TIMEOUT = Duration.ofSeconds(7);

  /** What the port is of by TCP says nothing of SCTP; a service that is named is spoken by TCP. */
  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "tcp,  checktype=connect,                    Connect",
    "tcp,  checktype=negotiate,                  Http",
    "tcp,  service=none,                         Fixed",
    "udp,  checktype=connect,                    Ping",
    "udp,  service=none,                         Fixed",
    "sctp, checktype=connect,                    Associate",
    "sctp, checktype=negotiate,                  Associate",
    "sctp, service=none,                         Associate",
    "sctp, checktype=3,                          Combined",
    "sctp, checktype=ping,                       Ping",
    "sctp, service=simpletcp,                    Text",
  })
  void theCheckFitsTheProtocol(String protocol, String line, String check) throws Exception {
    assertThat(plan(protocol, line).getClass().getSimpleName()).isEqualTo(check);
  }

  @Test
  void anEndpointIsAskedAtItsPortOrAtTheOneForChecks() throws Exception {
    assertThat(plan("sctp", "checktype=connect"))
        .isEqualTo(new Check.Associate(SERVER, 80, TIMEOUT));
    assertThat(plan("sctp", "checkport=3868"))
        .isEqualTo(new Check.Associate(SERVER, 3868, TIMEOUT));
  }

  /** What the original hands over: the port of the real line alone, and brackets. */
  @ParameterizedTest
  @CsvSource({
    "virtual=10.0.0.100:80,      real=10.0.0.1:81 masq,      10.0.0.100 80 10.0.0.1 81",
    "virtual=10.0.0.100:80,      real=10.0.0.1 gate,         10.0.0.100 80 10.0.0.1 0",
    "virtual6=[fd00::100]:80,    real6=[fd00::1]:81 masq,    [fd00::100] 80 [fd00::1] 81",
    "virtual=7,                  real=10.0.0.1:81 masq,      7 0 10.0.0.1 81",
  })
  void externalChecksAreToldOfBothServers(String virtual, String real, String arguments)
      throws Exception {
    String text =
        "%s\n\t%s\n\tchecktype=external\n\tcheckport=9999\n\tcheckcommand=\"/bin/no such -x\"\n"
            .formatted(virtual, real);
    assertThat(plan(text)).isInstanceOf(Check.Command.class);
    assertThat(String.join(" ", ((Check.Command) plan(text)).command()))
        .isEqualTo("/bin/no such -x " + arguments);
  }

  @Test
  void aProgramWithBlanksInItsPathIsOneWord(@TempDir Path directory) throws Exception {
    Path program = Files.writeString(directory.resolve("is it up"), "");
    String text =
        "virtual=10.0.0.100:80\n\treal=10.0.0.1:80 gate\n\tchecktype=external\n\tcheckcommand=\"%s\"\n"
            .formatted(program);
    assertThat(((Check.Command) plan(text)).command().getFirst()).isEqualTo(program.toString());
  }

  /** The file is the body of a function there: it may return, and only exit and die tell badly. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "return 1; die;                                    | true",
        "exit($ARGV[3] eq '81' ? 0 : 1);                   | true",
        "exit($ARGV[3] eq '80' ? 0 : 1);                   | false",
        "exit(256);                                        | false",
        "exit;                                             | true",
        "die 'no';                                         | false",
        "print \"$ARGV[0] $_[2]\"; 1; # the end            | true",
        "no perl at all {                                  | false",
        "open(my $f, '<', '/'); exit(\"@ARGV\" ne \"@_\");    | true",
      })
  void aFileOfPerlIsRunAsTheOriginalRunsIt(String text, boolean up, @TempDir Path directory)
      throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/perl")), "perl is not installed");
    Path file = Files.writeString(directory.resolve("check.pl"), "#!/usr/bin/perl\n" + text);
    Check check =
        plan(
            "virtual=10.0.0.100:80\n\treal=10.0.0.1:81 masq\n\tchecktype=external-perl\n\tcheckcommand=\"%s\"\n"
                .formatted(file));
    Outcome outcome = new Checker((_, _) -> true, (_, _, _) -> {}).perform(check, 0);
    assertThat(outcome.up()).as(outcome.reason()).isEqualTo(up);
  }

  /** In a section it would lead away from the server that is to be checked. */
  @Test
  void aUrlIsFollowedInARealLineAlone() throws Exception {
    String virtual = "virtual=10.0.0.100:80\n\treal=10.0.0.1:80 gate%s\n\tservice=http\n%s";
    Check.Http section =
        (Check.Http) plan(virtual.formatted("", "\trequest=\"http://10.0.0.9:81/x\"\n"));
    assertThat(section.host() + ":" + section.port() + section.target())
        .isEqualTo("10.0.0.1:80/http://10.0.0.9:81/x");
    Check.Http line =
        (Check.Http) plan(virtual.formatted(" 1 \"http://10.0.0.9:81/x\", \"y\"", ""));
    assertThat(line.host() + ":" + line.port() + line.target()).isEqualTo("10.0.0.9:81/x");
    Check.Http other =
        (Check.Http) plan(virtual.formatted(" 1 \"https://10.0.0.9:81/x\", \"y\"", ""));
    assertThat(other.tls() + " " + other.host() + other.target())
        .isEqualTo("false 10.0.0.1/https://10.0.0.9:81/x");
  }

  @Test
  void aProxyIsToldTheHostThatItIsAskedFor() throws Exception {
    String section =
        "virtual=10.0.0.100:80\n\treal=10.0.0.1:80 gate\n\tvirtualhost=www.example.com\n";
    Check.Http proxy =
        (Check.Http) plan(section + "\tservice=http_proxy\n\trequest=\"http://10.0.0.9:82/x\"\n");
    assertThat(proxy.hostHeader()).isEqualTo("10.0.0.9:82");
    Check.Http server = (Check.Http) plan(section + "\tservice=http\n");
    assertThat(server.hostHeader()).isEqualTo("www.example.com");
  }

  @Test
  void aSlashBeforeATextIsNotSent() throws Exception {
    Check.Text text =
        (Check.Text)
            plan(
                "virtual=10.0.0.100:80\n\treal=10.0.0.1:80 gate\n\tservice=simpletcp\n\trequest=\"/a/b\\n\"\n");
    assertThat(text.request()).isEqualTo("a/b\n");
  }

  private static Check plan(String text) throws ConfigurationException {
    VirtualServer virtual =
        ConfigurationParser.parse(text, new TestNames()).virtualServers().getFirst();
    return CheckPlanner.plan(virtual, virtual.realServers().getFirst());
  }

  private static Check plan(String protocol, String line) throws ConfigurationException {
    VirtualServer virtual =
        ConfigurationParser.parse(
                "checktimeout=7\nvirtual=10.0.0.100:80\n\treal=10.0.0.1:80 gate\n\tprotocol=%s\n\t%s\n"
                    .formatted(protocol, line),
                new TestNames())
            .virtualServers()
            .getFirst();
    return CheckPlanner.plan(virtual, virtual.realServers().getFirst());
  }
}
