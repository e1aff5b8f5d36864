package org.jlvs.monitor.config;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jlvs.core.net.Address;
import org.jlvs.core.net.Family;

/** Names as the host knows them: its resolver, and its services file. */
public final class SystemNames implements NameResolver {
  private final Path services;

  /**
   * @param services a file in the form of services(5), usually {@code /etc/services}
   */
  public SystemNames(Path services) {
    this.services = services;
  }

  @Override
  public Optional<Address> address(String host, Family family) {
    // Digits and dots alone are never a name: the resolver would take 10.1 for 10.0.0.1.
    boolean numeric = host.chars().allMatch(c -> c == '.' || Character.isDigit(c));
    if (numeric || host.indexOf(':') >= 0) {
      return Address.parse(host).filter(address -> address.family() == family);
    }
    try {
      for (InetAddress address : InetAddress.getAllByName(host)) {
        if (address.getAddress().length == family.addressBytes()) {
          return Optional.of(Address.of(address.getAddress()));
        }
      }
    } catch (UnknownHostException unknown) {
      return Optional.empty();
    }
    return Optional.empty();
  }

  @Override
  public Optional<Integer> port(String service, String protocol) {
    List<String> lines;
    try {
      lines = Files.readAllLines(services, StandardCharsets.ISO_8859_1);
    } catch (IOException unreadable) {
      return Optional.empty();
    }
    for (String line : lines) {
      int comment = line.indexOf('#');
      String[] words = (comment < 0 ? line : line.substring(0, comment)).trim().split("\\s+");
      if (words.length < 2 || !words[1].matches("\\d{1,5}/" + protocol)) {
        continue;
      }
      for (int i = 0; i < words.length; i++) {
        if (i != 1 && words[i].equals(service)) {
          return Optional.of(Integer.valueOf(words[1].substring(0, words[1].indexOf('/'))));
        }
      }
    }
    return Optional.empty();
  }
}
