package org.jlvs.testbed.dropin;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What happens to servers and to the configuration while ldirectord watches, and the table that has
 * to come of it. Equal seeds make equal stories.
 */
public final class MonitorStory {
  static final int SERVERS = 4;

  /**
   * Something that happens.
   *
   * @param acts verbs with the number of a server, for the stage
   * @param config the new configuration; empty when it stays
   * @param expected what {@code ipvsadm -Sn} shows when ldirectord has dealt with it
   * @param served whether the service on port 80 has a live server
   */
  public record Event(
      List<Act> acts, String config, String expected, boolean served, Set<Integer> alive) {}

  /** A verb of the stage and what it is done to. */
  public record Act(String verb, String object) {
    static Act of(String verb, int server) {
      return new Act(verb, Integer.toString(server));
    }
  }

  /** How a service's servers are checked. */
  private enum Check {
    NEGOTIATE,
    CONNECT,
    ON
  }

  private static final class Virtual {
    final String name;
    final String flag;
    final boolean mark;
    final Check check;
    final String fallback;
    String scheduler = "wrr";
    int persistence;
    final Map<Integer, Integer> weights = new TreeMap<>();

    Virtual(String name, String flag, Check check, String fallback) {
      this.name = name;
      this.flag = flag;
      this.mark = flag.startsWith("-f");
      this.check = check;
      this.fallback = fallback;
    }
  }

  private final Random random;
  private final List<Virtual> virtuals = new ArrayList<>();
  private final Virtual extra = new Virtual("10.0.0.100:82", "-t 10.0.0.100:82", Check.ON, "");
  private final Set<Integer> stopped = new TreeSet<>();
  private final Set<Integer> broken = new TreeSet<>();
  private final Set<Integer> frozen = new TreeSet<>();
  private final List<Event> events = new ArrayList<>();
  private boolean quiescent;

  private MonitorStory(long seed) {
    random = new Random(seed);
    quiescent = random.nextBoolean();
    virtuals.add(new Virtual("10.0.0.100:80", "-t 10.0.0.100:80", Check.NEGOTIATE, "127.0.0.1:80"));
    virtuals.add(new Virtual("10.0.0.100:81", "-t 10.0.0.100:81", Check.CONNECT, ""));
    virtuals.add(new Virtual("5", "-f 5", Check.NEGOTIATE, "127.0.0.1"));
    for (Virtual virtual : virtuals) {
      for (int server = 1; server <= SERVERS; server++) {
        if (server <= 2 || random.nextInt(3) > 0) {
          virtual.weights.put(server, 1 + random.nextInt(5));
        }
      }
    }
    extra.weights.put(1, 7);
  }

  /** A story that begins with the start of servers and of ldirectord, and ends with its end. */
  public static List<Event> of(long seed, int length) {
    MonitorStory story = new MonitorStory(seed);
    story.begin();
    while (story.events.size() < length - 1) {
      story.next();
    }
    story.end();
    return story.events;
  }

  private void begin() {
    List<Act> acts = new ArrayList<>();
    for (int server = 1; server <= SERVERS; server++) {
      acts.add(Act.of("start", server));
    }
    happens(acts, config());
    happens(List.of(new Act("ldirectord", "start")), "");
  }

  private void end() {
    virtuals.clear();
    happens(List.of(new Act("ldirectord", "stop")), "");
  }

  private void happens(List<Act> acts, String config) {
    boolean runs = !events.isEmpty();
    Set<Integer> alive = new TreeSet<>();
    if (runs && !virtuals.isEmpty()) {
      virtuals.getFirst().weights.keySet().stream()
          .filter(server -> isAlive(server, Check.NEGOTIATE))
          .forEach(alive::add);
    }
    events.add(new Event(acts, config, runs ? table() : "", !alive.isEmpty(), alive));
  }

  private void next() {
    int server = 1 + random.nextInt(SERVERS);
    switch (random.nextInt(10)) {
      case 0, 1, 2 -> toggle(stopped, "stop", "start", server);
      case 3 -> {
        if (stopped.contains(server)) {
          return;
        }
        toggle(broken, "break", "mend", server);
      }
      case 4 -> {
        if (stopped.contains(server) || !frozen.isEmpty() && !frozen.contains(server)) {
          return;
        }
        toggle(frozen, "freeze", "thaw", server);
      }
      case 5 -> allFail();
      case 6 -> allComeBack();
      default -> {
        edit();
        happens(List.of(), config());
      }
    }
  }

  private void toggle(Set<Integer> state, String begin, String end, int server) {
    if (state == stopped && frozen.contains(server)) {
      return;
    }
    boolean begins = state.add(server);
    if (!begins) {
      state.remove(server);
    }
    happens(List.of(Act.of(begins ? begin : end, server)), "");
  }

