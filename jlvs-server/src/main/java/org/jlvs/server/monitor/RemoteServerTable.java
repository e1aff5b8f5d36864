package org.jlvs.server.monitor;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jlvs.cli.ControlClient;
import org.jlvs.core.control.ServerHandshakes;
import org.jlvs.core.control.ServiceKey;
import org.jlvs.monitor.table.RefusedException;
import org.jlvs.monitor.table.ServerTable;
import org.jlvs.monitor.table.TableChange;
import org.jlvs.monitor.table.TableEntry;
import org.jlvs.monitor.table.TableException;
import org.jlvs.server.state.DirectorJson;
import tools.jackson.core.JacksonException;
import tools.jackson.core.type.TypeReference;

/** The service table of the director in this network namespace, through its control socket. */
public final class RemoteServerTable implements ServerTable {
  private static final TypeReference<List<TableEntry>> ENTRIES = new TypeReference<>() {};
  private static final TypeReference<Collection<ServiceKey>> KEYS = new TypeReference<>() {};
  private static final TypeReference<List<ServerHandshakes>> COUNTS = new TypeReference<>() {};
  private static final TypeReference<List<TableChange>> CHANGES = new TypeReference<>() {};

  private final ControlClient client;

  public RemoteServerTable(ControlClient client) {
    this.client = client;
  }

  @Override
  public List<TableEntry> services() throws TableException {
    return entries(run(TableCommand.SHOW, Optional.empty()));
  }

  @Override
  public List<TableEntry> services(Collection<ServiceKey> keys) throws TableException {
    String asked = DirectorJson.MAPPER.writerFor(KEYS).writeValueAsString(keys);
    return entries(run(TableCommand.SERVICES, Optional.of(asked)));
  }

  private static List<TableEntry> entries(String json) throws TableException {
    try {
      return DirectorJson.MAPPER.readValue(json, ENTRIES);
    } catch (JacksonException | IllegalArgumentException e) {
      throw new TableException("the director's table can't be read: " + DirectorJson.reason(e), e);
    }
  }

  @Override
  public List<ServerHandshakes> handshakes() throws TableException {
    String json = run(TableCommand.HANDSHAKES, Optional.empty());
    try {
      return DirectorJson.MAPPER.readValue(json, COUNTS);
    } catch (JacksonException | IllegalArgumentException e) {
      throw new TableException(
          "the director's handshakes can't be read: " + DirectorJson.reason(e), e);
    }
  }

  @Override
  public void apply(List<TableChange> changes) throws TableException {
    if (!changes.isEmpty()) {
      run(
          TableCommand.APPLY,
          Optional.of(DirectorJson.MAPPER.writerFor(CHANGES).writeValueAsString(changes)));
    }
  }

  private String run(String what, Optional<String> input) throws TableException {
    ControlClient.Result result;
    try {
      result = client.run(TableCommand.NAME, List.of(what), input);
    } catch (IOException e) {
      throw new TableException(String.valueOf(e.getMessage()), e);
    }
    if (result.exitCode() != 0) {
      throw new RefusedException(
          result.err().strip(), new IOException("exit " + result.exitCode()));
    }
    return result.out();
  }
}
