package org.jlvs.core.settings;

import java.util.Optional;
import org.jlvs.core.control.DirectorException;
import org.jlvs.core.control.Errno;
import org.jspecify.annotations.Nullable;

/**
 * One setting with its value. It reads and shows text as the kernel's files in /proc/sys do. For
 * the engine thread.
 */
public abstract sealed class Setting permits NumberSetting, SyncThresholdSetting {
  private static final String KERNEL_PREFIX = "net.ipv4.vs.";

  private static final String FOLDER = "/proc/sys/";

  private final String name;
  private final @Nullable String withoutEffect;

  Setting(String name, @Nullable String withoutEffect) {
    this.name = name;
    this.withoutEffect = withoutEffect;
  }

  /**
   * The last name of a setting of {@code net.ipv4.vs}, such as {@code expire_nodest_conn}, or the
   * full name, with a dot, of one of jlvs' own, such as {@code jlvs.example}.
   */
  public final String name() {
    return name;
  }

  /** The name with all its parts. */
  public final String fullName() {
    return fullName(name);
  }

  static String fullName(String name) {
    return name.indexOf('.') >= 0 ? name : KERNEL_PREFIX + name;
  }

  /**
   * The {@link #name} that an operator means: dots or slashes, with or without the folders before
   * it.
   */
  public static String nameOf(String words) {
    String dotted = words.strip();
    if (dotted.startsWith(FOLDER)) {
      dotted = dotted.substring(FOLDER.length());
    }
    int dot = dotted.indexOf('.');
    int slash = dotted.indexOf('/');
    if (slash >= 0 && (dot < 0 || slash < dot)) {
      dotted = dotted.replace('/', '.');
    }
    return dotted.startsWith(KERNEL_PREFIX) ? dotted.substring(KERNEL_PREFIX.length()) : dotted;
  }

  /** Why no value changes what this director does; empty for a setting that works. */
  public final Optional<String> withoutEffect() {
    return Optional.ofNullable(withoutEffect);
  }

  /** The value as the kernel prints it, without a line end. */
  public abstract String text();

  /** What {@link #set} takes, to follow "can be". */
  public abstract String accepted();

  /**
   * Takes a new value.
   *
   * @throws DirectorException EINVAL for a text that is none; the value stays
   */
  abstract void set(String text) throws DirectorException;

  final DirectorException refusal(String text) {
    return new DirectorException(
        Errno.EINVAL, "%s can be %s, not \"%s\"".formatted(fullName(), accepted(), text.strip()));
  }
}
