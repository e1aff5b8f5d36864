package org.jlvs.ipvsadm;

import java.io.IOException;
import java.util.Optional;
import org.jlvs.core.control.Director;
import org.jlvs.core.control.ForwardingMethod;
import org.jlvs.core.control.ServerSpec;
import org.jlvs.core.control.ServerView;
import org.jlvs.core.control.ServiceSpec;
import org.jlvs.core.control.ServiceView;
import org.jlvs.core.control.Tunnel;
import org.jlvs.core.net.Protocol;

/** The lines that {@code -S} prints and {@code -R} reads. */
final class Rules {
  private Rules() {}

  static void save(Director director, Text text, TextOut out) throws IOException {
    for (ServiceView service : Order.services(director.services())) {
      ServiceSpec spec = service.spec();
      String key = text.asOption(spec.key());
      service(spec, key, out);
      Optional<Protocol> protocol = Text.protocol(spec.key());
      for (ServerView server : Order.servers(service.servers())) {
        server(server.spec(), key, protocol, text, out);
      }
    }
  }

  private static void service(ServiceSpec spec, String key, TextOut out) throws IOException {
    out.add("-A ").add(key).add(" -s ").add(spec.scheduler());
    if (spec.persistent()) {
      out.add(" -p ").add(spec.persistenceSeconds());
      Optional<String> mask = Listing.mask(spec);
      if (mask.isPresent()) {
        out.add(" -M ").add(mask.get());
      }
    }
    if (spec.persistenceEngine().isPresent()) {
      out.add(" --pe ").add(spec.persistenceEngine().get());
    }
    if (spec.onePacket()) {
      out.add(" -o");
    }
    if (SchedulerFlag.anyIn(spec.flags())) {
      out.add(" -b ").add(SchedulerFlag.textOf(spec.scheduler(), spec.flags()));
    }
    out.line();
  }

  private static void server(
      ServerSpec spec, String key, Optional<Protocol> protocol, Text text, TextOut out)
      throws IOException {
    out.add("-a ").add(key).add(" -r ");
    out.add(text.endpoint(spec.key().address(), spec.key().port(), protocol));
    out.add(
        switch (spec.forwarding()) {
          case MASQUERADE -> " -m";
          case TUNNEL -> " -i";
          case DIRECT_ROUTE, LOCAL, BYPASS -> " -g";
        });
    out.add(" -w ").add(spec.weight());
    if (spec.forwarding() == ForwardingMethod.TUNNEL) {
      tunnel(spec.tunnel(), out);
    }
    out.line();
  }

  private static void tunnel(Tunnel tunnel, TextOut out) {
    switch (tunnel.type()) {
      case IPIP -> out.add(" --tun-type ipip");
      case GUE -> {
        out.add(" --tun-type gue --tun-port ").add(tunnel.port());
        checksum(tunnel.checksum(), out);
      }
      case GRE -> {
        out.add(" --tun-type gre");
        checksum(tunnel.checksum(), out);
      }
    }
  }

  private static void checksum(Tunnel.Checksum checksum, TextOut out) {
    out.add(
        switch (checksum) {
          case NONE -> " --tun-nocsum";
          case FULL -> " --tun-csum";
          case REMOTE -> " --tun-remcsum";
        });
  }
}
