package org.jlvs.linux.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ElfObjectTest {
  private static final int SEED = 20250101;

  static final Map<String, Integer> DESCRIPTORS =
      Map.of(
          "pairs",
          101,
          "runs",
          102,
          "lengths",
          103,
          "prefixes",
          104,
          "sockets",
          105,
          "devices",
          106,
          ".rodata",
          107,
          ".data",
          108,
          ".bss",
          109);

  @Test
  void readsMapsAsTheSourceDeclaresThem() throws Exception {
    assertThat(ElfObject.parse(SampleObject.sample()).maps())
        .isEqualTo(
            Map.of(
                "pairs", new MapSpec("pairs", MapType.ARRAY, 4, 16, 4, MapSpec.MMAPABLE),
                "runs", new MapSpec("runs", MapType.PERCPU_ARRAY, 4, 8, 1, 0),
                "lengths", new MapSpec("lengths", MapType.HASH, 4, 8, 16, 0),
                "prefixes", new MapSpec("prefixes", MapType.LPM_TRIE, 8, 4, 8, MapSpec.NO_PREALLOC),
                "sockets", new MapSpec("sockets", MapType.XSKMAP, 4, 4, 4, 0),
                "devices", new MapSpec("devices", MapType.DEVMAP_HASH, 4, 4, 4, 0)));
  }

  @Test
  void findsProgramsAndLicense() throws Exception {
    ElfObject object = ElfObject.parse(SampleObject.sample());

    assertThat(object.license()).isEqualTo("Dual BSD/GPL");
    assertThat(object.programs().values())
        .containsExactlyInAnyOrder(
            new ElfObject.Program("count", "xdp", ProgramType.XDP),
            new ElfObject.Program("to_socket", "xdp", ProgramType.XDP),
            new ElfObject.Program("pass", "xdp", ProgramType.XDP),
            new ElfObject.Program("to_device", "xdp.frags", ProgramType.XDP),
            new ElfObject.Program("route", "xdp", ProgramType.XDP));
  }

  @Test
  void placesCalledFunctionsBehindTheProgramAndPutsDescriptorsIn() throws Exception {
    ElfObject object = ElfObject.parse(SampleObject.sample());

    ByteBuffer code =
        ByteBuffer.wrap(object.link("count", DESCRIPTORS)).order(ByteOrder.LITTLE_ENDIAN);

    Map<Integer, Integer> references = new HashMap<>();
    int calls = 0;
    for (int at = 0; at < code.capacity(); at += 8) {
      int source = code.get(at + 1) >> 4 & 0xf;
      if (code.get(at) == 0x18) {
        references.merge(code.getInt(at + 4), 1, Integer::sum);
        assertThat(source).isEqualTo(code.getInt(at + 4) >= 107 ? 2 : 1);
        at += 8;
      } else if (code.get(at) == (byte) 0x85 && source == 1) {
        int target = at / 8 + code.getInt(at + 4) + 1;
        assertThat(target).isBetween(1, code.capacity() / 8 - 1);
        // Every function ends with exit, so a call goes to the instruction after one.
        assertThat(code.get((target - 1) * 8)).isEqualTo((byte) 0x95);
        calls++;
      }
    }
    assertThat(references.keySet()).containsExactlyInAnyOrder(101, 102, 103, 107, 108, 109);
    assertThat(calls).isEqualTo(3);
    assertThat(object.link("pass", Map.of())).hasSize(16);
  }

  @Test
  void namesAMapItGetsNoDescriptorFor() throws Exception {
    ElfObject object = ElfObject.parse(SampleObject.sample());

    assertThatThrownBy(() -> object.link("to_socket", Map.of()))
        .isInstanceOf(BpfObjectFormatException.class)
        .hasMessageMatching("instruction \\d+ of to_socket refers to sockets, which is no map.*");
    assertThatThrownBy(() -> object.link("nothing", DESCRIPTORS))
        .hasMessage("the object has no program nothing");
  }

  @Test
  void refusesWhatIsNoObject() {
    assertThatThrownBy(() -> ElfObject.parse(new byte[0])).hasMessage("not an ELF file");
    assertThatThrownBy(() -> ElfObject.parse(new byte[4096])).hasMessage("not an ELF file");
    byte[] otherMachine = SampleObject.sample();
    otherMachine[18] = 62;
    otherMachine[19] = 0;
    assertThatThrownBy(() -> ElfObject.parse(otherMachine))
        .hasMessage("not an object for BPF: type 1, machine 62");
  }

  @Test
  void refusesFieldRelocationsItWouldMiss() {
    assertThatThrownBy(() -> ElfObject.parse(SampleObject.withFieldRelocation()))
        .isInstanceOf(BpfObjectFormatException.class)
        .hasMessage("the object has CO-RE relocations, which are not supported");
  }

  @Test
  void everyTruncationIsAnErrorOrAnObject() {
    byte[] whole = SampleObject.sample();
    for (int length = 0; length < whole.length; length += 7) {
      readAll(Arrays.copyOf(whole, length));
    }
  }

  @Test
  void everyMutationIsAnErrorOrAnObject() {
    Random random = new Random(SEED);
    byte[] original = SampleObject.sample();
    for (int round = 0; round < 3000; round++) {
      byte[] mutated = original.clone();
      int changes = 1 + random.nextInt(6);
      for (int i = 0; i < changes; i++) {
        int at = random.nextInt(mutated.length);
        switch (random.nextInt(4)) {
          case 0 -> mutated[at] = (byte) random.nextInt(256);
          case 1 -> mutated[at] = (byte) 0xff;
          case 2 -> mutated[at] ^= (byte) (1 << random.nextInt(8));
          default -> {
            // The header and the tables at the end are a small part of the file.
            int tail = mutated.length - 1 - random.nextInt(1500);
            mutated[random.nextBoolean() ? tail : random.nextInt(64)] = (byte) random.nextInt(256);
          }
        }
      }
      readAll(mutated);
    }
  }

  /** Any exception but the format's own fails the test. */
  private static void readAll(byte[] bytes) {
    try {
      ElfObject object = ElfObject.parse(bytes);
      for (String program : object.programs().keySet()) {
        link(object, program);
      }
      object.variable("added");
    } catch (BpfObjectFormatException e) {
      assertThat(e).hasMessageMatching("(?s).+");
    }
  }

  private static void link(ElfObject object, String program) {
    try {
      assertThat(object.link(program, DESCRIPTORS).length % ElfObject.INSTRUCTION_BYTES).isZero();
    } catch (BpfObjectFormatException e) {
      assertThat(e).hasMessageMatching("(?s).+");
    }
  }
}
