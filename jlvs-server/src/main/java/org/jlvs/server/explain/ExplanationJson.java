package org.jlvs.server.explain;

import java.util.Locale;
import org.jlvs.core.control.Explanation;
import org.jlvs.core.control.FlowQuery;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.net.Protocol;
import org.jlvs.ipvsadm.SchedulerFlag;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * An answer for programs. Names are stable; what there is nothing of is left out, but lists are
 * there though empty.
 */
final class ExplanationJson {
  private static final JsonMapper MAPPER = new JsonMapper();

  private ExplanationJson() {}

  /** One line per member, with a line end. */
  static String of(Answer answer) {
    return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(tree(answer)) + "\n";
  }

  private static ObjectNode tree(Answer answer) {
    Explanation explanation = answer.explanation();
    FlowQuery flow = explanation.flow();
    ObjectNode root = MAPPER.createObjectNode();
    root.put("outcome", lower(explanation.outcome()));
    root.put("reason", explanation.reason());
    root.put("protocol", lower(Protocol.of(flow.protocol())));
    root.put("source", flow.source().toString());
    root.put("sourcePort", flow.sourcePort());
    root.put("destination", flow.destination().toString());
    root.put("destinationPort", flow.destinationPort());
    flow.callId().ifPresent(callId -> root.put("callId", callId));
    answer
        .comesBy()
        .ifPresent(
            in -> {
              ObjectNode node = root.putObject("comesBy");
              node.put("interface", in.name());
              node.put("attached", in.mode().isPresent());
              in.mode().ifPresent(mode -> node.put("mode", mode));
            });
    root.put("mark", Integer.toUnsignedLong(explanation.mark()));
    explanation.markRules().forEach(root.putArray("markRules")::add);
    explanation
        .connection()
        .ifPresent(
            existing ->
                root.putObject("connection")
                    .put("server", existing.server().toString())
                    .put("state", existing.state())
                    .put("expiresMillis", existing.expiresMillis()));
    ArrayNode services = root.putArray("services");
    explanation.services().forEach(candidate -> service(services.addObject(), candidate));
    explanation.template().ifPresent(template -> template(root.putObject("template"), template));
    explanation
        .scheduling()
        .ifPresent(scheduling -> scheduling(root.putObject("scheduling"), scheduling));
    explanation.way().ifPresent(way -> way(root.putObject("way"), way, answer));
    explanation.notes().forEach(root.putArray("notes")::add);
    return root;
  }

  private static void service(ObjectNode node, Explanation.Candidate candidate) {
    ServiceSpec spec = candidate.service();
    node.put("service", spec.key().toString());
    node.put("scheduler", spec.scheduler());
    node.put("schedulerFlags", SchedulerFlag.textOf(spec.scheduler(), spec.flags()));
    node.put("onePacket", spec.onePacket());
    node.put("persistent", spec.persistent());
    node.put("persistenceSeconds", spec.persistenceSeconds());
    node.put("clientMask", spec.clientMask().toString());
    spec.persistenceEngine().ifPresent(engine -> node.put("persistenceEngine", engine));
    node.put("chosen", candidate.chosen());
    node.put("verdict", candidate.verdict());
  }

  private static void template(ObjectNode node, Explanation.Template template) {
    node.put("client", template.client().toString());
    template.server().ifPresent(server -> node.put("server", server.toString()));
    node.put("expiresMillis", template.expiresMillis());
    node.put("holds", template.holds());
    node.put("verdict", template.verdict());
  }

  private static void scheduling(ObjectNode node, Explanation.Scheduling scheduling) {
    node.put("scheduler", scheduling.scheduler());
    node.put("reason", scheduling.reason());
    ArrayNode servers = node.putArray("servers");
    for (Explanation.Server server : scheduling.servers()) {
      ObjectNode one = servers.addObject();
      one.put("server", server.key().toString());
      one.put("method", ExplanationText.method(server.forwarding()));
      one.put("weight", server.weight());
      one.put("slowStartStep", server.step());
      one.put("active", server.active());
      one.put("inactive", server.inactive());
      one.put("persistent", server.persistent());
      one.put("upperThreshold", Integer.toUnsignedLong(server.upperThreshold()));
      one.put("lowerThreshold", Integer.toUnsignedLong(server.lowerThreshold()));
      one.put("overloaded", server.overloaded());
      one.put("load", server.figure());
      one.put("chosen", server.chosen());
      one.put("verdict", server.verdict());
    }
  }

  private static void way(ObjectNode node, Explanation.Way way, Answer answer) {
    node.put("server", way.server().toString());
    node.put("method", ExplanationText.method(way.forwarding()));
    if (way.forwarding() == ForwardingMethod.TUNNEL) {
      ObjectNode tunnel = node.putObject("tunnel");
      tunnel.put("type", lower(way.tunnel().type()));
      tunnel.put("port", way.tunnel().port());
      tunnel.put("checksum", lower(way.tunnel().checksum()));
    }
    switch (way.link()) {
      case Explanation.Link.Local local -> node.put("link", "local");
      case Explanation.Link.None none -> node.put("link", "none");
      case Explanation.Link.Hop hop -> {
        node.put("link", "hop");
        answer
            .hop()
            .ifPresent(
                next -> {
                  node.put("nextHop", next.address());
                  node.put("interface", next.interfaceName());
                  next.mac().ifPresent(mac -> node.put("mac", mac));
                  node.put("mtu", next.mtu());
                });
      }
    }
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
