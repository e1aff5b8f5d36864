package org.jlvs.monitor.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.monitor.supervise.CoreTable;
import org.jlvs.monitor.table.ServerTable;
import org.jlvs.monitor.table.TableChange;
import org.jlvs.monitor.table.TableEntry;
import org.jlvs.monitor.table.TableException;

/**
 * The command as a program of its own, for tests of signals and of the background. Its table is the
 * core's; each change of it is shown in a file. Arguments: a directory for its files, then the
 * command line.
 */
public final class LdirectordProcess {
  private LdirectordProcess() {}

  public static void main(String[] arguments) throws InterruptedException {
    Path directory = Path.of(arguments[0]);
    List<String> words = List.of(arguments).subList(1, arguments.length);
    System.exit(LdirectordCommand.run(words, environment(directory)));
  }

  /** An environment all of whose files are in {@code directory}. */
  public static Environment environment(Path directory) {
    Environment host =
        Environment.ofHost(
            () -> new ShownTable(directory.resolve("table")),
            (_, _) -> true,
            (_, _, _) -> {},
            datagram ->
                Files.write(
                    directory.resolve("syslog"),
                    datagram,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.APPEND),
            new HostSignals(_ -> {}),
            command(directory));
    return new Environment(
        host.out(),
        host.err(),
        host.tables(),
        host.pings(),
        host.associations(),
        host.syslog(),
        host.clock(),
        host.names(),
        host.signals(),
        new Environment.Places(directory, directory.resolve("log"), List.of(directory)),
        directory,
        host.backgroundCommand());
  }

  /** The words that start this program. */
  public static List<String> command(Path directory) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(LdirectordProcess.class.getName());
    command.add(directory.toString());
    return command;
  }

  /** Writes what it holds into a file after each change. */
  private static final class ShownTable implements ServerTable {
    private final CoreTable table = new CoreTable();
    private final Path file;

    ShownTable(Path file) {
      this.file = file;
    }

    @Override
    public List<TableEntry> services() throws TableException {
      return table.services();
    }

    @Override
    public List<TableEntry> services(Collection<ServiceKey> keys) throws TableException {
      return table.services(keys);
    }

    @Override
    public void apply(List<TableChange> changes) throws TableException {
      table.apply(changes);
      try {
        Path part = file.resolveSibling("table.part");
        Files.writeString(part, table.text());
        Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException failed) {
        throw new TableException("cannot show the table: " + failed.getMessage(), failed);
      }
    }
  }
}
