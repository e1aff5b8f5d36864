package org.jlvs.linux.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.jlvs.linux.sys.Capability;
import org.jlvs.linux.sys.Errno;
import org.jlvs.linux.sys.LinuxException;
import org.jlvs.linux.sys.UnsupportedFeatureException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("system")
class BpfObjectSystemTest {
  private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG;

  @BeforeEach
  void needsTheRightToLoadPrograms() {
    Set<Capability> missing = Capability.missing(Capability.CAP_BPF, Capability.CAP_NET_ADMIN);
    assumeTrue(missing.isEmpty(), "loading BPF programs needs " + missing);
  }

  @Test
  void aProgramRunsWithItsMapsFunctionsAndVariables() throws Exception {
    try (BpfObject object = BpfObject.load(SampleObject.sample(), LoadOptions.defaults());
        Arena arena = Arena.ofConfined()) {
      byte[] packet = new byte[60];
      packet[0] = 5;

      TestRun.Result result = object.program("count").testRun(TestRun.of(packet));

      packet[0] = 23;
      assertThat(result.action()).isEqualTo(XdpAction.TX);
      assertThat(result.packet()).isEqualTo(packet);
      MemorySegment length = arena.allocate(8, 8);
      assertThat(object.map("lengths").lookup(arena.allocateFrom(U32, 5), length)).isTrue();
      assertThat(length.get(U64, 0)).isEqualTo(60);
      assertThat(object.map("lengths").lookup(arena.allocateFrom(U32, 6), length)).isFalse();
      assertThat(object.map(".bss").map(arena).get(U64, 0)).isEqualTo(1);
      assertThat(object.map(".data").map(arena).get(U32, 0)).isEqualTo(60);
    }
  }

  @Test
  void mappedValuesAndLookupsAreTheSameMemory() throws Exception {
    try (BpfObject object = BpfObject.load(SampleObject.sample(), LoadOptions.defaults());
        Arena arena = Arena.ofShared()) {
      BpfMap pairs = object.map("pairs");
      MemorySegment mapped = pairs.map(arena);
      assertThat(mapped.byteSize()).isEqualTo(4 * pairs.valueStride());
      mapped.set(U32, 3 * pairs.valueStride(), 0x01020304);

      object.program("count").testRun(TestRun.of(new byte[60]).repeated(10));

      assertThat(mapped.get(ValueLayout.JAVA_SHORT, 14)).isEqualTo((short) 10);
      MemorySegment value = arena.allocate(16, 8);
      assertThat(pairs.lookup(arena.allocateFrom(U32, 3), value)).isTrue();
      assertThat(value.get(U32, 0)).isEqualTo(0x01020304);
      value.set(U32, 0, 9);
      pairs.update(arena.allocateFrom(U32, 2), value, BpfMap.UpdateMode.ANY);
      assertThat(mapped.get(U32, 2 * pairs.valueStride())).isEqualTo(9);
    }
  }

  @Test
  void perCpuCountersAddUpOverAllCpus() throws Exception {
    try (BpfObject object = BpfObject.load(SampleObject.sample(), LoadOptions.defaults());
        Arena arena = Arena.ofConfined()) {
      object.program("count").testRun(TestRun.of(new byte[60]).repeated(100));
      BpfMap runs = object.map("runs");
      MemorySegment values = arena.allocate(runs.spec().lookupBytes(), 8);

      assertThat(runs.lookup(arena.allocateFrom(U32, 0), values)).isTrue();

      long total = 0;
      for (int cpu = 0; cpu < PossibleCpus.count(); cpu++) {
        total += values.get(U64, cpu * 8L);
      }
      assertThat(total).isEqualTo(100);
    }
  }

