package org.jlvs.server.monitor;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jlvs.core.control.Director;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.monitor.table.DirectorServerTable;
import org.jlvs.monitor.table.TableChange;
import org.jlvs.monitor.table.TableException;
import org.jlvs.server.control.CommandHandler;
import org.jlvs.server.state.DirectorJson;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;

/**
 * The command {@code table}, by which a monitor in another process reads and changes the service
 * table: {@code table show} prints all services as JSON, {@code table services} those whose keys it
 * reads as JSON, {@code table apply} makes the changes that it reads as JSON, as one; {@code table
 * handshakes} prints how handshakes with the servers go, {@code table counts} how many times
 * changes were made, and how many changes.
 */
public final class TableCommand implements CommandHandler {
  static final String NAME = "table";
  static final String SHOW = "show";
  static final String SERVICES = "services";
  static final String APPLY = "apply";
  static final String COUNTS = "counts";
  static final String HANDSHAKES = "handshakes";

  private static final int REFUSED = 1;
  private static final int MISUSED = 2;
  private static final TypeReference<List<ServiceKey>> KEYS = new TypeReference<>() {};
  private static final TypeReference<List<TableChange>> CHANGES = new TypeReference<>() {};

  private final DirectorServerTable table;
  private final Counts counts;

  /** What has been changed since the director began, by all commands of it; from any thread. */
  public static final class Counts {
    private final LongAdder batches = new LongAdder();
    private final LongAdder changes = new LongAdder();
  }

  /**
   * @param director may be called from any thread
   */
  public TableCommand(Director director, Counts counts) {
    this.table = new DirectorServerTable(director);
    this.counts = counts;
  }

  @Override
  public int run(
      String program, List<String> arguments, InputStream in, OutputStream out, OutputStream err)
      throws IOException {
    if (arguments.equals(List.of(SHOW))) {
      out.write(DirectorJson.MAPPER.writeValueAsBytes(table.services()));
      return 0;
    }
    if (arguments.equals(List.of(SERVICES))) {
      return services(in.readAllBytes(), out, err);
    }
    if (arguments.equals(List.of(APPLY))) {
      return apply(in.readAllBytes(), err);
    }
    if (arguments.equals(List.of(HANDSHAKES))) {
      out.write(DirectorJson.MAPPER.writeValueAsBytes(table.handshakes()));
      return 0;
    }
    if (arguments.equals(List.of(COUNTS))) {
      String text = counts.batches.sum() + " " + counts.changes.sum() + "\n";
      out.write(text.getBytes(StandardCharsets.UTF_8));
      return 0;
    }
    return complain(
        err, "table: wants show, services, handshakes, counts or apply, not " + arguments, MISUSED);
  }

  private int services(byte[] keys, OutputStream out, OutputStream err) throws IOException {
    List<ServiceKey> asked;
    try {
      asked = List.copyOf(DirectorJson.MAPPER.readValue(keys, KEYS));
    } catch (JacksonException | IllegalArgumentException | NullPointerException e) {
      return complain(err, "table: not a list of services: " + DirectorJson.reason(e), MISUSED);
    }
    out.write(DirectorJson.MAPPER.writeValueAsBytes(table.services(asked)));
    return 0;
  }

  private int apply(byte[] json, OutputStream err) throws IOException {
    List<TableChange> read;
    try {
      // Refuses null, and a list with null in it.
      read = List.copyOf(DirectorJson.MAPPER.readValue(json, CHANGES));
    } catch (JacksonException | IllegalArgumentException | NullPointerException e) {
      return complain(err, "table: not a list of changes: " + DirectorJson.reason(e), MISUSED);
    }
    try {
      table.apply(read);
      counts.batches.increment();
      counts.changes.add(read.size());
      return 0;
    } catch (TableException e) {
      return complain(err, String.valueOf(e.getMessage()), REFUSED);
    }
  }

  private static int complain(OutputStream err, String message, int exitCode) throws IOException {
    err.write(message.getBytes(StandardCharsets.UTF_8));
    return exitCode;
  }
}
