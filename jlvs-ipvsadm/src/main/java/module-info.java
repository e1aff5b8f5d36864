/** The command ipvsadm as a function of its arguments and a director. */
module org.jlvs.ipvsadm {
  requires org.jlvs.core;
  requires static org.jspecify;

  exports org.jlvs.ipvsadm;
}
