package org.jlvs.ipvsadm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class RestoreTest {
  private static final String TABLE =
      """
      -A -t 10.0.0.100:80 -s wrr
      -a -t 10.0.0.100:80 -r 10.1.0.1:80 -g -w 3
      -A -t 10.0.0.100:443 -s rr
      """;

  private final TableDirector director = new TableDirector();

  @Test
  void allChangesHappenAtOnceForThePackets() throws IOException {
    assertThat(Recording.run("ipvsadm -R", TABLE, director))
        .isEqualTo(new Recording.Answer(0, "", ""));
    assertThat(director.batches).isEqualTo(1);
    assertThat(director.table.services()).hasSize(2);
  }

  @Test
  void whatComesBeforeMisuseIsDoneAndWhatComesAfterItIsNot() throws IOException {
    String input = TABLE + "-A -t 10.0.0.100\n-A -t 10.0.0.100:81\n";
    assertThat(Recording.run("ipvsadm -R", input, director))
        .isEqualTo(new Recording.Answer(2, "", "Zero port specified for non-persistent service\n"));
    assertThat(director.batches).isEqualTo(1);
    assertThat(Recording.run("ipvsadm -Sn", "", director).out())
        .isEqualTo(
            """
            -A -t 10.0.0.100:80 -s wrr
            -a -t 10.0.0.100:80 -r 10.1.0.1:80 -g -w 3
            -A -t 10.0.0.100:443 -s rr
            """);
  }

  @Test
  void theScriptClearsTheTableFirstAndLeavesCommentsOut() throws IOException {
    Recording.run("ipvsadm -A -t 10.0.0.101:25", "", director);
    director.batches = 0;

    assertThat(Recording.run("ipvsadm-restore", "# a comment\n\n" + TABLE, director))
        .isEqualTo(new Recording.Answer(0, "", ""));
    assertThat(director.batches).isEqualTo(1);
    assertThat(director.table.services()).hasSize(2);

    assertThat(Recording.run("ipvsadm-restore", "rubbish\n", director).exitCode()).isEqualTo(255);
    assertThat(director.table.services()).isEmpty();
  }

  @Test
  void aRefusedLineIsToldAndTheRestGoesOn() throws IOException {
    String input = TABLE + TABLE + "-D -t 10.0.0.100:443\n";
    assertThat(Recording.run("ipvsadm -R", input, director))
        .isEqualTo(
            new Recording.Answer(
                0,
                "",
                "Service already exists\nDestination already exists\nService already exists\n"));
    assertThat(director.batches).isEqualTo(1);
    assertThat(director.table.services()).hasSize(1);
  }
}
