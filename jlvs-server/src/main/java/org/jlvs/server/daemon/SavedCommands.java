package org.jlvs.server.daemon;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.jlvs.core.control.Director;
import org.jlvs.server.control.CommandHandler;
import org.jlvs.server.state.StateKeeper;

/**
 * Commands that answer when what they have changed is saved, so that nothing that an operator was
 * told of is lost with the director's process. What can't be saved is in force all the same: the
 * command has succeeded, and says on standard error that a restart would lose it.
 */
final class SavedCommands {
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private final Function<Runnable, Director> directors;
  private final StateKeeper keeper;

  /**
   * @param directors makes a director that tells the given one after each call that may have
   *     changed something
   */
  SavedCommands(Function<Runnable, Director> directors, StateKeeper keeper) {
    this.directors = directors;
    this.keeper = keeper;
  }

  /**
   * @param command makes the command of the director that it is to work on
   */
  CommandHandler command(Function<Director, CommandHandler> command) {
    return (program, arguments, in, out, err) -> {
      AtomicBoolean changed = new AtomicBoolean();
      Director director = directors.apply(() -> changed.set(true));
      int exitCode = command.apply(director).run(program, arguments, in, out, err);
      if (changed.get()) {
        Optional<String> problem = awaitSaved();
        if (problem.isPresent()) {
          String warning =
              "%s: warning: this is in force, but lost when the director is killed: %s\n"
                  .formatted(program, problem.get());
          err.write(warning.getBytes(StandardCharsets.UTF_8));
        }
      }
      return exitCode;
    };
  }

  private Optional<String> awaitSaved() throws IOException {
    try {
      return keeper.awaitSaved(LIMIT);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while the state was saved", e);
    }
  }
}
