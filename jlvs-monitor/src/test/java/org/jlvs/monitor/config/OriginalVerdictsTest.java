package org.jlvs.monitor.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Holds the parser against what the original said of the same texts. */
final class OriginalVerdictsTest {

  /** Texts that the original reads by accident and this parser refuses, by the reason for it. */
  private static final Map<String, List<String>> STRICTER =
      Map.of(
          "a number below what makes sense",
          List.of(
              "checkcount=-1",
              "checkinterval=-1",
              "checkport -1",
              "checktimeout=-1",
              "failurecount=-1",
              "negotiatetimeout=-1",
              "persistent -1"),
          "a number that does not fit",
          List.of(
              "checkcount=99999999999",
              "checkinterval=99999999999",
              "checktimeout=99999999999",
              "emailalertfreq=99999999999",
              "failurecount=99999999999",
              "negotiatetimeout=99999999999",
              "persistent 99999999999",
              "real 10.0.0.1:80 gate 99999999999"),
          "an empty value",
          List.of("fallbackcommand=\"\"", "maintenancedir=\"\""),
          "a netmask that is none",
          List.of("netmask 255.255.255.256", "persistent netmask 255.255.255.256"),
          "a range without a clear end",
          List.of("real 10.0.0.1->10.0.0.3->10.0.0.5:80 gate", "real 10.0.0.1->:80 gate"),
          "no regular expression",
          List.of("real 10.0.0.1:80 gate 3 \"a\", \"(\"", "receive=\"(\""),
          "thresholds that the kernel refuses",
          List.of("real 10.0.0.1:80 gate 3 l:20 u:10"),
          "a scheduler that does not exist",
          List.of("scheduler bogus", "scheduler w-rr"),
          "a mark that is none, or an address that would be taken for one",
          List.of(
              "virtual 0",
              "virtual 0x10",
              "virtual 10.0.0.100",
              "virtual 10.0.0.100 :80",
              "virtual 10.0.0.100:",
              "virtual 1a",
              "virtual 4294967296",
              "virtual 5:80",
              "virtual 99999999999999",
              "virtual6 0"),
          "an address that is not what it seems",
          List.of(
              "virtual 0.0.0.0:80",
              "virtual 010.0.0.100:80",
              "virtual 10.0.0.100:80:80",
              "virtual 10.0.0:80"));

  /** Texts that the original refuses and this parser reads, by the reason for it. */
  private static final Map<String, List<String>> MORE_LENIENT =
      Map.of(
          "a # between quotes is text",
          List.of(
              "database=\"#x\"",
              "load=\"#x\"",
              "login=\"#x\"",
              "passwd=\"#x\"",
              "real request hash",
              "receive [#]",
              "receive escaped hash",
              "receive hash space",
              "receive=\"#x\"",
              "request hash mid",
              "request=\"#x\"",
              "secret=\"#x\""),
          "a port may have a name everywhere",
          List.of("fallback 127.0.0.1:http ipip"),
          "thresholds in all forms of the manual",
          List.of(
              "real 10.0.0.1:80 gate \"l:5\"",
              "real 10.0.0.1:80 gate \"u:5\"",
              "real 10.0.0.1:80 gate 3 <l:5> <u:10>"),
          "an address in quotes, or an IPv4 one in IPv6 form",
          List.of("virtual \"10.0.0.100:80\"", "virtual6 [::ffff:1.2.3.4]:80"),
          "a section without lines",
          List.of("virtual only"),
          "a log file is opened only to start",
          List.of("logfile=\"/nonexist/x\""),
          "load testing is not done",
          List.of("load=\"(\""));

  @Test
  void readsAndRefusesWhatTheOriginalDoes() throws IOException {
    List<String> refusedHereOnly = new ArrayList<>();
    List<String> readHereOnly = new ArrayList<>();
    Map<String, String> rows = verdicts();
    for (Map.Entry<String, String> row : rows.entrySet()) {
      String name = row.getKey().substring(row.getKey().indexOf(' ') + 1);
      boolean original = row.getKey().startsWith("valid ");
      boolean here = isRead(row.getValue());
      if (original && !here) {
        refusedHereOnly.add(name);
      } else if (here && !original) {
        readHereOnly.add(name);
      }
    }
    assertThat(rows).hasSizeGreaterThan(1000);
    assertThat(refusedHereOnly).containsExactlyInAnyOrderElementsOf(all(STRICTER));
    assertThat(readHereOnly).containsExactlyInAnyOrderElementsOf(all(MORE_LENIENT));
  }

  private static List<String> all(Map<String, List<String>> differences) {
    return differences.values().stream().flatMap(List::stream).toList();
  }

  private static boolean isRead(String text) {
    try {
      ConfigurationParser.parse(text, new TestNames());
      return true;
    } catch (ConfigurationException refused) {
      return false;
    }
  }

  private static Map<String, String> verdicts() throws IOException {
    Map<String, String> rows = new LinkedHashMap<>();
    try (InputStream stream = OriginalVerdictsTest.class.getResourceAsStream("verdicts.tsv")) {
      String text =
          new String(Objects.requireNonNull(stream).readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.split("\n")) {
        if (!line.startsWith("#")) {
          String[] fields = line.split("\t", -1);
          rows.put(fields[0] + " " + unescaped(fields[1]), unescaped(fields[2]));
        }
      }
    }
    return rows;
  }

  private static String unescaped(String text) {
    StringBuilder plain = new StringBuilder();
    boolean escape = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!escape && c == '\\') {
        escape = true;
        continue;
      }
      plain.append(escape ? escaped(c) : c);
      escape = false;
    }
    return plain.toString();
  }

  private static char escaped(char letter) {
    return switch (letter) {
      case 't' -> '\t';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case '0' -> '\0';
      default -> letter;
    };
  }
}
