/** Linux from Java by {@code java.lang.foreign}: system calls, bpf(2), netlink, AF_XDP. */
module org.jlvs.linux {
  requires static org.jspecify;

  exports org.jlvs.linux.bpf;
  exports org.jlvs.linux.ethtool;
  exports org.jlvs.linux.probe;
  exports org.jlvs.linux.netfilter;
  exports org.jlvs.linux.netlink;
  exports org.jlvs.linux.packet;
  exports org.jlvs.linux.sys;
  exports org.jlvs.linux.xsk;
}
