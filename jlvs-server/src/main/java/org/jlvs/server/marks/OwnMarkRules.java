package org.jlvs.server.marks;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.jlvs.core.mark.OwnRules;
import org.jlvs.core.mark.OwnRules.OwnRule;
import org.jlvs.core.mark.RuleSyntaxException;

/**
 * The rules of {@code jlvs mark} and the file that keeps them for the next director. A change is in
 * the file and in force when the call that made it returns. Threads may share it.
 */
public final class OwnMarkRules {
  private static final System.Logger LOG = System.getLogger(OwnMarkRules.class.getName());

  /** What to do with the rules. */
  interface Change {
    void applyTo(OwnRules rules) throws RuleSyntaxException;
  }

  /** Puts rules in force and waits until they are. */
  public interface InForce {
    void put(OwnRules rules) throws IOException;
  }

  private final Path file;
  private final InForce inForce;
  private final OwnRules rules;

  private OwnMarkRules(Path file, OwnRules rules, InForce inForce) {
    this.file = file;
    this.rules = rules;
    this.inForce = inForce;
  }

  /**
   * The rules of an earlier director, or none, put in force.
   *
   * @param goesOn whether this director takes an earlier one's connections over, and so its rules;
   *     otherwise what it left is deleted
   */
  public static OwnMarkRules open(Path file, boolean goesOn, InForce inForce) throws IOException {
    OwnRules rules = new OwnRules();
    if (!goesOn) {
      Files.deleteIfExists(file);
    } else if (Files.exists(file)) {
      try {
        rules = OwnRules.read(Files.readAllLines(file));
      } catch (RuleSyntaxException e) {
        Path aside = file.resolveSibling(file.getFileName() + ".bad");
        Files.move(file, aside, StandardCopyOption.REPLACE_EXISTING);
        LOG.log(
            Level.WARNING,
            "the rules of ''jlvs mark'' are lost: {0}; the file is now {1}",
            e.reason(),
            aside);
      }
    }
    inForce.put(rules);
    return new OwnMarkRules(file, rules, inForce);
  }

  /** The rules in their order. */
  synchronized List<OwnRule> list() {
    return rules.list();
  }

  /**
   * Makes a change, all of it or nothing.
   *
   * @throws RuleSyntaxException if it is refused
   * @throws IOException if it could not be kept or put in force
   */
  synchronized void change(Change change) throws RuleSyntaxException, IOException {
    List<OwnRule> before = rules.list();
    change.applyTo(rules);
    try {
      write();
    } catch (IOException e) {
      rules.replaceAll(before);
      throw new IOException("the rules are as they were, since they can't be kept: " + e, e);
    }
    inForce.put(rules);
  }

  private void write() throws IOException {
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    Files.createFile(
        fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(fresh, rules.lines());
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Removes the file, for a director that ends for good. */
  public synchronized void forget() throws IOException {
    Files.deleteIfExists(file);
  }
}
