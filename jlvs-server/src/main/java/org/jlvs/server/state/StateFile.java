package org.jlvs.server.state;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jlvs.core.service.SnapshotBuilder;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/**
 * The files that a director's state is kept in. One holds a whole state as JSON, and is replaced as
 * a whole; the other, its journal, what has changed since: a line for each change, as JSON, written
 * at the end. A reader finds every change or nothing of it, whenever the writer was killed. Nothing
 * is forced to the disk: with the machine the connections are gone, too, and with them the use of
 * this state. One thread at a time, but for {@link #prepare}.
 */
public final class StateFile {
  private static final System.Logger LOG = System.getLogger(StateFile.class.getName());
  private static final int FORMAT = 2;
  private static final String JOURNAL = ".journal-";
  private static final long SMALL_JOURNAL_BYTES = 1 << 20;

  /**
   * What the file of the whole state has in it.
   *
   * @param generation of the journal that continues it
   */
  private record Content(int format, long generation, DirectorState state) {}

  private final Path file;
  private final Path fresh;
  private long generation;
  private @Nullable FileChannel journal;
  private long journalBytes;
  private long wholeBytes;

  public StateFile(Path file) {
    this.file = file;
    this.fresh = sibling(".new");
  }

  private Path sibling(String suffix) {
    return file.resolveSibling(file.getFileName() + suffix);
  }

  /** By its name a journal belongs to one whole state, so an older one can't be taken for it. */
  private Path journal(long ofGeneration) {
    return sibling(JOURNAL + ofGeneration);
  }

  public Path path() {
    return file;
  }

  /** Whether so much was appended that the whole state should be written again. */
  boolean isLong() {
    return journalBytes > Math.max(SMALL_JOURNAL_BYTES, wholeBytes);
  }

  /**
   * The state last written; empty when there is none.
   *
   * @throws IOException also when the file is not one of ours, or of another format; the message
   *     says which
   */
  public Optional<DirectorState> read() throws IOException {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      Content content = DirectorJson.MAPPER.readValue(Files.readAllBytes(file), Content.class);
      if (content == null || content.format() != FORMAT || content.state() == null) {
        throw new IOException(file + " is not a director's state of format " + FORMAT);
      }
      generation = content.generation();
      return Optional.of(upToDate(content.state()));
    } catch (JacksonException | IllegalArgumentException e) {
      throw new IOException(file + " is not a director's state: " + DirectorJson.reason(e), e);
    }
  }

  private DirectorState upToDate(DirectorState older) throws IOException {
    Path path = journal(generation);
    byte[] lines = Files.exists(path) ? Files.readAllBytes(path) : new byte[0];
    SnapshotBuilder table = new SnapshotBuilder(older.table());
    Tuning tuning = older.tuning();
    int number = 1;
    int start = 0;
    // What follows the last end of a line is a change whose writing its director did not survive.
    for (int end = endOfLine(lines, start); end >= 0; end = endOfLine(lines, start)) {
      try {
        StateChange change =
            DirectorJson.MAPPER.readValue(lines, start, end - start, StateChange.class);
        change.parts().forEach(table::apply);
        tuning = change.tuning().orElse(tuning);
      } catch (JacksonException | IllegalArgumentException | NullPointerException e) {
        LOG.log(
            System.Logger.Level.WARNING,
            "{0} is damaged in line {1}, so what it has from there on is lost: {2}",
            path,
            number,
            DirectorJson.reason(e));
        break;
      }
      start = end + 1;
      number++;
    }
    return new DirectorState(table.build(), tuning);
  }

  private static int endOfLine(byte[] bytes, int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  /** Replaces what is there by a state. */
  public void write(DirectorState state) throws IOException {
    prepare(state);
    install(List.of());
  }

  /**
   * Writes a whole state for {@link #install}; meanwhile another thread may append changes to the
   * one before.
   */
  void prepare(DirectorState state) throws IOException {
    byte[] bytes =
        DirectorJson.MAPPER.writeValueAsBytes(new Content(FORMAT, generation + 1, state));
    create(fresh, bytes).close();
  }

  /**
   * Replaces the state by the prepared one.
   *
   * @param since what has changed since that
   */
  void install(List<StateChange> since) throws IOException {
    long size = Files.size(fresh);
    byte[] lines = lines(since);
    FileChannel next = create(journal(generation + 1), lines);
    try {
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      next.close();
      throw e;
    }
    endJournal();
    generation++;
    wholeBytes = size;
    journal = next;
    journalBytes = lines.length;
  }

  /**
   * Adds changes to the state.
   *
   * @throws IOException when nothing was added
   */
  void append(List<StateChange> changes) throws IOException {
    FileChannel channel = journal;
    if (channel == null) {
      throw new IllegalStateException("nothing was installed yet in " + file);
    }
    byte[] lines = lines(changes);
    try {
      write(channel, lines);
      journalBytes += lines.length;
    } catch (IOException e) {
      // Half a line would be the beginning of the next one.
      channel.truncate(journalBytes);
      throw e;
    }
  }

  private static byte[] lines(List<StateChange> changes) {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    for (StateChange change : changes) {
      lines.writeBytes(DirectorJson.MAPPER.writeValueAsBytes(change));
      lines.write('\n');
    }
    return lines.toByteArray();
  }

  /** A new file in place of any there was; open for more. */
  private static FileChannel create(Path path, byte[] content) throws IOException {
    Files.deleteIfExists(path);
    FileChannel channel =
        FileChannel.open(
            path,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      write(channel, content);
      return channel;
    } catch (IOException e) {
      channel.close();
      Files.deleteIfExists(path);
      throw e;
    }
  }

  private static void write(FileChannel channel, byte[] bytes) throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    while (rest.hasRemaining()) {
      channel.write(rest);
    }
  }

  /** Removes the files, for a director that ends for good; also what a killed one has left. */
  public void delete() throws IOException {
    endJournal();
    Files.deleteIfExists(file);
    Files.deleteIfExists(fresh);
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null && Files.isDirectory(folder)) {
      String journals = file.getFileName() + JOURNAL + "*";
      try (DirectoryStream<Path> left = Files.newDirectoryStream(folder, journals)) {
        for (Path path : left) {
          Files.deleteIfExists(path);
        }
      }
    }
  }

  private void endJournal() throws IOException {
    FileChannel open = journal;
    journal = null;
    if (open != null) {
      open.close();
    }
    Files.deleteIfExists(journal(generation));
  }
}
