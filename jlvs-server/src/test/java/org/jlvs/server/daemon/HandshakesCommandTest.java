package org.jlvs.server.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jlvs.core.control.ServerHandshakes;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Protocol;
import org.junit.jupiter.api.Test;

final class HandshakesCommandTest {
  private static final List<ServerHandshakes> TWO =
      List.of(
          new ServerHandshakes(
              new ServiceKey.Endpoint(Protocol.TCP, Address.of("10.0.0.100"), 80),
              new ServerKey(Address.of("10.1.0.1"), 80),
              true,
              1234,
              5,
              0,
              2,
              List.of(
                  new ServerHandshakes.FailedClient(Address.of("198.18.0.1"), 7100),
                  new ServerHandshakes.FailedClient(Address.of("198.18.0.2"), 900))),
          new ServerHandshakes(
              new ServiceKey.Endpoint(Protocol.TCP, Address.of("2001:db8::100"), 443),
              new ServerKey(Address.of("2001:db8:1::2"), 443),
              false,
              7,
              0,
              0,
              0,
              List.of()));

  @Test
  void printsALineAServer() {
    assertThat(HandshakesCommand.table(TWO))
        .isEqualTo(
            """
            Virtual server                 Real server                    Answered Unanswered  Refused    Reset  Last failures of
            TCP 10.0.0.100:80              10.1.0.1:80                        1234          5        0        2  198.18.0.2 0 s ago, 198.18.0.1 7 s ago
            TCP [2001:db8::100]:443        [2001:db8:1::2]:443                   7          0        0        0
            """);
    assertThat(HandshakesCommand.table(List.of())).isEqualTo("no TCP handshakes yet\n");
  }

  @Test
  void printsJson() {
    assertThat(HandshakesCommand.json(TWO.subList(0, 1)).replaceAll("\\s+", ""))
        .isEqualTo(
            "[{'service':'TCP10.0.0.100:80','server':'10.1.0.1:80','answersSeen':true,"
                    .replace('\'', '"')
                + "'answered':1234,'unanswered':5,'refused':0,'reset':2,'failedClients':["
                    .replace('\'', '"')
                + "{'address':'198.18.0.1','millisAgo':7100},{'address':'198.18.0.2','millisAgo':900}]}]"
                    .replace('\'', '"'));
  }
}
