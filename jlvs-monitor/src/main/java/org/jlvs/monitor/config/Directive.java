package org.jlvs.monitor.config;

/** Puts a value into a draft. */
@FunctionalInterface
interface Directive<D> {
  void read(D draft, Value value) throws Value.Invalid;
}
