package org.jlvs.linux.internal;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * Functions of the C library. Every method returns what the function returns, or the negated errno
 * where the function reports an error, as the system calls themselves do. Pointers are segments of
 * native memory that the caller keeps alive. Safe for all threads; a blocking call holds its
 * carrier when made from a virtual thread. Where the compiler has inlined a call it allocates
 * nothing; the linker takes 40 bytes a call before.
 */
public final class Libc {
  private Libc() {}

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout STATE_LAYOUT = Linker.Option.captureStateLayout();
  private static final long ERRNO =
      STATE_LAYOUT.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
  private static final ThreadLocal<MemorySegment> STATE =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(STATE_LAYOUT));

  private static final FunctionDescriptor INT_OF_INT = FunctionDescriptor.of(JAVA_INT, JAVA_INT);

  private static final MethodHandle SOCKET =
      function("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle BIND =
      function("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle GETSOCKNAME =
      function("getsockname", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
  private static final MethodHandle SENDTO =
      function(
          "sendto",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle RECVFROM =
      function(
          "recvfrom",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS));
  private static final MethodHandle RECVMSG =
      function("recvmsg", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle GETSOCKOPT =
      function(
          "getsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
  private static final MethodHandle SETSOCKOPT =
      function(
          "setsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle IOCTL =
      function(
          "ioctl",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle OPEN =
      function(
          "open",
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle CLOSE = function("close", INT_OF_INT);
  private static final MethodHandle READ =
      function("read", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle WRITE =
      function("write", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle MMAP =
      function(
          "mmap",
          FunctionDescriptor.of(
              JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle MUNMAP =
      function("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle PPOLL =
      function("ppoll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS));
  private static final MethodHandle EVENTFD =
      function("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle SIGNAL =
      function("signal", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG));
  private static final MethodHandle SETNS =
      function("setns", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle MOUNT =
      function(
          "mount", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS));
  private static final MethodHandle STATFS =
      function("statfs", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
  private static final MethodHandle UNAME =
      function("uname", FunctionDescriptor.of(JAVA_INT, ADDRESS));
  private static final MethodHandle PRCTL =
      function(
          "prctl",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG),
          Linker.Option.firstVariadicArg(1));
  private static final MethodHandle GETPAGESIZE =
      function("getpagesize", FunctionDescriptor.of(JAVA_INT));
  private static final MethodHandle SYSCALL_BPF =
      function(
          "syscall",
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT),
          Linker.Option.firstVariadicArg(1));

  public static int socket(int domain, int type, int protocol) {
    MemorySegment state = STATE.get();
    try {
      return result((int) SOCKET.invokeExact(state, domain, type, protocol), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** The last two arguments of prctl(2) are 0. */
  public static int prctl(int option, long second, MemorySegment third) {
    MemorySegment state = STATE.get();
    try {
      return result((int) PRCTL.invokeExact(state, option, second, third, 0L, 0L), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  public static int bind(int fd, MemorySegment address) {
    MemorySegment state = STATE.get();
    try {
      return result((int) BIND.invokeExact(state, fd, address, (int) address.byteSize()), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code length} is a u32: the room in {@code address} in, the address's length out. */
  public static int getsockname(int fd, MemorySegment address, MemorySegment length) {
    MemorySegment state = STATE.get();
    try {
      return result((int) GETSOCKNAME.invokeExact(state, fd, address, length), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code address} may be {@link MemorySegment#NULL}; its size is its byte size. */
  public static long sendto(
      int fd, MemorySegment data, long length, int flags, MemorySegment address) {
    MemorySegment state = STATE.get();
    try {
      return result(
          (long)
              SENDTO.invokeExact(state, fd, data, length, flags, address, (int) address.byteSize()),
          state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code address} and {@code addressLength} (u32, in and out) may be NULL. */
  public static long recvfrom(
      int fd,
      MemorySegment data,
      long length,
      int flags,
      MemorySegment address,
      MemorySegment addressLength) {
    MemorySegment state = STATE.get();
    try {
      return result(
          (long) RECVFROM.invokeExact(state, fd, data, length, flags, address, addressLength),
          state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code message} is a {@code struct msghdr}. */
  public static long recvmsg(int fd, MemorySegment message, int flags) {
    MemorySegment state = STATE.get();
    try {
      return result((long) RECVMSG.invokeExact(state, fd, message, flags), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code length} is a u32: the room in {@code value} in, the option's length out. */
  public static int getsockopt(
      int fd, int level, int option, MemorySegment value, MemorySegment length) {
    MemorySegment state = STATE.get();
    try {
      return result((int) GETSOCKOPT.invokeExact(state, fd, level, option, value, length), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  public static int setsockopt(int fd, int level, int option, MemorySegment value) {
    MemorySegment state = STATE.get();
    try {
      return result(
          (int) SETSOCKOPT.invokeExact(state, fd, level, option, value, (int) value.byteSize()),
          state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  public static int ioctl(int fd, long request, MemorySegment argument) {
    MemorySegment state = STATE.get();
    try {
      return result((int) IOCTL.invokeExact(state, fd, request, argument), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  public static int open(String path, int flags) {
    MemorySegment state = STATE.get();
    try (Arena arena = Arena.ofConfined()) {
      return result((int) OPEN.invokeExact(state, arena.allocateFrom(path), flags, 0), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  public static int close(int fd) {
    MemorySegment state = STATE.get();
    try {
      return result((int) CLOSE.invokeExact(state, fd), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  public static long read(int fd, MemorySegment data, long length) {
    MemorySegment state = STATE.get();
    try {
      return result((long) READ.invokeExact(state, fd, data, length), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  public static long write(int fd, MemorySegment data, long length) {
    MemorySegment state = STATE.get();
    try {
      return result((long) WRITE.invokeExact(state, fd, data, length), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** The address mapped, or a negated errno (user addresses are never that high). */
  public static long mmap(long length, int protection, int flags, int fd, long offset) {
    MemorySegment state = STATE.get();
    try {
      return result(
          (long) MMAP.invokeExact(state, MemorySegment.NULL, length, protection, flags, fd, offset),
          state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  public static int munmap(MemorySegment address, long length) {
    MemorySegment state = STATE.get();
    try {
      return result((int) MUNMAP.invokeExact(state, address, length), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code timeout} is a struct timespec, or NULL to wait for ever. */
  public static int ppoll(MemorySegment pollFds, long count, MemorySegment timeout) {
    MemorySegment state = STATE.get();
    try {
      return result(
          (int) PPOLL.invokeExact(state, pollFds, count, timeout, MemorySegment.NULL), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /**
   * @param handler {@code SIG_DFL}, 0, or {@code SIG_IGN}, 1
   * @return the handler before
   */
  public static long signal(int signal, long handler) {
    MemorySegment state = STATE.get();
    try {
      return result((long) SIGNAL.invokeExact(state, signal, handler), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  public static int eventfd(int initial, int flags) {
    MemorySegment state = STATE.get();
    try {
      return result((int) EVENTFD.invokeExact(state, initial, flags), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  public static int setns(int fd, int namespaceType) {
    MemorySegment state = STATE.get();
    try {
      return result((int) SETNS.invokeExact(state, fd, namespaceType), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  public static int mount(String source, String target, String type, long flags) {
    MemorySegment state = STATE.get();
    try (Arena arena = Arena.ofConfined()) {
      return result(
          (int)
              MOUNT.invokeExact(
                  state,
                  arena.allocateFrom(source),
                  arena.allocateFrom(target),
                  arena.allocateFrom(type),
                  flags,
                  MemorySegment.NULL),
          state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code buffer} takes a struct statfs (120 bytes). */
  public static int statfs(String path, MemorySegment buffer) {
    MemorySegment state = STATE.get();
    try (Arena arena = Arena.ofConfined()) {
      return result((int) STATFS.invokeExact(state, arena.allocateFrom(path), buffer), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** {@code buffer} takes a struct utsname (six times 65 bytes). */
  public static int uname(MemorySegment buffer) {
    MemorySegment state = STATE.get();
    try {
      return result((int) UNAME.invokeExact(state, buffer), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  public static int getpagesize() {
    MemorySegment state = STATE.get();
    try {
      return result((int) GETPAGESIZE.invokeExact(state), state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  /** bpf(2), which the C library has no function for. */
  public static int bpf(int command, MemorySegment attributes) {
    MemorySegment state = STATE.get();
    try {
      return (int)
          result(
              (long)
                  SYSCALL_BPF.invokeExact(
                      state, SyscallNumbers.BPF, command, attributes, (int) attributes.byteSize()),
              state);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private static int result(int returned, MemorySegment state) {
    return returned == -1 ? -state.get(JAVA_INT, ERRNO) : returned;
  }

  private static long result(long returned, MemorySegment state) {
    return returned == -1 ? -state.get(JAVA_INT, ERRNO) : returned;
  }

  private static MethodHandle function(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    List<Linker.Option> all = new ArrayList<>(List.of(options));
    all.add(Linker.Option.captureCallState("errno"));
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name), descriptor, all.toArray(Linker.Option[]::new));
  }

  private static RuntimeException unexpected(Throwable e) {
    return switch (e) {
      case RuntimeException runtime -> runtime;
      case Error error -> throw error;
      default -> new IllegalStateException(e);
    };
  }
}
