package org.jlvs.ipvsadm;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.Rates;
import org.jlvs.core.control.ServerKey;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServerView;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServicePolicy;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.ServiceView;
import org.jlvs.core.control.Statistics;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Protocol;
import org.junit.jupiter.api.Test;

/** The kernel's order and the sorted one, both as the original printed them for one table. */
class OrderTest {
  @Test
  void servicesAreSortedBySignedDifferencesOfMarksAndAddresses() {
    List<String> kernelOrder =
        List.of(
            "TCP 0.0.0.0 80",
            "TCP ::1 80",
            "TCP ff02::1 80",
            "TCP 7fff::1 80",
            "TCP 8000::1 80",
            "TCP 240.0.0.1 80",
            "TCP 224.0.0.1 80",
            "TCP 192.168.0.1 80",
            "TCP 128.0.0.1 80",
            "TCP 127.0.0.1 80",
            "TCP 10.0.0.0 81",
            "TCP 0.0.0.10 80",
            "UDP 1.168.0.1 80",
            "UDP 192.168.0.1 80",
            "TCP 127.0.0.1 79",
            "TCP 2001:db8:7000::1 80",
            "TCP 2001:db8:8000::1 80",
            "TCP 255.255.255.255 80",
            "FWM 1073741824",
            "FWM -1073741824",
            "FWM -2147483648",
            "FWM 1",
            "FWM 2147483647",
            "FWM -1");
    assertThat(sorted(kernelOrder))
        .containsExactly(
            "TCP 240.0.0.1 80",
            "TCP 255.255.255.255 80",
            "TCP 0.0.0.0 80",
            "TCP 0.0.0.10 80",
            "TCP 10.0.0.0 81",
            "TCP 127.0.0.1 79",
            "TCP 127.0.0.1 80",
            "TCP 128.0.0.1 80",
            "TCP 192.168.0.1 80",
            "TCP 224.0.0.1 80",
            "UDP 192.168.0.1 80",
            "UDP 1.168.0.1 80",
            "TCP 2001:db8:7000::1 80",
            "TCP 2001:db8:8000::1 80",
            "TCP 7fff::1 80",
            "TCP 8000::1 80",
            "TCP ff02::1 80",
            "TCP ::1 80",
            "FWM 1",
            "FWM 1073741824",
            "FWM 2147483647",
            "FWM -2147483648",
            "FWM -1073741824",
            "FWM -1");
  }

  @Test
  void serversOfBothFamiliesAreSortedByTheFirstWordOfTheirAddress() {
    List<ServerView> kernelOrder =
        List.of(
            server("9001:db8::5", 0),
            server("2001:db8::5", 0),
            server("1.0.0.1", 60000),
            server("1.0.0.1", 9),
            server("1.0.0.1", 7),
            server("127.0.0.1", 0),
            server("128.0.0.1", 0),
            server("10.0.0.1", 0),
            server("200.0.0.1", 0));
    assertThat(Order.servers(kernelOrder))
        .extracting(view -> view.spec().key().address() + " " + view.spec().key().port())
        .containsExactly(
            "1.0.0.1 7",
            "1.0.0.1 9",
            "1.0.0.1 60000",
            "2001:db8::5 0",
            "127.0.0.1 0",
            "128.0.0.1 0",
            "9001:db8::5 0",
            "200.0.0.1 0",
            "10.0.0.1 0");
  }

  private static List<String> sorted(List<String> services) {
    List<ServiceView> views = services.stream().map(OrderTest::service).toList();
    ServiceView[] order = Order.services(views).toArray(ServiceView[]::new);
    return Arrays.stream(order).map(view -> services.get(views.indexOf(view))).toList();
  }

  private static ServiceView service(String text) {
    String[] words = text.split(" ");
    ServiceKey key =
        words[0].equals("FWM")
            ? new ServiceKey.Mark(Integer.parseInt(words[1]), Family.IPV4)
            : new ServiceKey.Endpoint(
                Protocol.valueOf(words[0]), Address.of(words[1]), Integer.parseInt(words[2]));
    ServiceSpec spec = new ServiceSpec(key, "wlc", 0, 0, 32, Optional.empty());
    return new ServiceView(spec, ServicePolicy.NONE, List.of(), Statistics.ZERO, Rates.ZERO);
  }

  private static ServerView server(String address, int port) {
    ServerSpec spec =
        new ServerSpec(
            new ServerKey(Address.of(address), port),
            ForwardingMethod.MASQUERADE,
            1,
            0,
            0,
            Tunnel.IPIP);
    return new ServerView(spec, 0, 0, 0, Statistics.ZERO, Rates.ZERO);
  }
}
