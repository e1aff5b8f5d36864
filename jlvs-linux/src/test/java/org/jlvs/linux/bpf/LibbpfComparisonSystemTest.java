package org.jlvs.linux.bpf;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jlvs.linux.sys.Capability;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Loads the same object by libbpf, where it is installed, and by this loader. */
@Tag("system")
class LibbpfComparisonSystemTest {
  private static final String LIBRARY = "libbpf.so.1";
  private static final Path CLANG = Path.of("/usr/bin/clang-14");

  @TempDir Path directory;

  @Test
  void mapsAndInstructionsAreThoseThatLibbpfLoads() throws Throwable {
    assumeTrue(Capability.missing(Capability.CAP_BPF).isEmpty(), "loading needs CAP_BPF");
    Path file = directory.resolve("sample.bpf.o");
    Files.write(file, SampleObject.sample());
    try (Arena arena = Arena.ofConfined();
        BpfObject ours = BpfObject.load(SampleObject.sample(), LoadOptions.defaults())) {
      SymbolLookup libbpf = library(arena);
      MemorySegment theirs =
          (MemorySegment)
              call(libbpf, "bpf_object__open_file", ADDRESS, ADDRESS, ADDRESS)
                  .invoke(arena.allocateFrom(file.toString()), MemorySegment.NULL);
      assertThat(theirs.address()).as("bpf_object__open_file").isNotZero();
      try {
        assertThat((int) call(libbpf, "bpf_object__load", JAVA_INT, ADDRESS).invoke(theirs))
            .as("bpf_object__load")
            .isZero();
        Map<String, String> ourTags = new HashMap<>();
        Map<String, String> theirTags = new HashMap<>();
        for (String name : ours.programs().keySet()) {
          ourTags.put(name, ours.program(name).info().tag());
          theirTags.put(
              name,
              fdinfo(
                      find(
                          libbpf,
                          arena,
                          theirs,
                          "bpf_object__find_program_by_name",
                          "bpf_program__fd",
                          name))
                  .get("prog_tag"));
        }
        assertThat(ourTags).isEqualTo(theirTags).hasSize(5);
        for (String name : ElfObject.parse(SampleObject.sample()).maps().keySet()) {
          Map<String, String> their =
              fdinfo(
                  find(libbpf, arena, theirs, "bpf_object__find_map_by_name", "bpf_map__fd", name));
          assertThat(fdinfo(ours.map(name).fd().number()))
              .as(name)
              .containsEntry("map_type", their.get("map_type"))
              .containsEntry("key_size", their.get("key_size"))
              .containsEntry("value_size", their.get("value_size"))
              .containsEntry("max_entries", their.get("max_entries"))
              .containsEntry("map_flags", their.get("map_flags"));
        }
      } finally {
        close(libbpf, theirs);
      }
    }
  }

  @Test
  void theObjectsCheckedInAreWhatTheirSourceCompilesTo() throws Exception {
    assumeTrue(Files.exists(CLANG), CLANG + " is not installed");
    Path source = Path.of("src/test/bpf/sample.bpf.c");
    assumeTrue(Files.exists(source), "not run in the module's folder");
    Path compiled = directory.resolve("fresh.bpf.o");
    Process clang =
        new ProcessBuilder(
                List.of(
                    CLANG.toString(),
                    "-O2",
                    "-g",
                    "-target",
                    "bpf",
                    "-mcpu=v3",
                    "-I/usr/include/"
                        + System.getProperty("os.arch").replace("amd64", "x86_64")
                        + "-linux-gnu",
                    "-c",
                    source.toString(),
                    "-o",
                    compiled.toString()))
            .inheritIO()
            .start();
    assertThat(clang.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(clang.exitValue()).isZero();

    ElfObject fresh = ElfObject.parse(Files.readAllBytes(compiled));

    ElfObject checkedIn = ElfObject.parse(SampleObject.sample());
    assertThat(fresh.maps()).isEqualTo(checkedIn.maps());
    assertThat(fresh.programs()).isEqualTo(checkedIn.programs());
    for (String program : fresh.programs().keySet()) {
      assertThat(fresh.link(program, ElfObjectTest.DESCRIPTORS))
          .as(program)
          .isEqualTo(checkedIn.link(program, ElfObjectTest.DESCRIPTORS));
    }
  }

  private static SymbolLookup library(Arena arena) {
    try {
      return SymbolLookup.libraryLookup(LIBRARY, arena);
    } catch (IllegalArgumentException e) {
      assumeTrue(false, LIBRARY + " is not installed");
      throw e;
    }
  }

  private static MethodHandle call(
      SymbolLookup library, String name, MemoryLayout result, MemoryLayout... arguments) {
    return Linker.nativeLinker()
        .downcallHandle(library.findOrThrow(name), FunctionDescriptor.of(result, arguments));
  }

  private static int find(
      SymbolLookup library,
      Arena arena,
      MemorySegment object,
      String finder,
      String descriptorOf,
      String name)
      throws Throwable {
    MemorySegment found =
        (MemorySegment)
            call(library, finder, ADDRESS, ADDRESS, ADDRESS)
                .invoke(object, arena.allocateFrom(name));
    return (int) call(library, descriptorOf, JAVA_INT, ADDRESS).invoke(found);
  }

  private static void close(SymbolLookup library, MemorySegment object) throws Throwable {
    Linker.nativeLinker()
        .downcallHandle(
            library.findOrThrow("bpf_object__close"), FunctionDescriptor.ofVoid(ADDRESS))
        .invoke(object);
  }

  private static Map<String, String> fdinfo(int descriptor) throws Exception {
    Map<String, String> info = new HashMap<>();
    for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + descriptor))) {
      String[] parts = line.split(":", 2);
      info.put(parts[0], parts[1].strip());
    }
    return info;
  }
}
