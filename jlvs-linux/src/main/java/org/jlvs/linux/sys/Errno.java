package org.jlvs.linux.sys;

/**
 * Error numbers of the system calls, as asm-generic defines them (the same on x86, ARM and RISC-V).
 */
public final class Errno {
  private Errno() {}

  public static final int EPERM = 1;
  public static final int ENOENT = 2;
  public static final int ESRCH = 3;
  public static final int EINTR = 4;
  public static final int ENXIO = 6;
  public static final int E2BIG = 7;
  public static final int EBADF = 9;
  public static final int EAGAIN = 11;
  public static final int ENOMEM = 12;
  public static final int EACCES = 13;
  public static final int EBUSY = 16;
  public static final int EEXIST = 17;
  public static final int ENODEV = 19;
  public static final int EINVAL = 22;
  public static final int ENOSPC = 28;
  public static final int ERANGE = 34;
  public static final int ENOSYS = 38;
  public static final int EPROTO = 71;
  public static final int ENOPROTOOPT = 92;
  public static final int EPROTONOSUPPORT = 93;
  public static final int EOPNOTSUPP = 95;
  public static final int EAFNOSUPPORT = 97;
  public static final int EADDRNOTAVAIL = 99;
  public static final int ENETDOWN = 100;
  public static final int ENETUNREACH = 101;
  public static final int ENOBUFS = 105;
  public static final int ECONNREFUSED = 111;
  public static final int EHOSTUNREACH = 113;

  /** The name and meaning of {@code errno}, such as {@code ENOENT (no such file)}. */
  public static String describe(int errno) {
    return switch (errno) {
      case EPERM -> "EPERM (not permitted)";
      case ENOENT -> "ENOENT (does not exist)";
      case ESRCH -> "ESRCH (not found)";
      case EINTR -> "EINTR (interrupted)";
      case 5 -> "EIO (input or output failed)";
      case ENXIO -> "ENXIO (no such device or address)";
      case E2BIG -> "E2BIG (too long)";
      case EBADF -> "EBADF (bad file descriptor)";
      case EAGAIN -> "EAGAIN (try again)";
      case ENOMEM -> "ENOMEM (out of memory)";
      case EACCES -> "EACCES (access denied)";
      case 14 -> "EFAULT (bad address)";
      case EBUSY -> "EBUSY (in use)";
      case EEXIST -> "EEXIST (already exists)";
      case ENODEV -> "ENODEV (no such device)";
      case 20 -> "ENOTDIR (not a directory)";
      case EINVAL -> "EINVAL (invalid argument)";
      case 23 -> "ENFILE (too many open files in the system)";
      case 24 -> "EMFILE (too many open files)";
      case 27 -> "EFBIG (too large)";
      case ENOSPC -> "ENOSPC (no space left)";
      case 30 -> "EROFS (read-only)";
      case 33 -> "EDOM (out of domain)";
      case ERANGE -> "ERANGE (out of range)";
      case ENOSYS -> "ENOSYS (the kernel has no such call)";
      case EPROTO -> "EPROTO (protocol error)";
      case 74 -> "EBADMSG (bad message)";
      case 75 -> "EOVERFLOW (value too large)";
      case 90 -> "EMSGSIZE (message too long)";
      case ENOPROTOOPT -> "ENOPROTOOPT (no such socket option)";
      case EPROTONOSUPPORT -> "EPROTONOSUPPORT (protocol not supported)";
      case 94 -> "ESOCKTNOSUPPORT (socket type not supported)";
      case EOPNOTSUPP -> "EOPNOTSUPP (not supported)";
      case EAFNOSUPPORT -> "EAFNOSUPPORT (address family not supported)";
      case 98 -> "EADDRINUSE (address in use)";
      case EADDRNOTAVAIL -> "EADDRNOTAVAIL (address not available)";
      case ENETDOWN -> "ENETDOWN (network is down)";
      case ENETUNREACH -> "ENETUNREACH (network unreachable)";
      case ENOBUFS -> "ENOBUFS (no buffer space)";
      case 110 -> "ETIMEDOUT (timed out)";
      case ECONNREFUSED -> "ECONNREFUSED (refused)";
      case EHOSTUNREACH -> "EHOSTUNREACH (host unreachable)";
      case 524 -> "ENOTSUPP (operation not supported)";
      default -> "errno " + errno;
    };
  }
}
