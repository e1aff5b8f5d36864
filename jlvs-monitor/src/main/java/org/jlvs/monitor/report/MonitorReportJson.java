package org.jlvs.monitor.report;

import org.jlvs.monitor.report.MonitorReport.Counts;
import org.jlvs.monitor.report.MonitorReport.Server;
import org.jlvs.monitor.report.MonitorReport.Service;

/**
 * A {@link MonitorReport} for programs; times are ISO 8601, lengths of time milliseconds, what
 * there is not is null.
 */
public final class MonitorReportJson {
  private MonitorReportJson() {}

  public static String of(MonitorReport report) {
    return new Json()
        .put("configuration", report.configuration())
        .put("pid", report.pid())
        .put("started", report.started().toString())
        .put("now", report.now().toString())
        .put("tableProblem", report.table())
        .put("services", report.services(), MonitorReportJson::service)
        .toString();
  }

  private static void service(Json json, Service service) {
    json.put("protocol", service.protocol())
        .put("virtual", service.name())
        .put("fallback", service.fallback())
        .put("fallbackInUse", service.fallbackInUse())
        .put("problem", service.problem())
        .put("servers", service.servers(), MonitorReportJson::server);
  }

  private static void server(Json json, Server server) {
    Counts counts = server.counts();
    json.put("real", server.name())
        .put("state", server.state())
        .put("since", server.since().toString())
        .put("reason", server.reason())
        .put("draining", server.draining());
    server
        .last()
        .ifPresent(
            last ->
                json.put(
                    "lastCheck",
                    new Json()
                        .put("began", last.began().toString())
                        .put("tookMillis", last.took().toMillis())
                        .put("good", last.good())
                        .put("reason", last.reason())));
    json.put("nextCheck", server.next())
        .put("rises", counts.rises())
        .put("falls", counts.falls())
        .put("fallsWithinAnHour", counts.recentFalls())
        .put("failuresInARow", counts.failures())
        .put("failureCount", counts.failureCount())
        .put("successesInARow", counts.successes())
        .put("riseCount", counts.riseCount())
        .put("weight", server.weight())
        .put("tableWeight", server.tableWeight());
  }
}
