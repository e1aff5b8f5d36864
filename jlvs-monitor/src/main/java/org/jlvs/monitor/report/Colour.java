package org.jlvs.monitor.report;

/** Colours of a terminal. */
public enum Colour {
  NONE(""),
  GOOD("32"),
  BAD("31"),
  DOUBTFUL("33"),
  HEADING("1");

  private final String code;

  Colour(String code) {
    this.code = code;
  }

  public String paint(String text) {
    return code.isEmpty() ? text : "\u001b[" + code + "m" + text + "\u001b[0m";
  }
}
