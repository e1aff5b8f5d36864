package org.jlvs.linux.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class SysTest {
  @Test
  void aSignalWakesAThreadThatPolls() throws Exception {
    try (EventFd event = EventFd.open();
        PollSet set = new PollSet()) {
      int index = set.add(event.fd(), PollSet.READABLE);
      assertThat(set.await(0)).isZero();
      assertThat(set.ready(index)).isZero();

      Thread signaller = Thread.ofPlatform().start(event::signal);

      assertThat(set.await(5_000_000_000L)).isEqualTo(1);
      assertThat(set.ready(index)).isEqualTo(PollSet.READABLE);
      signaller.join();
      assertThat(event.drain()).isTrue();
      assertThat(event.drain()).isFalse();
      assertThat(set.await(0)).isZero();
    }
  }

  @Test
  void aRemovedDescriptorIsWaitedForNoMore() throws Exception {
    try (EventFd first = EventFd.open();
        EventFd second = EventFd.open();
        PollSet set = new PollSet()) {
      for (int i = 0; i < 20; i++) {
        set.add(first.fd(), 0);
      }
      set.add(second.fd(), PollSet.READABLE);
      for (int i = 0; i < 20; i++) {
        set.remove(first.fd());
      }
      first.signal();
      assertThat(set.await(0)).isZero();
      second.signal();
      assertThat(set.await(0)).isEqualTo(1);
      assertThat(set.size()).isEqualTo(1);
      assertThat(set.ready(0)).isEqualTo(PollSet.READABLE);
      set.listen(0, 0);
      assertThat(set.await(0)).isZero();
    }
  }

  @Test
  void aClosedDescriptorIsNeverUsedAgain() throws Exception {
    EventFd event = EventFd.open();
    event.close();
    event.fd().close();
    assertThat(event.fd().isOpen()).isFalse();
    assertThatThrownBy(event::signal)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the file descriptor is closed");
  }

  @Test
  void memoryIsGoneWithItsArena() throws Exception {
    MemorySegment memory;
    try (Arena arena = Arena.ofConfined()) {
      memory = Mmap.anonymous(10_000, arena);
      assertThat(memory.byteSize()).isEqualTo(10_000);
      assertThat(memory.address() % Mmap.PAGE_BYTES).isZero();
      memory.set(ValueLayout.JAVA_LONG, 8, 42);
      assertThat(memory.get(ValueLayout.JAVA_LONG, 8)).isEqualTo(42);
    }
    assertThatThrownBy(() -> memory.get(ValueLayout.JAVA_LONG, 8))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anErrorNamesWhatWasTriedAndTheNumber() {
    assertThatThrownBy(() -> NetworkNamespace.open(Path.of("/run/netns/jlvs-none")))
        .isInstanceOf(LinuxException.class)
        .hasMessage("open network namespace /run/netns/jlvs-none: ENOENT (does not exist)");
    assertThat(new LinuxException(4095, "this")).hasMessage("this: errno 4095");
  }

  @Test
  void everyThreadHasAnErrnoOfItsOwn() throws Exception {
    Thread[] threads = new Thread[8];
    int[] wrong = new int[threads.length];
    for (int i = 0; i < threads.length; i++) {
      int index = i;
      threads[i] =
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (int round = 0; round < 200; round++) {
                      try {
                        NetworkNamespace.open(
                                Path.of(index % 2 == 0 ? "/nowhere" : "/proc/version/x"))
                            .close();
                        wrong[index]++;
                      } catch (LinuxException e) {
                        wrong[index] += e.errno() == (index % 2 == 0 ? 2 : 20) ? 0 : 1;
                      }
                    }
                  });
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(wrong).containsOnly(0);
  }

  @Test
  void theKernelsVersionIsRead() throws Exception {
    assertThat(KernelVersion.parse("6.1.0-18-amd64").isAtLeast(5, 18)).isTrue();
    assertThat(KernelVersion.parse("5.15.2").isAtLeast(5, 18)).isFalse();
    assertThat(KernelVersion.parse("odd")).isEqualTo(new KernelVersion(0, 0, "odd"));
    assertThat(KernelVersion.current().isAtLeast(4, 0)).isTrue();
  }

  @Test
  void rightsAreReadFromTheStatusOfTheThread() {
    assertThat(Capability.parse(List.of("Name:\tx", "CapEff:\t0000000000003000")))
        .isEqualTo(EnumSet.of(Capability.CAP_NET_ADMIN, Capability.CAP_NET_RAW));
    assertThat(Capability.parse(List.of("CapEff:\tnonsense"))).isEmpty();
    assertThat(Capability.parse(List.of())).isEmpty();
  }

  @Test
  void theThreadsNamespaceHasANumber() throws Exception {
    assertThat(NetworkNamespace.currentInode()).isPositive();
  }

  @Test
  void aVirtualThreadIsKeptOutOfNamespaces() throws Exception {
    try (NetworkNamespace own = NetworkNamespace.open(Path.of("/proc/self/ns/net"))) {
      Throwable[] thrown = new Throwable[1];
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  own.enter();
                } catch (Exception e) {
                  thrown[0] = e;
                }
              })
          .join();
      assertThat(thrown[0]).isInstanceOf(IllegalStateException.class);
    }
  }
}
