package org.jlvs.monitor.supervise;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class MailboxTest {
  private static final long LONG = Duration.ofSeconds(30).toNanos();
  private final Mailbox<Integer> mailbox = new Mailbox<>();

  @Test
  void nothingComesWithinTheTime() throws InterruptedException {
    assertThat(mailbox.poll(1_000_000)).isNull();
    assertThat(mailbox.poll(-1)).isNull();
  }

  @Test
  void whoeverWaitsIsWoken() throws InterruptedException {
    Thread.startVirtualThread(
        () -> {
          try {
            Thread.sleep(50);
          } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
          }
          mailbox.add(7);
        });

    assertThat(mailbox.poll(LONG)).isEqualTo(7);
  }

  @Test
  void eventsOfManyThreadsAllComeInTheOrderOfEach() throws InterruptedException {
    int threads = 100;
    int each = 1000;
    for (int thread = 0; thread < threads; thread++) {
      int first = thread * each;
      Thread.startVirtualThread(
          () -> {
            for (int i = 0; i < each; i++) {
              mailbox.add(first + i);
              Thread.yield();
            }
          });
    }
    List<List<Integer>> seen = new ArrayList<>();
    for (int thread = 0; thread < threads; thread++) {
      seen.add(new ArrayList<>());
    }
    for (int i = 0; i < threads * each; i++) {
      Integer event = mailbox.poll(LONG);
      assertThat(event).isNotNull();
      seen.get(event / each).add(event % each);
    }

    assertThat(seen).allSatisfy(one -> assertThat(one).hasSize(each).isSorted());
    assertThat(mailbox.peek()).isNull();
  }
}
