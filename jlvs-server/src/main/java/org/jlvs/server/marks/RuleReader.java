package org.jlvs.server.marks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jlvs.core.mark.IptablesSave;
import org.jlvs.core.mark.RuleSyntaxException;
import org.jlvs.core.mark.RuleTable;
import org.jlvs.core.net.Family;
import org.jlvs.linux.netfilter.LegacyTable;

/**
 * Reads the rules of the calling thread's network namespace with the tools that are installed: the
 * tables of iptables' legacy backend, those of its nft backend in iptables' words, and all other
 * tables of nft in nft's. For one thread.
 */
final class RuleReader {
  /** A table's rules, and what the kernel held just before they were listed. */
  private record LegacyListing(LegacyTable held, List<RuleTable> tables) {}

  private final Tool tool;
  private final boolean nft;
  private final boolean iptablesNft;
  private final boolean iptablesLegacy;
  private final String nftSave;
  private final String legacySave;
  private final Map<String, LegacyListing> legacyListings = new HashMap<>();

  RuleReader(Tool tool) {
    this.tool = tool;
    nft = tool.isInstalled("nft");
    boolean variants =
        tool.isInstalled("iptables-nft-save") || tool.isInstalled("iptables-legacy-save");
    boolean plainIsNft = !variants && plainIsNft();
    boolean plainIsLegacy = !variants && tool.isInstalled("iptables-save") && !plainIsNft;
    iptablesNft = plainIsNft || tool.isInstalled("iptables-nft-save");
    iptablesLegacy = plainIsLegacy || tool.isInstalled("iptables-legacy-save");
    nftSave = plainIsNft ? "-save" : "-nft-save";
    legacySave = plainIsLegacy ? "-save" : "-legacy-save";
  }

  /** Before there were two backends the one program had no name of its own. */
  private boolean plainIsNft() {
    try {
      return tool.isInstalled("iptables-save")
          && tool.run("iptables-save", "--version").contains("nf_tables");
    } catch (IOException _) {
      return false;
    }
  }

  /** Whether no tool is installed that could read or make rules. */
  boolean hasNoTools() {
    return !nft && !iptablesNft && !iptablesLegacy;
  }

  /** The tables kept by nftables. */
  List<RuleTable> nftTables() throws IOException, RuleSyntaxException {
    List<RuleTable> tables = new ArrayList<>();
    Set<String> ownedByIptables = new HashSet<>();
    if (iptablesNft) {
      for (Family family : Family.values()) {
        String program = (family == Family.IPV4 ? "iptables" : "ip6tables") + nftSave;
        if (tool.isInstalled(program)) {
          String listing = tool.run(program);
          tables.addAll(parse(program, listing, family));
          ownedByIptables.addAll(chainsListed(listing, family == Family.IPV4 ? "ip " : "ip6 "));
        }
      }
    }
    if (nft) {
      String json = tool.run("nft", "-j", "list", "ruleset");
      List<RuleTable> others = nftTables(json, ownedByIptables, NftTexts.NONE);
      if (!others.isEmpty()) {
        NftTexts texts = NftTexts.parse(tool.run("nft", "-a", "list", "ruleset"));
        others = nftTables(json, ownedByIptables, texts);
      }
      tables.addAll(others);
    }
    return tables;
  }

  /**
   * The chains that a listing of iptables has, as {@code "ip mangle PREROUTING"}. Tables of nft's
   * own, and chains of its own in tables of iptables' name, are not among them.
   */
  private static Set<String> chainsListed(String listing, String family) {
    Set<String> chains = new HashSet<>();
    String table = "";
    for (String line : listing.lines().toList()) {
      if (line.startsWith("*")) {
        table = family + line.substring(1);
      } else if (line.startsWith(":") && line.indexOf(' ') > 0) {
        chains.add(table + " " + line.substring(1, line.indexOf(' ')));
      }
    }
    return chains;
  }

  private static List<RuleTable> nftTables(String json, Set<String> skipped, NftTexts texts)
      throws RuleSyntaxException {
    try {
      return NftRuleset.parse(json, skipped, texts);
    } catch (RuleSyntaxException e) {
      throw new RuleSyntaxException("nft -j list ruleset: " + e.reason(), e);
    }
  }

  /**
   * The tables kept by the legacy backend. Nothing tells of their changes, so the kernel is asked
   * for their rules as it holds them, which takes microseconds, and a tool for their text only when
   * these are others than before. Only tables that are there are asked for: asking makes them.
   */
  List<RuleTable> legacyTables() throws IOException, RuleSyntaxException {
    List<RuleTable> tables = new ArrayList<>();
    if (!iptablesLegacy) {
      return tables;
    }
    for (Family family : Family.values()) {
      boolean ipv4 = family == Family.IPV4;
      String program = (ipv4 ? "iptables" : "ip6tables") + legacySave;
      for (String name : List.of("raw", "mangle")) {
        if (tool.isInstalled(program)) {
          Optional<LegacyTable> held =
              LegacyTable.read(ipv4 ? LegacyTable.Family.IPV4 : LegacyTable.Family.IPV6, name);
          if (held.isPresent()) {
            tables.addAll(legacyTable(program, name, family, held.get()));
          }
        }
      }
    }
    return tables;
  }

  private List<RuleTable> legacyTable(String program, String name, Family family, LegacyTable held)
      throws IOException, RuleSyntaxException {
    String key = program + " -t " + name;
    LegacyListing before = legacyListings.get(key);
    if (before != null && before.held.equals(held)) {
      return before.tables;
    }
    List<RuleTable> tables = parse(program, tool.run(program, "-t", name), family);
    legacyListings.put(key, new LegacyListing(held, tables));
    return tables;
  }

  private static List<RuleTable> parse(String program, String listing, Family family)
      throws RuleSyntaxException {
    try {
      return IptablesSave.parse(listing, family);
    } catch (RuleSyntaxException e) {
      throw new RuleSyntaxException(program + ": " + e.reason(), e);
    }
  }
}
