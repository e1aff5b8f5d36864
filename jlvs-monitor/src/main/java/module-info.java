/** ldirectord: its configuration file, its checks, and what it does to the service table. */
module org.jlvs.monitor {
  requires static org.jspecify;
  requires jdk.unsupported;
  requires java.net.http;
  requires java.sql;
  requires transitive org.jlvs.core;
  requires org.aaa4j.radius.client;
  requires org.aaa4j.radius.core;
  requires org.apache.commons.net;
  requires org.dnsjava;
  requires org.mariadb.jdbc;
  requires org.postgresql.jdbc;
  requires unboundid.ldapsdk;

  exports org.jlvs.monitor.alert;
  exports org.jlvs.monitor.check;
  exports org.jlvs.monitor.command;
  exports org.jlvs.monitor.config;
  exports org.jlvs.monitor.log;
  exports org.jlvs.monitor.report;
  exports org.jlvs.monitor.supervise;
  exports org.jlvs.monitor.table;
}
