package org.jlvs.server.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Protocol;
import org.jlvs.server.explain.ExplainArguments.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What can be typed after {@code jlvs explain}, and what is said to what can't. */
class ExplainArgumentsTest {
  private static Optional<ExplainArguments> parse(String line) throws UsageException {
    return ExplainArguments.parse(line.isEmpty() ? List.of() : List.of(line.split(" ")));
  }

  @Test
  void everyPartInAnyOrder() throws UsageException {
    assertThat(
            parse(
                "--json udp -s 198.51.100.7:1234 192.0.2.10:5060 -i eth0 --call-id one@a --colour"))
        .contains(
            new ExplainArguments(
                Protocol.UDP,
                Address.of("198.51.100.7"),
                1234,
                Address.of("192.0.2.10"),
                5060,
                true,
                Optional.of("eth0"),
                Optional.of("one@a"),
                true,
                true));
  }

  @Test
  void aClientIsAssumedOfTheDestinationsFamily() throws UsageException {
    assertThat(parse("udp [2001:db8::10]:53"))
        .contains(
            new ExplainArguments(
                Protocol.UDP,
                Address.of("2001:db8::1"),
                40_000,
                Address.of("2001:db8::10"),
                53,
                false,
                Optional.empty(),
                Optional.empty(),
                false,
                false));
    assertThat(parse("SCTP -s 2001:db8::7 [2001:db8::10]:53").orElseThrow().source())
        .isEqualTo(Address.of("2001:db8::7"));
  }

  @Test
  void helpComesBeforeMistakes() throws UsageException {
    assertThat(parse("--help tcp")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                          | wants a protocol and a destination, such as 'tcp 192.0.2.10:80', not nothing
          tcp                         | wants a protocol and a destination, such as 'tcp 192.0.2.10:80', not 'tcp'
          icmp 192.0.2.10:80          | there is no protocol "icmp"; expected tcp, udp or sctp
          esp 192.0.2.10              | AH and ESP begin no connection, they follow the client's one of UDP between ports 500 (IKE); ask for that: 'jlvs explain -s CLIENT:500 udp DESTINATION:500'
          tcp 192.0.2.300:80          | destination "192.0.2.300:80" is no address; expected such as 192.0.2.10:80 or [2001:db8::10]:80
          tcp 192.0.2.10              | destination "192.0.2.10" has no port; expected such as 192.0.2.10:80
          tcp 2001:db8::10            | destination "2001:db8::10" has no port; expected such as [2001:db8::10]:80
          tcp 192.0.2.10:0            | destination "192.0.2.10:0" has a port that is not 1 to 65535
          tcp 192.0.2.10:99999999999  | destination "192.0.2.10:99999999999" has a port that is not 1 to 65535
          tcp 192.0.2.10:http         | destination "192.0.2.10:http" has a port that is not 1 to 65535
          tcp -s ::1 192.0.2.10:80    | source ::1 and destination 192.0.2.10 are not of one address family
          tcp 192.0.2.10:80 -s        | option -s wants a value
          tcp 192.0.2.10:80 --yaml    | there is no option "--yaml"; 'jlvs explain --help' lists them
          """)
  void mistakesAreNamedWithWhatWasExpected(String line, String message) {
    assertThatThrownBy(() -> parse(line))
        .isInstanceOf(UsageException.class)
        .hasMessage("explain: " + message);
  }
}
