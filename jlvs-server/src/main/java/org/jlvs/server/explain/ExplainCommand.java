package org.jlvs.server.explain;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jlvs.core.control.Explanation;
import org.jlvs.core.engine.PacketEngine;
import org.jlvs.server.control.CommandHandler;
import org.jlvs.server.explain.ExplainArguments.UsageException;
import org.jlvs.xdp.HopTable;
import org.jlvs.xdp.PlaneStatus.InterfaceStatus;
import org.jlvs.xdp.XdpDataPlane;

/** The command {@code explain}: asks the engine, on its thread, and prints what it says. */
public final class ExplainCommand implements CommandHandler {
  private static final int MISUSED = 2;

  private final XdpDataPlane plane;
  private final PacketEngine engine;

  public ExplainCommand(XdpDataPlane plane, PacketEngine engine) {
    this.plane = plane;
    this.engine = engine;
  }

  @Override
  public int run(
      String program, List<String> arguments, InputStream in, OutputStream out, OutputStream err)
      throws IOException {
    try {
      Optional<ExplainArguments> parsed = ExplainArguments.parse(arguments);
      out.write(text(parsed).getBytes(StandardCharsets.UTF_8));
      return 0;
    } catch (UsageException e) {
      err.write((e.getMessage() + "\n").getBytes(StandardCharsets.UTF_8));
      return MISUSED;
    }
  }

  private String text(Optional<ExplainArguments> parsed) throws UsageException, IOException {
    if (parsed.isEmpty()) {
      return ExplainArguments.HELP;
    }
    ExplainArguments arguments = parsed.get();
    Answer answer = ask(arguments);
    return arguments.json()
        ? ExplanationJson.of(answer)
        : String.join("\n", ExplanationText.of(answer, arguments.sourceGiven(), arguments.colour()))
            + "\n";
  }

  private Answer ask(ExplainArguments arguments) throws UsageException, IOException {
    Optional<String> name = arguments.interfaceName();
    int inInterface = name.isPresent() ? index(name.get()) : 0;
    try {
      return plane.call(
          () -> answer(engine.explain(arguments.query(inInterface)), plane.status().interfaces()));
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private static int index(String name) throws UsageException, IOException {
    NetworkInterface found = NetworkInterface.getByName(name);
    if (found == null) {
      throw new UsageException(
          "there is no interface \"%s\"; 'ip link' lists them".formatted(name));
    }
    return found.getIndex();
  }

  private Answer answer(Explanation explanation, List<InterfaceStatus> served)
      throws SocketException {
    Optional<Answer.Interface> comesBy =
        explanation.inInterface() == 0
            ? Optional.empty()
            : Optional.of(comesBy(explanation.inInterface(), served));
    Optional<Answer.NextHop> hop = Optional.empty();
    if (explanation.way().isPresent()
        && explanation.way().get().link() instanceof Explanation.Link.Hop link) {
      hop = hop(link);
    }
    return new Answer(explanation, comesBy, hop);
  }

  private static Answer.Interface comesBy(int index, List<InterfaceStatus> served)
      throws SocketException {
    Optional<String> mode =
        served.stream()
            .filter(one -> one.index() == index)
            .map(one -> one.mode().name().toLowerCase(Locale.ROOT))
            .findFirst();
    return new Answer.Interface(name(index), mode);
  }

  private Optional<Answer.NextHop> hop(Explanation.Link.Hop link) throws SocketException {
    Optional<HopTable.Target> target = plane.hops().target(link.hop());
    if (target.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Answer.NextHop(
            target.get().neighbour().toString(),
            name(link.interfaceIndex()),
            target.get().mac(),
            link.mtu()));
  }

  private static String name(int index) throws SocketException {
    NetworkInterface found = NetworkInterface.getByIndex(index);
    return found == null ? "interface " + index : found.getName();
  }
}
