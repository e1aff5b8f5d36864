package org.jlvs.monitor.config;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.core.control.ServicePolicy;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;
import org.jlvs.core.net.Protocol;

/** Makes virtual servers of what their sections, the margin and the defaults say. */
final class VirtualBuilder {
  private static final Pattern URL = Pattern.compile("^https?://", Pattern.CASE_INSENSITIVE);

  private final GlobalDraft globals;
  private final BiConsumer<Integer, String> warnings;
  private final BiConsumer<Integer, String> problems;

  /**
   * @param warnings takes the column of one, from 1, and its text
   * @param problems takes the characters before one, and its text
   */
  VirtualBuilder(
      GlobalDraft globals,
      BiConsumer<Integer, String> warnings,
      BiConsumer<Integer, String> problems) {
    this.globals = globals;
    this.warnings = warnings;
    this.problems = problems;
  }

  VirtualServer build(VirtualDraft draft) {
    ServiceKey key = draft.key();
    boolean ipv6 = draft.family == Family.IPV6;
    Address allBits = Address.mask(draft.family, 8 * draft.family.addressBytes());
    int flags =
        (draft.persistent > 0 ? ServiceSpec.PERSISTENT : 0)
            | (onePacket(draft, key) ? ServiceSpec.ONE_PACKET : 0)
            | draft.schedulerFlags;
    ServiceSpec spec =
        new ServiceSpec(
            key,
            draft.scheduler,
            flags,
            draft.persistent,
            // A netmask means nothing without persistence, and the table does not keep it then.
            draft.persistent > 0 ? draft.clientMask.orElse(allBits) : allBits,
            Optional.empty());
    ServiceType service = draft.serviceType();
    warnOfUrls(draft, service);
    Optional<Fallback> fallback =
        ipv6
            ? draft.fallback6.or(() -> globals.fallback6)
            : draft.fallback.or(() -> globals.fallback);
    Duration checkInterval =
        Duration.ofSeconds(or(draft.checkInterval, globals.checkInterval).orElse(10));
    Duration checkTimeout =
        timeout(
            draft.checkTimeout,
            globals.checkTimeout,
            draft.negotiateTimeout,
            globals.negotiateTimeout,
            5);
    return new VirtualServer(
        spec,
        withoutDuplicates(draft, key),
        fallback,
        draft.fallbackCommand.or(() -> globals.fallbackCommand),
        new CheckSettings(
            draft.checkType,
            draft.connectsPerNegotiation,
            service,
            checkTimeout,
            timeout(
                draft.negotiateTimeout,
                globals.negotiateTimeout,
                draft.checkTimeout,
                globals.checkTimeout,
                30),
            or(draft.checkCount, globals.checkCount).orElse(1),
            draft.checkPort,
            draft.request,
            draft.receive,
            draft.httpMethod,
            draft.virtualHost,
            draft.checkCommand,
            new CheckSettings.Credentials(
                draft.login, draft.password, draft.database, draft.secret),
            trusted(draft, service)),
        draft.weight.weights(globals.weight, checkInterval, checkTimeout),
        draft.weight.passive(globals.weight),
        checkInterval,
        or(draft.failureCount, globals.failureCount).orElse(1),
        or(draft.riseCount, globals.riseCount).orElse(1),
        new ServicePolicy(
            draft.promptFailover.or(() -> globals.promptFailover),
            or(draft.drainTimeout, globals.drainTimeout),
            or(draft.slowStart, globals.slowStart)),
        draft.quiescent.or(() -> globals.quiescent).orElse(false),
        draft.cleanStop.or(() -> globals.cleanStop).orElse(true),
        draft.monitorFile,
        draft.alerts.over(globals.alerts));
  }

  /** Only UDP knows services without connections; the original passes the flag over elsewhere. */
  private boolean onePacket(VirtualDraft draft, ServiceKey key) {
    boolean udp = key instanceof ServiceKey.Endpoint to && to.protocol() == Protocol.UDP;
    if (draft.onePacket && !udp) {
      warnings.accept(1, "ops=yes has no effect but on UDP");
    }
    return draft.onePacket && udp;
  }

  /** The original follows URLs in {@code real} lines alone, and those of the service's scheme. */
  private void warnOfUrls(VirtualDraft draft, ServiceType service) {
    if (draft.checkType != CheckType.NEGOTIATE && draft.checkType != CheckType.COMBINED) {
      return;
    }
    if (service == ServiceType.HTTP || service == ServiceType.HTTPS) {
      draft
          .request
          .filter(request -> URL.matcher(request).find())
          .ifPresent(
              request ->
                  warnings.accept(
                      1,
                      "request=\"%s\" is asked for as a path of each real server: write the path alone, and virtualhost= for the host"
                          .formatted(request)));
      String others = service == ServiceType.HTTP ? "https" : "http";
      for (RealServer server : draft.realServers) {
        server
            .request()
            .filter(request -> request.toLowerCase(Locale.ROOT).startsWith(others + "://"))
            .ifPresent(
                request ->
                    warnings.accept(
                        1,
                        "\"%s\" is asked for as a path: service=%s follows no URL of %s"
                            .formatted(request, service.text(), others)));
      }
    }
  }

  private Optional<TrustedAuthorities> trusted(VirtualDraft draft, ServiceType service) {
    if (draft.tls.isPointlessFor(service)) {
      warnings.accept(1, "tlsverify= and tlsca= have no effect on service=" + service.text());
    } else if (draft.tls.namesUnusedAuthorities(globals.tls)) {
      warnings.accept(1, "tlsca= has no effect without tlsverify=yes");
    }
    try {
      return draft.tls.trusted(globals.tls);
    } catch (IOException none) {
      problems.accept(
          0,
          "tlsverify=yes wants authorities to trust: name a file by tlsca=; " + none.getMessage());
      return Optional.empty();
    }
  }

  private List<RealServer> withoutDuplicates(VirtualDraft draft, ServiceKey key) {
    List<RealServer> servers = new ArrayList<>();
    Set<Object> keys = new HashSet<>();
    for (RealServer server : draft.realServers) {
      if (keys.add(server.key(key))) {
        servers.add(server);
      } else {
        warnings.accept(
            1,
            "real server "
                + VirtualServer.endpointText(server.address(), server.key(key).port())
                + " is there more than once; only the first counts");
      }
    }
    return servers;
  }

  private static Duration timeout(
      OptionalInt own,
      OptionalInt global,
      OptionalInt other,
      OptionalInt otherGlobal,
      int otherwise) {
    return Duration.ofSeconds(or(or(own, global), or(other, otherGlobal)).orElse(otherwise));
  }

  private static OptionalInt or(OptionalInt first, OptionalInt second) {
    return first.isPresent() ? first : second;
  }
}
