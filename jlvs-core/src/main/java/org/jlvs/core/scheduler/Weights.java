package org.jlvs.core.scheduler;

/** Arithmetic of weights. */
final class Weights {
  private Weights() {}

  /** The greatest common divisor of two numbers that are not negative; 0 of none but zeros. */
  static int greatestCommonDivisor(int a, int b) {
    while (b != 0) {
      int rest = a % b;
      a = b;
      b = rest;
    }
    return a;
  }
}
