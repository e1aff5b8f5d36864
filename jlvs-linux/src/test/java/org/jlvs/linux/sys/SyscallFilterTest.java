package org.jlvs.linux.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class SyscallFilterTest {
  /** Of x86-64. */
  private static final int KILL = 62;

  private static final int EPERM = 1;
  private static final int CONTINUE = 18;

  @Test
  void aCallFailsWithTheGivenArgumentsAndInNewProcessesToo() throws Exception {
    assumeTrue(
        "amd64".equals(System.getProperty("os.arch")), "the number of kill(2) is that of x86-64");
    FutureTask<String> filtered =
        new FutureTask<>(
            () -> {
              SyscallFilter.fail(KILL, EPERM, List.of(new SyscallFilter.Argument(1, CONTINUE)));
              Process shell =
                  new ProcessBuilder("sh", "-c", "kill -0 $$; echo $?; kill -CONT $$; echo $?")
                      .start();
              return new String(shell.getInputStream().readAllBytes());
            });
    Thread.ofPlatform().start(filtered);

    assertThat(filtered.get()).isEqualTo("0\n1\n");
  }
}