  private void allFail() {
    List<Act> acts = new ArrayList<>();
    frozen.forEach(server -> acts.add(Act.of("thaw", server)));
    frozen.clear();
    for (int server = 1; server <= SERVERS; server++) {
      if (stopped.add(server)) {
        acts.add(Act.of("stop", server));
      }
    }
    if (!acts.isEmpty()) {
      happens(acts, "");
    }
  }

  private void allComeBack() {
    List<Act> acts = new ArrayList<>();
    stopped.forEach(server -> acts.add(Act.of("start", server)));
    broken.forEach(server -> acts.add(Act.of("mend", server)));
    frozen.forEach(server -> acts.add(Act.of("thaw", server)));
    stopped.clear();
    broken.clear();
    frozen.clear();
    if (!acts.isEmpty()) {
      happens(acts, "");
    }
  }

  private void edit() {
    Virtual virtual = virtuals.get(random.nextInt(3));
    int server = 1 + random.nextInt(SERVERS);
    switch (random.nextInt(6)) {
      case 0, 1 -> virtual.weights.put(server, 1 + random.nextInt(9));
      case 2 -> {
        if (virtual.weights.size() > 1) {
          virtual.weights.remove(server);
        } else {
          virtual.weights.put(server, 2);
        }
      }
      case 3 -> virtual.scheduler = virtual.scheduler.equals("wrr") ? "wlc" : "wrr";
      case 4 -> virtual.persistence = virtual.persistence == 0 ? 60 : 0;
      default -> {
        if (!virtuals.remove(extra)) {
          virtuals.add(extra);
        }
      }
    }
  }

  private boolean isAlive(int server, Check check) {
    return switch (check) {
      case ON -> true;
      // The kernel accepts connections for a process that is stopped.
      case CONNECT -> !stopped.contains(server);
      case NEGOTIATE ->
          !stopped.contains(server) && !broken.contains(server) && !frozen.contains(server);
    };
  }

  private String config() {
    StringBuilder text =
        new StringBuilder(
            """
            checktimeout=1
            negotiatetimeout=1
            checkinterval=1
            autoreload=yes
            """);
    text.append("quiescent=").append(quiescent ? "yes" : "no").append('\n');
    for (Virtual virtual : virtuals) {
      text.append("virtual=").append(virtual.name).append('\n');
      virtual.weights.forEach(
          (server, weight) ->
              text.append("\treal=%s:80 masq %d\n".formatted(address(server), weight)));
      if (!virtual.fallback.isEmpty()) {
        text.append("\tfallback=").append(virtual.fallback).append(" gate\n");
      }
      text.append("\tscheduler=").append(virtual.scheduler).append('\n');
      if (virtual.persistence > 0) {
        text.append("\tpersistent=").append(virtual.persistence).append('\n');
      }
      text.append("\tprotocol=").append(virtual.mark ? "fwm" : "tcp").append('\n');
      text.append(
          switch (virtual.check) {
            case ON -> "\tchecktype=on\n";
            case CONNECT -> "\tchecktype=connect\n";
            case NEGOTIATE ->
                "\tchecktype=negotiate\n\tservice=http\n\tcheckport=80\n"
                    + "\trequest=\"index.html\"\n\treceive=\"alive\"\n";
          });
      text.append('\n');
    }
    return text.toString();
  }

  static String address(int server) {
    return "192.168.0.1" + server;
  }

  /** What {@code ipvsadm -Sn} has to show. */
  private String table() {
    StringBuilder text = new StringBuilder();
    virtuals.stream()
        .sorted((a, b) -> (a.mark ? "~" : a.name).compareTo(b.mark ? "~" : b.name))
        .forEach(virtual -> text.append(table(virtual)));
    return text.toString();
  }

  private String table(Virtual virtual) {
    StringBuilder text = new StringBuilder();
    text.append("-A ").append(virtual.flag).append(" -s ").append(virtual.scheduler);
    text.append(virtual.persistence > 0 ? " -p " + virtual.persistence : "").append('\n');
    String add = "-a " + virtual.flag + " -r ";
    boolean noneAlive =
        virtual.weights.keySet().stream().noneMatch(server -> isAlive(server, virtual.check));
    if (noneAlive && !virtual.fallback.isEmpty()) {
      text.append(add).append("127.0.0.1:").append(virtual.mark ? 0 : 80).append(" -g -w 1\n");
    }
    virtual.weights.forEach(
        (server, weight) -> {
          boolean alive = isAlive(server, virtual.check);
          if (alive || quiescent) {
            text.append(add).append(address(server)).append(":80 -m -w ");
            text.append(alive ? weight : 0).append('\n');
          }
        });
    return text.toString();
  }
}
