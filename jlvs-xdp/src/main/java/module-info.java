/** The XDP data plane: the kernel program, its driver and AF_XDP. */
module org.jlvs.xdp {
  requires static org.jspecify;
  requires transitive org.jlvs.core;
  requires transitive org.jlvs.linux;

  exports org.jlvs.xdp;
}
