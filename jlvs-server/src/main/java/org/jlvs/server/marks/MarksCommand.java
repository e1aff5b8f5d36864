package org.jlvs.server.marks;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jlvs.core.mark.MarkRuleSet.RuleReport;
import org.jlvs.server.control.CommandHandler;

/**
 * The command {@code marks}: the rules in force that may mark packets, their hits, and what can't
 * be evaluated.
 */
public final class MarksCommand implements CommandHandler {
  private final HostMarkRules rules;

  public MarksCommand(HostMarkRules rules) {
    this.rules = rules;
  }

  @Override
  public int run(
      String program, List<String> arguments, InputStream in, OutputStream out, OutputStream err)
      throws IOException {
    List<String> lines = new ArrayList<>();
    List<RuleReport> reports = rules.current().rules();
    lines.add(reports.isEmpty() ? "no rule marks packets" : "      Hits Rule");
    for (RuleReport report : reports) {
      lines.add("%10d %s %s".formatted(report.hits(), report.table(), report.text()));
      report.unsupported().ifPresent(reason -> lines.add("           not evaluated: " + reason));
    }
    rules.problems().forEach(problem -> lines.add("problem: " + problem));
    out.write((String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8));
    return 0;
  }
}
