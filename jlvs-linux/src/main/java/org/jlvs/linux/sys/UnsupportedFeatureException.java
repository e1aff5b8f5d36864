package org.jlvs.linux.sys;

/**
 * This kernel, or the rights of this process, lack what was asked for. The message names what is
 * missing, so that a caller can choose another way and an operator can mend it.
 */
public final class UnsupportedFeatureException extends LinuxException {
  private static final long serialVersionUID = 1;

  /**
   * @param errno what the system call answered
   * @param feature what was asked for
   * @param missing the capability, kernel version or configuration that is missing
   */
  public UnsupportedFeatureException(int errno, String feature, String missing) {
    super(errno, feature + " is not possible here: " + missing);
  }
}
