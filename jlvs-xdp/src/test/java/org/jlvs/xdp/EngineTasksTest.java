package org.jlvs.xdp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jlvs.linux.sys.EventFd;
import org.junit.jupiter.api.Test;

class EngineTasksTest {
  @Test
  void whatATaskQueuesIsDoneBeforeItsResultIsTold() throws Exception {
    List<String> done = new CopyOnWriteArrayList<>();
    try (EventFd wake = EventFd.open()) {
      EngineTasks tasks = new EngineTasks(wake);
      Thread engine =
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int ran = 0; ran < 2; ) {
                      ran += tasks.run(1);
                      Thread.onSpinWait();
                    }
                  });

      String result =
          tasks.call(
              () -> {
                tasks.execute(
                    () -> {
                      tasks.execute(() -> done.add("second"));
                      done.add("first");
                    });
                done.add("task");
                return "told";
              });

      assertThat(result).isEqualTo("told");
      assertThat(done).containsExactly("task", "first", "second");
      assertThat(tasks.<String>call(() -> "next")).isEqualTo("next");
      engine.join();
    }
  }
}
