package org.jlvs.testbed.director;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jlvs.testbed.director.TwoLdirectords.Which;
import org.jlvs.testbed.namespaces.Command;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What operators' commands get from Debian's ldirectord and from jlvs' by the same file: external
 * checks, those in Perl, and commands for the fallback.
 */
@Tag("system")
class ExternalCommandsTest {
  private static final String CONFIGURATION =
      """
      checkinterval=1
      checktimeout=20
      cleanstop=no
      fallbackcommand=/etc/ha.d/told
      virtual=10.0.0.100:80
      \treal=10.0.0.11:8080 gate
      \treal=10.0.0.12 masq 5
      \tchecktype=external
      \tcheckcommand=/etc/ha.d/told
      virtual=10.0.0.100:81
      \treal=10.0.0.11:81 gate
      \tchecktype=external
      \tcheckport=9999
      \trequest="ask"
      \treceive="get"
      \tcheckcommand="/etc/ha.d/told in quotes"
      virtual=10
      \treal=10.0.0.11:80 gate
      \treal=10.0.0.12 gate
      \tchecktype=external
      \tcheckcommand=/etc/ha.d/told
      virtual6=[2001:db8::100]:80
      \treal6=[2001:db8::11]:8080 gate
      \tchecktype=external
      \tcheckcommand=/etc/ha.d/told
      virtual6=11
      \treal6=[2001:db8::12]:80 gate
      \tchecktype=external
      \tcheckcommand=/etc/ha.d/told
      virtual=10.0.0.100:83
      \treal=10.0.0.11:83 gate
      \tchecktype=external
      \tcheckcommand=/etc/ha.d/refusing
      \tfallback=127.0.0.1:80 gate
      \tfallbackcommand="/etc/ha.d/told 'of it' twice"
      virtual=10.0.0.100:85
      \treal=10.0.0.11:8585 gate
      \treal=10.0.0.12 gate
      \tchecktype=external-perl
      \tcheckcommand=/etc/ha.d/told.pl
      virtual=12
      \treal=10.0.0.11:8585 gate
      \tchecktype=external-perl
      \tcheckcommand=/etc/ha.d/told.pl
      """;

  /** Of the configuration above, when each server was checked. */
  private static final int SERVERS = 11;

  /** The original's own, and what the shell of a script adds. */
  private static final String NOT_COMPARED = "(PERLIO|PWD|OLDPWD|SHLVL|_)=.*";

  private DirectorLab lab;

  /**
   * What the commands of one program have written.
   *
   * @param checks by checks, each line once
   * @param fallbacks by commands for fallbacks
   * @param environment of the last command
   * @param table the lines of {@code ipvsadm -Sn}
   */
  private record Seen(
      Set<String> checks, Set<String> fallbacks, Set<String> environment, Set<String> table) {}

  @BeforeEach
  void begin() {
    lab = DirectorLab.create("extern");
    lab.startDirector();
  }

  @AfterEach
  void end() {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void commandsGetTheSameFromBoth() throws Exception {
    Seen original = seen(Which.ORIGINAL);
    Seen ours = seen(Which.OURS);

    assertThat(original.checks())
        .hasSize(11)
        .contains(
            "/etc/ha.d/told in quotes <10.0.0.100> <81> <10.0.0.11> <81>; in /, umask 0022, input"
                + " /dev/null",
            "/etc/ha.d/told <11> <0> <[2001:db8::12]> <80>; in /, umask 0022, input /dev/null",
            "perl <10.0.0.100> <85> <10.0.0.12> <0>; given <10.0.0.100> <85> <10.0.0.12> <0>");
    assertThat(ours.checks()).isEqualTo(original.checks());
    assertThat(ours.environment()).isEqualTo(original.environment());
    assertThat(ours.table()).isEqualTo(original.table());
    assertThat(ours.fallbacks())
        .contains(
            "/etc/ha.d/told <of it> <twice> <start> <10.0.0.100:83> <tcp>; in /, umask 0022, input"
                + " /dev/null");
    // The original says :0 in the place of any mark; and it begins with a start for each service.
    Set<String> told = new TreeSet<>();
    ours.fallbacks().forEach(line -> told.add(line.replaceFirst("<1\\d>", "<:0>")));
    assertThat(original.fallbacks()).containsAll(told);
  }

  private Seen seen(Which which) throws Exception {
    TwoLdirectords ldirectord = new TwoLdirectords(lab, which, Map.of());
    for (String name : List.of("told", "told in quotes", "refusing")) {
      Path script = ldirectord.configuration(name);
      Files.writeString(
          script,
          """
          #!/bin/sh
          line="$0"
          for word do line="$line <$word>"; done
          echo "$line; in $PWD, umask $(umask), input $(readlink /proc/self/fd/0)" >>/etc/ha.d/seen
          env >/etc/ha.d/environment.$$
          mv /etc/ha.d/environment.$$ /etc/ha.d/environment
          [ "${0##*/}" != refusing ]
          """);
      Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    Files.writeString(
        ldirectord.configuration("told.pl"),
        """
        open(my $seen, '>>', '/etc/ha.d/seen') or die;
        print $seen 'perl <' . join('> <', @ARGV) . '>; given <' . join('> <', @_) . ">\\n";
        close($seen);
        exit 0;
        """);
    // By this name it has its pid file, which all namespaces of a machine share.
    String name = lab.directory().getFileName() + "-" + which + ".cf";
    Files.writeString(ldirectord.configuration(name), CONFIGURATION);
    Command.Result started = ldirectord.run(name, "start");
    assertThat(started.status()).as(started.out() + started.err()).isZero();
    Set<String> table = new TreeSet<>();
    ldirectord.await(
        "all are checked, and the fallbacks are in",
        () -> {
          table.clear();
          table.addAll(ldirectord.beside("ipvsadm", "-Sn").out().lines().toList());
          return table.stream().filter(line -> line.startsWith("-a")).count() == SERVERS
              && table.contains("-a -t 10.0.0.100:83 -r 127.0.0.1:83 -g -w 1")
              && table.contains("-a -f 12 -r 10.0.0.11:8585 -g -w 1");
        });
    ldirectord.run(name, "stop");
    ldirectord.await("it has ended", () -> ldirectord.run(name, "status").status() != 0);
    assertThat(ldirectord.beside("ipvsadm", "-C").status()).isZero();
    Set<String> checks = new TreeSet<>();
    Set<String> fallbacks = new TreeSet<>();
    for (String line : Files.readAllLines(ldirectord.configuration("seen"))) {
      (line.contains("<start>") || line.contains("<stop>") ? fallbacks : checks).add(line);
    }
    Set<String> environment =
        new TreeSet<>(Files.readAllLines(ldirectord.configuration("environment")));
    environment.removeIf(line -> line.matches(NOT_COMPARED));
    return new Seen(checks, fallbacks, environment, table);
  }
}
