/** The command line's client of the control socket, and the protocol they speak. */
module org.jlvs.cli {
  requires org.jlvs.core;
  requires org.jlvs.ipvsadm;
  requires static org.jspecify;

  exports org.jlvs.cli;
}
