package org.jlvs.core.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, 0.0.0.0",
    "255.255.255.255, 255.255.255.255",
    "10.1.0.3, 10.1.0.3",
    "::, ::",
    "::1, ::1",
    "1::, 1::",
    "0:0:0:0:0:0:0:0, ::",
    "2001:DB8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "1:0:0:2:0:0:0:3, 1:0:0:2::3",
    "1:0:2:3:4:5:6:7, 1:0:2:3:4:5:6:7",
    "1:2:3:4:5:6:7::, 1:2:3:4:5:6:7:0",
    "::2:3:4:5:6:7:8, 0:2:3:4:5:6:7:8",
    "2001:0db8::00ab, 2001:db8::ab",
    "::ffff:1.2.3.4, ::ffff:1.2.3.4",
    "::ffff:102:304, ::ffff:1.2.3.4",
    "::1.2.3.4, ::1.2.3.4",
    "::0.0.1.0, ::100",
    "64:ff9b::1.2.3.4, 64:ff9b::102:304",
    "1:2:3:4:5:6:7.8.9.10, 1:2:3:4:5:6:708:90a",
  })
  void readsAndWritesAddressesAsTheCLibraryDoes(String text, String written) {
    assertThat(Address.of(text)).hasToString(written);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "1.2.3.04",
        "1.2.3.0x4",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.+4",
        "1.2..4",
        "1.2.3.4.",
        ".1.2.3.4",
        "1.2.3.٤",
        "host",
        ":",
        ":::",
        "1:2",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        "1::2::3",
        "1:2:3:4:5:6:7:8::",
        "12345::",
        "::g",
        "::1%eth0",
        "[::1]",
        "1.2.3.4::",
        "::1.2.3",
        "::1.2.3.4:5",
        "1:2:3:4:5:6:7:1.2.3.4",
        ":1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:"
      })
  void refusesWhatIsNoAddress(String text) {
    assertThat(Address.parse(text)).isEmpty();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Address.of(text))
        .withMessage("not an IP address: " + text);
  }

  @Test
  void bytesAndTextAndJdkAgreeOnRandomAddresses() throws Exception {
    Random random = new Random(1);
    for (int i = 0; i < 5000; i++) {
      byte[] bytes = new byte[i % 3 == 0 ? 4 : 16];
      random.nextBytes(bytes);
      for (int zero = random.nextInt(4); zero > 0; zero--) {
        int at = random.nextInt(bytes.length / 2) * 2;
        bytes[at] = 0;
        bytes[at + 1] = 0;
      }
      Address address = Address.of(bytes);
      assertThat(address.bytes()).isEqualTo(bytes);
      assertThat(Address.of(address.toString())).isEqualTo(address);
      assertThat(InetAddress.getByName(address.toString()).getAddress()).isEqualTo(bytes);
    }
  }

  @Test
  void refusesBytesOfAnotherLength() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Address.of(new byte[5]))
        .withMessage("an address has 4 or 16 bytes, not 5");
  }

  @ParameterizedTest
  @CsvSource({
    "198.18.7.9, 0, 0.0.0.0",
    "198.18.7.9, 1, 128.0.0.0",
    "198.18.7.9, 24, 198.18.7.0",
    "198.18.7.9, 32, 198.18.7.9",
    "2001:db8:1:2:3:4:5:6, 0, ::",
    "2001:db8:1:2:3:4:5:6, 1, ::",
    "2001:db8:1:2:3:4:5:6, 63, 2001:db8:1:2::",
    "2001:db8:1:3:3:4:5:6, 63, 2001:db8:1:2::",
    "2001:db8:1:2:3:4:5:6, 64, 2001:db8:1:2::",
    "2001:db8:1:2:ffff:4:5:6, 65, 2001:db8:1:2:8000::",
    "2001:db8:1:2:3:4:5:6, 127, 2001:db8:1:2:3:4:5:6",
    "2001:db8:1:2:3:4:5:7, 127, 2001:db8:1:2:3:4:5:6",
    "2001:db8:1:2:3:4:5:7, 128, 2001:db8:1:2:3:4:5:7",
  })
  void masksAllButItsFirstBits(String address, int prefixLength, String network) {
    assertThat(Address.of(address).masked(prefixLength)).isEqualTo(Address.of(network));
  }
}
