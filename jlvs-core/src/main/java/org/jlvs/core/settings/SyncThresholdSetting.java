package org.jlvs.core.settings;

import java.util.OptionalLong;
import org.jlvs.core.control.DirectorException;
import org.jspecify.annotations.Nullable;

/**
 * {@code sync_threshold}: after how many packets a connection is told to backups, and how often
 * again. Two numbers, of which the second may be left as it is; proc_do_sync_threshold.
 */
final class SyncThresholdSetting extends Setting {
  private long packets = 3;
  private long period = 50;

  SyncThresholdSetting(@Nullable String withoutEffect) {
    super("sync_threshold", withoutEffect);
  }

  @Override
  public String text() {
    return packets + "\t" + period;
  }

  @Override
  public String accepted() {
    return "two numbers, the first at least 0 and less than the second unless that is 0";
  }

  @Override
  void set(String text) throws DirectorException {
    String[] words = SettingText.words(text);
    long[] numbers = {packets, period};
    for (int i = 0; i < Math.max(1, Math.min(numbers.length, words.length)); i++) {
      OptionalLong number = words.length == 0 ? OptionalLong.empty() : SettingText.number(words[i]);
      boolean isInt = number.isPresent() && number.getAsLong() == (int) number.getAsLong();
      if (!isInt) {
        throw refusal(text);
      }
      numbers[i] = number.getAsLong();
    }
    boolean fits = numbers[0] >= 0 && numbers[1] >= 0;
    if (!fits || numbers[1] != 0 && numbers[0] >= numbers[1]) {
      throw refusal(text);
    }
    packets = numbers[0];
    period = numbers[1];
  }
}
