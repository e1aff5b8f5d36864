package org.jlvs.testbed.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Counts the tests of Surefire's XML reports and prints what failed, what was skipped and why, and
 * as the last line {@code N passed, N failed, N skipped}. A step of the script that failed (the
 * build, the format check) counts as one failed test.
 */
public final class TestReport {
  private static final int LINES_OF_A_FAILURE = 8;
  private static final int LINES_OF_THE_LOG = 12;

  /** A test or a step that failed, with the first lines of its message. */
  record Failure(String name, List<String> lines) {}

  private final List<Failure> failures = new ArrayList<>();
  private final Map<String, List<String>> skippedByReason = new TreeMap<>();
  private final List<String> missingPackages = new ArrayList<>();
  private int passed;
  private int skipped;

  /**
   * Options: {@code --log FILE} (Maven's output, quoted when a step failed), {@code --step NAME
   * STATUS} for each step, {@code --missing PACKAGE}; then the folders with the XML reports.
   */
  public static void main(String[] args) throws IOException {
    TestReport report = new TestReport();
    List<String> log = List.of();
    int i = 0;
    while (i < args.length) {
      switch (args[i]) {
        case "--log" -> {
          log = Files.readAllLines(Path.of(args[i + 1]), StandardCharsets.ISO_8859_1);
          i += 2;
        }
        case "--step" -> {
          report.addStep(args[i + 1], Integer.parseInt(args[i + 2]), log);
          i += 3;
        }
        case "--missing" -> {
          report.missingPackages.add(args[i + 1]);
          i += 2;
        }
        default -> {
          report.addFolder(Path.of(args[i]));
          i++;
        }
      }
    }
    report.print(System.out);
    System.exit(report.allPassed() ? 0 : 1);
  }

  void addStep(String name, int status, List<String> log) {
    if (status != 0) {
      List<String> lines = new ArrayList<>();
      lines.add("ended with status " + status + "; its output says:");
      log.stream().filter(l -> l.startsWith("[ERROR]")).limit(LINES_OF_THE_LOG).forEach(lines::add);
      failures.add(new Failure(name, lines));
    }
  }

  void addFolder(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> entries = Files.list(folder)) {
      files =
          entries
              .filter(f -> f.getFileName().toString().matches("TEST-.*\\.xml"))
              .sorted()
              .toList();
    }
    for (Path file : files) {
      try (InputStream in = Files.newInputStream(file)) {
        addReport(in);
      } catch (XMLStreamException e) {
        // What a JVM leaves that died while it wrote.
        failures.add(new Failure(file.toString(), List.of("unreadable: " + e.getMessage())));
      }
    }
  }

  void addReport(InputStream xml) throws XMLStreamException {
    XMLInputFactory factory = XMLInputFactory.newFactory();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    XMLStreamReader reader = factory.createXMLStreamReader(xml);
    String test = "";
    boolean open = false;
    while (reader.hasNext()) {
      switch (reader.next()) {
        case XMLStreamConstants.START_ELEMENT -> {
          switch (reader.getLocalName()) {
            case "testcase" -> {
              test = name(reader);
              open = true;
            }
            case "skipped" -> {
              String message = reader.getAttributeValue(null, "message");
              String reason = message == null || message.isBlank() ? "no reason given" : message;
              skippedByReason.computeIfAbsent(reason, r -> new ArrayList<>()).add(test);
              skipped++;
              open = false;
            }
            case "failure", "error" -> {
              List<String> lines =
                  reader.getElementText().lines().limit(LINES_OF_A_FAILURE).toList();
              failures.add(new Failure(test, lines));
              open = false;
            }
            default -> {}
          }
        }
        case XMLStreamConstants.END_ELEMENT -> {
          if (open && reader.getLocalName().equals("testcase")) {
            passed++;
            open = false;
          }
        }
        default -> {}
      }
    }
  }

  private static String name(XMLStreamReader testcase) {
    String type = testcase.getAttributeValue(null, "classname");
    String method = testcase.getAttributeValue(null, "name");
    return type.substring(type.lastIndexOf('.') + 1) + "." + method;
  }

  boolean allPassed() {
    return failures.isEmpty() && passed > 0;
  }

  void print(PrintStream out) {
    if (passed == 0 && failures.isEmpty()) {
      failures.add(new Failure("tests", List.of("no test ran")));
    }
    if (!skippedByReason.isEmpty()) {
      out.println("\nSkipped, and why:");
      skippedByReason.forEach((why, tests) -> out.println("  " + why + ": " + abridged(tests)));
    }
    if (!missingPackages.isEmpty()) {
      out.println("\nNot installed: " + String.join(", ", missingPackages));
    }
    if (!failures.isEmpty()) {
      out.println("\nFailed:");
      for (Failure failure : failures) {
        out.println("  " + failure.name());
        failure.lines().forEach(line -> out.println("      " + line));
      }
    }
    out.println();
    out.println(
        passed
            + " passed, "
            + failures.size()
            + " failed"
            + (skipped == 0 ? "" : ", " + skipped + " skipped"));
  }

  private static String abridged(List<String> tests) {
    return tests.size() <= 3
        ? String.join(", ", tests)
        : tests.size() + " tests, such as " + tests.getFirst();
  }
}
