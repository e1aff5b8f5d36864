package org.jlvs.monitor.check;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ProtocolException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
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
    Message addresses = ask(check, name, Type.A, deadline);
    Outcome found = judge(check, addresses, deadline);
    if (found.up()) {
      return found;
    }
    Message more = ask(check, name, Type.AAAA, deadline);
    boolean nothingMore = more.getSection(Section.ANSWER).isEmpty();
    return nothingMore && !addresses.getSection(Section.ANSWER).isEmpty()
        ? found
        : judge(check, more, deadline);
  }

  private static Message ask(Check.Dns check, Name name, int type, Deadline deadline)
      throws IOException {
    Message query = Message.newQuery(Record.newRecord(name, type, DClass.IN));
    if (check.tcp()) {
      return byTcp(check, query, deadline);
    }
    try (Datagrams datagrams = new Datagrams(check.address(), check.port())) {
      Message answer = datagrams.ask(query.toWire(), datagram -> answer(datagram, query), deadline);
      return answer.getHeader().getFlag(Flags.TC) ? byTcp(check, query, deadline) : answer;
    }
  }

  private static Message byTcp(Check.Dns check, Message query, Deadline deadline)
      throws IOException {
    InetAddress address = Checker.address(check.address());
    try (Socket socket = new CheckSockets(deadline).createSocket(address, check.port())) {
      byte[] wire = query.toWire();
      ByteBuffer request = ByteBuffer.allocate(2 + wire.length);
      request.putShort((short) wire.length).put(wire);
      socket.getOutputStream().write(request.array());
      DataInputStream stream = new DataInputStream(socket.getInputStream());
      byte[] answer = new byte[stream.readUnsignedShort()];
      stream.readFully(answer);
      return answer(answer, query)
          .orElseThrow(() -> new ProtocolException("what came is no answer to what was asked"));
    } catch (EOFException closed) {
      throw new ProtocolException("connection closed within the answer");
    }
  }

  /** The message in these bytes, if it is one and answers the query. */
  private static Optional<Message> answer(byte[] bytes, Message query) {
    try {
      return Optional.of(new Message(bytes))
          .filter(message -> message.getHeader().getID() == query.getHeader().getID())
          .filter(message -> message.getHeader().getFlag(Flags.QR));
    } catch (IOException malformed) {
      return Optional.empty();
    }
  }

  private static Outcome judge(Check.Dns check, Message answer, Deadline deadline) {
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
