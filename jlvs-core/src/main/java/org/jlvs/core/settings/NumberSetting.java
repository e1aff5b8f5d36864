package org.jlvs.core.settings;

import java.util.OptionalLong;
import org.jlvs.core.control.DirectorException;
import org.jspecify.annotations.Nullable;

/** A setting of one whole number: the kernel's proc_dointvec and what is built upon it. */
public final class NumberSetting extends Setting {

  /** Which numbers a setting takes. */
  sealed interface Accepted {
    boolean contains(long number);

    /** For operators, to follow "can be". */
    String text();
  }

  /** All numbers from one to another. */
  record Range(long lowest, long highest) implements Accepted {
    @Override
    public boolean contains(long number) {
      return number >= lowest && number <= highest;
    }

    @Override
    public String text() {
      return lowest + " to " + highest;
    }
  }

  /** 1, 2, 4 and so on. */
  record PowerOfTwo(long highest) implements Accepted {
    @Override
    public boolean contains(long number) {
      return number >= 1 && number <= highest && Long.bitCount(number) == 1;
    }

    @Override
    public String text() {
      return "a power of two from 1 to " + highest;
    }
  }

  private final Accepted accepted;
  private long value;

  NumberSetting(String name, long value, Accepted accepted, @Nullable String withoutEffect) {
    super(name, withoutEffect);
    this.accepted = accepted;
    this.value = value;
  }

  public long value() {
    return value;
  }

  /** The value of a setting that takes nothing larger than an int. */
  public int intValue() {
    return Math.toIntExact(value);
  }

  /** Whether the value is not 0. */
  public boolean isOn() {
    return value != 0;
  }

  /** Gives it a value without asking whether an operator might. */
  void value(long newValue) {
    value = newValue;
  }

  @Override
  public String text() {
    return Long.toString(value);
  }

  @Override
  public String accepted() {
    return accepted.text();
  }

  /** Takes the first word; the kernel leaves what follows it alone. */
  @Override
  void set(String text) throws DirectorException {
    String[] words = SettingText.words(text);
    OptionalLong number = words.length == 0 ? OptionalLong.empty() : SettingText.number(words[0]);
    if (number.isEmpty() || !accepted.contains(number.getAsLong())) {
      throw refusal(text);
    }
    value = number.getAsLong();
  }
}
