package org.jlvs.monitor.check;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.net.Address;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.ReverseMap;
import org.xbill.DNS.Section;
import org.xbill.DNS.SimpleResolver;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** A lookup of a name's addresses, or of an address' name. */
final class DnsCheck {
  private DnsCheck() {}

  static Outcome perform(Check.Dns check, Deadline deadline) throws IOException {
    if (check.request().isEmpty()) {
      return Outcome.down("the configuration wants a request for this check: a name or an address");
    }
    Optional<Address> address = Address.parse(check.request());
    if (address.isPresent()) {
      Name name = ReverseMap.fromAddress(InetAddress.getByAddress(address.get().bytes()));
      return judge(check, ask(check, name, Type.PTR, deadline), deadline);
    }
    Name name;
    try {
      name = Name.fromString(check.request(), Name.root);
    } catch (TextParseException malformed) {
      return Outcome.down("request " + Excerpt.of(check.request()) + " is no name");
    }
    Outcome found = judge(check, ask(check, name, Type.A, deadline), deadline);
    return found.up() ? found : judge(check, ask(check, name, Type.AAAA, deadline), deadline);
  }

  private static Message ask(Check.Dns check, Name name, int type, Deadline deadline)
      throws IOException {
    InetAddress server = InetAddress.getByAddress(check.address().bytes());
    SimpleResolver resolver = new SimpleResolver(new InetSocketAddress(server, check.port()));
    resolver.setTCP(check.tcp());
    resolver.setTimeout(Duration.ofMillis(deadline.millisLeft()));
    try {
      return resolver.send(Message.newQuery(Record.newRecord(name, type, DClass.IN)));
    } catch (IOException failed) {
      if (deadline.over()) {
        throw new SocketTimeoutException();
      }
      throw failed;
    }
  }

  private static Outcome judge(Check.Dns check, Message answer, Deadline deadline)
      throws ProtocolException {
    if (!answer.getHeader().getFlag(Flags.QR)) {
      throw new ProtocolException("what came is no answer");
    }
    if (answer.getRcode() != Rcode.NOERROR) {
      return Outcome.down("answers " + Rcode.string(answer.getRcode()));
    }
    List<String> found = new ArrayList<>();
    for (Record record : answer.getSection(Section.ANSWER)) {
      switch (record) {
        case ARecord a -> found.add(a.getAddress().getHostAddress());
        case AAAARecord aaaa -> found.add(aaaa.getAddress().getHostAddress());
        case PTRRecord ptr -> found.add(ptr.getTarget().toString(true));
        default -> {}
      }
    }
    if (found.isEmpty()) {
      return Outcome.down("no address or name for " + Excerpt.of(check.request()));
    }
    if (check.receive().isEmpty()) {
      return Outcome.up("name found");
    }
    Outcome outcome = Outcome.down("");
    for (String text : found) {
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      outcome =
          AnswerText.search(check.receive().get(), bytes, bytes.length, deadline, "name found");
      if (outcome.up()) {
        return outcome;
      }
    }
    return outcome;
  }
}