  @Test
  void aHashIsWalkedChangedAndEmptied() throws Exception {
    MapSpec spec = new MapSpec("test", MapType.HASH, 4, 4, 8, 0);
    try (BpfMap map = BpfMap.create(spec);
        Arena arena = Arena.ofConfined()) {
      map.update(1, 10);
      map.update(2, 20);
      MemorySegment key = arena.allocate(4, 4);
      MemorySegment next = arena.allocate(4, 4);
      int walked = 0;
      for (boolean more = map.nextKey(null, next); more; more = map.nextKey(key, next)) {
        walked += next.get(U32, 0);
        key.copyFrom(next);
      }
      assertThat(walked).isEqualTo(3);
      assertThatThrownBy(
              () ->
                  map.update(
                      arena.allocateFrom(U32, 1),
                      arena.allocateFrom(U32, 0),
                      BpfMap.UpdateMode.CREATE))
          .isInstanceOf(LinuxException.class)
          .hasMessage("update HASH map test: EEXIST (already exists)");
      assertThat(map.delete(1)).isTrue();
      assertThat(map.delete(1)).isFalse();
      assertThatThrownBy(() -> map.lookup(arena.allocate(2), arena.allocate(4)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("a key of HASH map test takes 4 native bytes");
    }
  }

  @Test
  void theLongestPrefixDecides() throws Exception {
    try (BpfObject object = BpfObject.load(SampleObject.sample(), LoadOptions.defaults());
        Arena arena = Arena.ofConfined()) {
      addPrefix(object.map("prefixes"), arena, 8, new byte[] {10, 0, 0, 0}, XdpAction.TX);
      addPrefix(object.map("prefixes"), arena, 24, new byte[] {10, 1, 2, 0}, XdpAction.PASS);

      BpfProgram route = object.program("route");

      assertThat(route.testRun(TestRun.of(to(10, 1, 2, 3))).action()).isEqualTo(XdpAction.PASS);
      assertThat(route.testRun(TestRun.of(to(10, 9, 2, 3))).action()).isEqualTo(XdpAction.TX);
      assertThat(route.testRun(TestRun.of(to(11, 1, 2, 3))).action()).isEqualTo(XdpAction.DROP);
    }
  }

  @Test
  void aConstantIsSetBeforeLoading() throws Exception {
    LoadOptions options = LoadOptions.defaults().constant("added", 100).only("count");
    try (BpfObject object = BpfObject.load(SampleObject.sample(), options)) {
      byte[] packet = new byte[60];
      packet[0] = 1;

      byte[] after = object.program("count").testRun(TestRun.of(packet)).packet();

      assertThat(after[0]).isEqualTo((byte) (2 * (2 * 1 + 100) + 100));
      assertThat(object.programs()).containsOnlyKeys("count");
    }
  }

  @Test
  void aSecondObjectTakesOverTheMapsOfTheFirst() throws Exception {
    try (BpfObject first =
        BpfObject.load(SampleObject.sample(), LoadOptions.defaults().maxEntries("pairs", 1000))) {
      first.program("count").testRun(TestRun.of(new byte[60]));
      ProgramInfo info = first.program("count").info();
      LoadOptions adopting = LoadOptions.defaults();
      for (int id : info.mapIds()) {
        try (BpfMap map = BpfMap.openId(id)) {
          if (map.spec().name().equals("pairs")) {
            adopting = adopting.map("pairs", first.map("pairs"));
            assertThat(map.spec())
                .isEqualTo(new MapSpec("pairs", MapType.ARRAY, 4, 16, 1000, MapSpec.MMAPABLE));
          }
        }
      }
      try (BpfObject second = BpfObject.load(SampleObject.sample(), adopting);
          Arena arena = Arena.ofConfined()) {
        second.program("count").testRun(TestRun.of(new byte[60]));

        MemorySegment pairs = second.map("pairs").map(arena);
        assertThat(pairs.get(ValueLayout.JAVA_SHORT, 14)).isEqualTo((short) 2);
        assertThat(second.program("count").info().tag()).hasSize(16);
      }
    }
  }

  @Test
  void aDeviceMapMadeByTheKernelFitsTheObject() throws Exception {
    try (BpfObject first = BpfObject.load(SampleObject.sample(), LoadOptions.defaults());
        BpfMap devices = BpfMap.openId(first.map("devices").info().id());
        BpfObject second =
            BpfObject.load(SampleObject.sample(), LoadOptions.defaults().map("devices", devices))) {
      assertThat(second.map("devices")).isSameAs(devices);
    }
  }

  @Test
  void aMapOfAnotherShapeIsRefused() throws Exception {
    try (BpfMap other = BpfMap.create(new MapSpec("pairs", MapType.ARRAY, 4, 24, 4, 1 << 10))) {
      assertThatThrownBy(
              () ->
                  BpfObject.load(SampleObject.sample(), LoadOptions.defaults().map("pairs", other)))
          .isInstanceOf(BpfObjectFormatException.class)
          .hasMessage(
              "the map for pairs is ARRAY pairs (4 entries, keys of 4 and values of 24 bytes,"
                  + " flags 0x400), the object wants ARRAY pairs (4 entries, keys of 4 and values"
                  + " of 16 bytes, flags 0x400)");
    }
  }

  @Test
  void optionsForWhatTheObjectLacksAreRefused() {
    assertThatThrownBy(
            () -> BpfObject.load(SampleObject.sample(), LoadOptions.defaults().maxEntries("no", 1)))
        .hasMessageStartingWith("the object has no map no among [");
    assertThatThrownBy(
            () -> BpfObject.load(SampleObject.sample(), LoadOptions.defaults().only("no")))
        .hasMessageStartingWith("the object has no program no among [");
    assertThatThrownBy(
            () -> BpfObject.load(SampleObject.sample(), LoadOptions.defaults().constant("no", 1)))
        .hasMessage("the object has no variable no");
  }

  @Test
  void aRefusedProgramComesWithTheVerifiersReason() {
    assertThatThrownBy(() -> BpfObject.load(SampleObject.refused(), LoadOptions.defaults()))
        .isInstanceOfSatisfying(
            VerifierException.class,
            e -> {
              assertThat(e.errno()).isEqualTo(Errno.EACCES);
              assertThat(e).hasMessageContaining("reads_too_far");
              assertThat(e).hasMessageContaining("invalid access to packet");
              assertThat(e.log()).contains("r0 = *(u8 *)(r1 +40)", "processed ");
            });
  }

  @Test
  void programAndMapsOutliveTheirDescriptorsWhenPinned(@TempDir Path directory) throws Exception {
    Path mount = Files.createDirectory(directory.resolve("bpf"));
    BpfFileSystem.mountAt(mount);
    try {
      assertThat(BpfFileSystem.contains(mount)).isTrue();
      assertThat(BpfFileSystem.contains(directory)).isFalse();
      LoadOptions options = LoadOptions.defaults().pin("pairs", mount.resolve("pairs"));
      try (BpfObject object = BpfObject.load(SampleObject.sample(), options)) {
        object.program("count").pin(mount.resolve("count"));
      }
      try (BpfProgram count = BpfProgram.openPinned(mount.resolve("count"));
          BpfObject again = BpfObject.load(SampleObject.sample(), options);
          Arena arena = Arena.ofConfined()) {
        count.testRun(TestRun.of(new byte[60]));
        assertThat(again.map("pairs").map(arena).get(ValueLayout.JAVA_SHORT, 14))
            .isEqualTo((short) 1);
        assertThat(count.info().name()).isEqualTo("count");
      }
    } finally {
      new ProcessBuilder(List.of("umount", mount.toString())).inheritIO().start().waitFor();
    }
  }

  @Test
  void statisticsCountRunsWhileTheyAreOn() throws Exception {
    try (BpfStatistics on = BpfStatistics.enable();
        BpfObject object = BpfObject.load(SampleObject.sample(), LoadOptions.defaults())) {
      assertThat(on).isNotNull();
      object.program("pass").testRun(TestRun.of(new byte[60]).repeated(50));

      ProgramInfo info = object.program("pass").info();

      assertThat(info.runs()).isEqualTo(50);
      assertThat(info.runNanos()).isPositive();
      assertThat(info.type()).isEqualTo(ProgramType.XDP.number());
    }
  }

  @Test
  void aMissingMapIsNamed() {
    assertThatThrownBy(() -> BpfMap.openId(0x7fff_0000))
        .isInstanceOf(LinuxException.class)
        .isNotInstanceOf(UnsupportedFeatureException.class)
        .hasMessage("open BPF map 2147418112: ENOENT (does not exist)");
  }

  private static void addPrefix(
      BpfMap map, Arena arena, int length, byte[] address, XdpAction verdict) throws Exception {
    MemorySegment key = arena.allocate(8, 4);
    key.set(U32, 0, length);
    MemorySegment.copy(address, 0, key, ValueLayout.JAVA_BYTE, 4, 4);
    map.update(key, arena.allocateFrom(U32, verdict.number()), BpfMap.UpdateMode.ANY);
  }

  private static byte[] to(int... address) {
    byte[] packet = new byte[60];
    for (int i = 0; i < 4; i++) {
      packet[30 + i] = (byte) address[i];
    }
    return packet;
  }
}
