package org.jlvs.server.daemon;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jlvs.core.control.Director;
import org.jlvs.core.control.ServerHandshakes;
import org.jlvs.server.control.CommandHandler;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The command {@code handshakes}: how TCP handshakes have gone with each real server. */
final class HandshakesCommand implements CommandHandler {
  private static final String HELP =
      """
      Usage: jlvs handshakes [--json]
      How TCP handshakes have gone with each real server since the director started, and whose failed last:

        Answered    the server answered the client's SYN (by -g and -i, where the director does not see that: the client
                    went on)
        Unanswered  the client had to send its SYN again, half a second later or more; by -g and -i this may as well be
                    the client's doing
        Refused     the server answered by a reset
        Reset       the server reset the connection within a second, before it had sent or taken any data

            --json     print JSON
        -h, --help     print this
      """;

  private static final int MISUSED = 2;
  private static final Set<String> OPTIONS = Set.of("--json", "-h", "--help");
  private static final JsonMapper MAPPER = new JsonMapper();
  private static final String LINE = "%-30s %-28s %10s %10s %8s %8s  %s";
  private static final int CLIENTS_SHOWN = 3;

  private final Director director;

  HandshakesCommand(Director director) {
    this.director = director;
  }

  @Override
  public int run(
      String program, List<String> arguments, InputStream in, OutputStream out, OutputStream err)
      throws IOException {
    for (String argument : arguments) {
      if (!OPTIONS.contains(argument)) {
        String message =
            "handshakes: unknown argument \"%s\"; 'jlvs handshakes --help' lists the options\n";
        err.write(message.formatted(argument).getBytes(StandardCharsets.UTF_8));
        return MISUSED;
      }
    }
    out.write(text(arguments).getBytes(StandardCharsets.UTF_8));
    return 0;
  }

  private String text(List<String> arguments) {
    if (arguments.contains("-h") || arguments.contains("--help")) {
      return HELP;
    }
    List<ServerHandshakes> all = director.handshakes();
    return arguments.contains("--json") ? json(all) : table(all);
  }

  /** A line a server under a heading. */
  static String table(List<ServerHandshakes> all) {
    if (all.isEmpty()) {
      return "no TCP handshakes yet\n";
    }
    List<String> lines = new ArrayList<>();
    lines.add(
        LINE.formatted(
            "Virtual server",
            "Real server",
            "Answered",
            "Unanswered",
            "Refused",
            "Reset",
            "Last failures of"));
    for (ServerHandshakes one : all) {
      lines.add(
          LINE.formatted(
                  one.service(),
                  one.server(),
                  one.answered(),
                  one.unanswered(),
                  one.refused(),
                  one.reset(),
                  clients(one.failedClients()))
              .stripTrailing());
    }
    return String.join("\n", lines) + "\n";
  }

  private static String clients(List<ServerHandshakes.FailedClient> failed) {
    List<String> shown =
        failed.stream()
            .sorted(Comparator.comparingLong(ServerHandshakes.FailedClient::millisAgo))
            .limit(CLIENTS_SHOWN)
            .map(client -> client.address() + " " + client.millisAgo() / 1000 + " s ago")
            .toList();
    return String.join(", ", shown) + (failed.size() > CLIENTS_SHOWN ? ", …" : "");
  }

  /** As an array of one object a server. */
  static String json(List<ServerHandshakes> all) {
    ArrayNode root = MAPPER.createArrayNode();
    for (ServerHandshakes one : all) {
      ObjectNode node = root.addObject();
      node.put("service", one.service().toString());
      node.put("server", one.server().toString());
      node.put("answersSeen", one.answersSeen());
      node.put("answered", one.answered());
      node.put("unanswered", one.unanswered());
      node.put("refused", one.refused());
      node.put("reset", one.reset());
      ArrayNode clients = node.putArray("failedClients");
      for (ServerHandshakes.FailedClient client : one.failedClients()) {
        clients
            .addObject()
            .put("address", client.address().toString())
            .put("millisAgo", client.millisAgo());
      }
    }
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
  }
}
