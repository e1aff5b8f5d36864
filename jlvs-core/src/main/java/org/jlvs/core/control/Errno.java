package org.jlvs.core.control;

/** The errors that the kernel answers control requests with, under its names. */
public enum Errno {
  ENOENT(2),
  ESRCH(3),
  ENOMEM(12),
  EEXIST(17),
  ENODEV(19),
  EINVAL(22),
  ERANGE(34),
  EADDRNOTAVAIL(99),
  ENOBUFS(105),
  EPERM(1),
  EOPNOTSUPP(95),
  EAFNOSUPPORT(97);

  private final int number;

  Errno(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }
}
