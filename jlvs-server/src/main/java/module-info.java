/**
 * The daemon: control socket, the host's routes and mark rules, engine and tools wired together.
 */
module org.jlvs.server {
  requires static org.jspecify;
  requires org.jlvs.core;
}
