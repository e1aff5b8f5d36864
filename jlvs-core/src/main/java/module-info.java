/** The director without I/O, clock or threads. */
module org.jlvs.core {
  requires static org.jspecify;

  exports org.jlvs.core.connection;
  exports org.jlvs.core.control;
  exports org.jlvs.core.engine;
  exports org.jlvs.core.mark;
  exports org.jlvs.core.net;
  exports org.jlvs.core.payload;
  exports org.jlvs.core.protocol;
  exports org.jlvs.core.scheduler;
  exports org.jlvs.core.service;
  exports org.jlvs.core.settings;
}
