"""Plays scenarios on the kernel's IPVS. This is process 1 of a user-mode Linux that org.jlvs.testbed.differential boots.

argv[1] is a folder of the host: scenarios/NAME.jsonl in, recorded/NAME.jsonl out, in the format of traces with the
time of each event in seconds since the scenario's begin ("at"). An event {"t":"frame","in":..,"follows":K,
"choices":{RECEIVER:HEX,..}} is an answer to what frame event K (counted from 1) brought about: the bytes sent depend on who
received that; when nobody did, the event is left out. Standard library only, and nothing that needs AVX.

Scenarios are played side by side, each in a network namespace: while one waits, others go on.

No time is lost waiting for answers. The kernel forwards a frame before the system call that sends it is over: veth hands it
to the backlog of this one CPU, and the softirq that empties the backlog runs inside the call, or else in ksoftirqd, which as a
real-time thread comes before this process gets the CPU back. Should a frame come later all the same, it is found before the
next frame is sent and recorded as an event "late", which no comparison forgives.
"""
import ctypes
import fcntl
import heapq
import json
import os
import re
import socket
import struct
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNET = 0x40000000
FINIT_MODULE = 313
POWER_OFF = 0x4321FEDC
SIOCSIFFLAGS = 0x8914
SIOCETHTOOL = 0x8946
IFF_UP = 1
CHECKSUM_AND_SEGMENTATION = (0x17, 0x1F, 0x24, 0x2C)  # ETHTOOL_STXCSUM, STSO, SGSO, SGRO
PACKET_IGNORE_OUTGOING = 23
SOL_PACKET = 263
ALL_PROTOCOLS = 3
TCP, UDP, ICMPV6, SCTP = 6, 17, 58, 132
NEIGHBOUR_DISCOVERY = frozenset((130, 131, 132, 133, 134, 135, 136, 143))

# HZ is 100.
TICK = 0.015
LISTS_CONNECTIONS = re.compile(r"ipvsadm -L\w*c")
LISTING_HEADER = 2
DELETES = re.compile(r"ipvsadm -[dDC]\b")

AT_ONCE = 80

# Until then IPv6 does not send by interfaces that have just come up.
UNTIL_READY = 0.4

MODULES = (
    "veth ip_vs ip_vs_rr ip_vs_wrr ip_vs_lc ip_vs_wlc ip_vs_sh ip_vs_mh ip_vs_dh ip_vs_sed ip_vs_nq ip_vs_fo "
    "ip_vs_ovf ip_vs_lblc ip_vs_lblcr ip_vs_ftp ip_vs_pe_sip iptable_mangle ip6table_mangle xt_tcpudp xt_multiport "
    "xt_mark ipip"
).split()

RECEIVERS = {"02:00:00:00:00:01": "gw"}
RECEIVERS.update(("02:00:00:00:01:%02x" % i, "rs%d" % i) for i in range(1, 10))

TOPOLOGY = """\
link add eth0 address 02:00:00:00:00:fe type veth peer name {c} netns {wires}
link add eth1 address 02:00:00:00:01:fe type veth peer name {r} netns {wires}
link set lo up
link set eth0 addrgenmode none
link set eth1 addrgenmode none
link set eth0 up
link set eth1 up
addr add 10.0.0.254/24 dev eth0
addr add 10.0.0.100/32 dev eth0
addr add 10.0.0.101/32 dev eth0
addr add 10.1.0.254/24 dev eth1
addr add 2001:db8::fe/64 dev eth0 nodad
addr add 2001:db8::100/128 dev eth0 nodad
addr add 2001:db8:1::fe/64 dev eth1 nodad
neigh replace 10.0.0.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent
neigh replace 2001:db8::1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent
route add default via 10.0.0.1
route add default via 2001:db8::1
""" + "".join(
    f"neigh replace 10.1.0.{i} lladdr 02:00:00:00:01:{i:02x} dev eth1 nud permanent\n"
    f"neigh replace 2001:db8:1::{i} lladdr 02:00:00:00:01:{i:02x} dev eth1 nud permanent\n"
    for i in range(1, 10)
)

# Rates of ICMP errors are limited by the clock, which scenarios do not share with a slow machine.
SETTINGS = {
    "net.ipv4.ip_forward": "1",
    "net.ipv6.conf.all.forwarding": "1",
    "net.ipv4.conf.all.rp_filter": "0",
    "net.ipv4.conf.eth0.rp_filter": "0",
    "net.ipv4.conf.eth1.rp_filter": "0",
    "net.ipv4.conf.all.send_redirects": "0",
    "net.ipv4.conf.eth0.send_redirects": "0",
    "net.ipv4.conf.eth1.send_redirects": "0",
    "net.ipv4.icmp_ratelimit": "0",
    "net.ipv4.icmp_ratemask": "0",
    "net.ipv6.icmp.ratelimit": "0",
    "net.ipv6.icmp.ratemask": "",
}


def checked(result, what):
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, "%s: %s" % (what, os.strerror(error)))
    return result


def mount(source, target, kind, data=None):
    arguments = (source.encode(), target.encode(), kind.encode(), 0, data.encode() if data else None)
    checked(libc.mount(*arguments), "mount " + target)


def load_modules():
    folder = "/usr/lib/uml/modules/%s/" % os.uname().release
    needs = {}
    with open(folder + "modules.dep") as file:
        for line in file:
            path, others = line.split(":")
            needs[path] = others.split()
    paths = {os.path.basename(path)[: -len(".ko")]: path for path in needs}
    loaded = set()

    def load(path):
        if path not in loaded:
            loaded.add(path)
            for other in needs[path]:
                load(other)
            fd = os.open(folder + path, os.O_RDONLY)
            checked(libc.syscall(FINIT_MODULE, fd, b"", 0), "load " + path)
            os.close(fd)

    for name in MODULES:
        load(paths[name])


def let_softirqs_come_first():
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/comm" % pid) as file:
                name = file.read()
        except OSError:
            continue  # a worker that has just ended
        if name.startswith("ksoftirqd/"):
            os.sched_setscheduler(int(pid), os.SCHED_FIFO, os.sched_param(50))


def new_namespace():
    checked(libc.unshare(CLONE_NEWNET), "unshare")
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY)


def enter(namespace):
    checked(libc.setns(namespace, CLONE_NEWNET), "setns")


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


def set_key(key, value):
    write("/proc/sys/" + key.replace(".", "/"), value)


def interface_up(name):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sH22x", name.encode(), IFF_UP))


def finish_checksums(name):
    """Switches the offloads off, so that checksums in a trace are final."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for command in CHECKSUM_AND_SEGMENTATION:
            value = ctypes.create_string_buffer(struct.pack("II", command, 0))
            request = struct.pack("16sQ16x", name.encode(), ctypes.addressof(value))
            try:
                fcntl.ioctl(s, SIOCETHTOOL, request)
            except OSError:
                pass  # lo knows not all of them


def run(arguments, given=None):
    """Exit code, output, errors. By files: a pipe would need a thread, or two system calls a line."""
    with open("/run/in", "w") as file:
        file.write(given or "")
    actions = [
        (os.POSIX_SPAWN_OPEN, 0, "/run/in", os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, "/run/out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, "/run/err", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
    ]
    try:
        pid = os.posix_spawnp(arguments[0], arguments, os.environ, file_actions=actions)
    except OSError as e:
        return 127, "", str(e)
    _, status = os.waitpid(pid, 0)
    with open("/run/out", errors="replace") as out, open("/run/err", errors="replace") as err:
        return os.waitstatus_to_exitcode(status), out.read(), err.read()


def execute(command):
    restored = re.fullmatch(r"printf -- '([^']*)' \| ipvsadm -R", command)
    if restored:  # without a shell: every process takes time
        return run(["ipvsadm", "-R"], restored.group(1).replace("\\n", "\n"))
    if any(c in command for c in "|<>;&$`'\""):
        return run(["/bin/sh", "-c", command])
    return run(command.split())


def connections():
    with open("/proc/thread-self/net/ip_vs_conn") as file:
        return [line.rstrip("\n") for line in file.readlines()[1:] if line.strip()]


def is_noise(frame):
    """Neighbour and multicast discovery, ARP: no part of a trace."""
    kind = frame[12:14]
    if kind == b"\x08\x00":
        return False
    if kind != b"\x86\xdd":
        return True
    return frame[20] == 0 or (frame[20] == 58 and frame[54] in NEIGHBOUR_DISCOVERY)


def may_begin_connection(frame):
    """A SYN of TCP, an INIT of SCTP, or a piece or an extension header that one may be behind: it may end the connection before."""
    data = bytes.fromhex(frame)
    if data[12:14] == b"\x08\x00":
        kind, header = data[23], 4 * (data[14] & 15)
        hidden = (data[20] << 8 | data[21]) & 0x3FFF
    else:
        kind, header = data[20], 40
        hidden = kind not in (TCP, UDP, ICMPV6, SCTP)
    if hidden or len(data) < 28 + header:
        return bool(hidden)
    return bool(kind == TCP and data[27 + header] & 2 or kind == SCTP and data[26 + header] == 1)


class Scenario:
    def __init__(self, path, number, wires):
        self.name = os.path.basename(path)
        with open(path) as file:
            self.events = [json.loads(line) for line in file if line.strip()]
        self.next = 0
        self.frames = 0
        self.sent = False
        self.answers = {}
        self.recorded = []
        self.namespace = new_namespace()
        c, r = "c%d" % number, "r%d" % number
        topology = TOPOLOGY.format(c=c, r=r, wires="/proc/1/fd/%d" % wires)
        code, _, err = run(["ip", "-batch", "-"], topology)
        if code:
            raise SystemExit("topology: " + err)
        for key, value in SETTINGS.items():
            set_key(key, value)
        for name in ("eth0", "eth1", "lo"):
            finish_checksums(name)
        enter(wires)
        self.sockets = {}
        for wire, name in (("c0", c), ("r0", r)):
            interface_up(name)
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
            s.setblocking(False)
            s.bind((name, ALL_PROTOCOLS))
            self.sockets[wire] = s
        self.begin = None

    def drain(self):
        out = []
        for wire, s in self.sockets.items():
            while True:
                try:
                    frame = s.recv(65535)
                except BlockingIOError:
                    break
                if not is_noise(frame):
                    out.append((wire, frame))
        return [{"dev": wire, "hex": frame.hex()} for wire, frame in out]

    def log(self, event):
        event["at"] = round(time.monotonic() - self.begin, 3)
        self.recorded.append(event)

    def check_silence(self):
        late = self.drain()
        if late:
            self.log({"t": "late", "out": late})

    def play(self):
        """Up to the next sleep. Returns the time of its end, or None at the scenario's end. How long steps take adds nothing."""
        enter(self.namespace)
        if self.begin is None:
            self.drain()
            self.begin = self.planned = time.monotonic()
        self.check_silence()
        while self.next < len(self.events):
            event = self.events[self.next]
            self.next += 1
            kind = event["t"]
            if kind == "sleep":
                self.log(event)
                self.planned += event["s"]
                return self.planned
            getattr(self, kind)(event)
        self.check_silence()
        return None

    def meta(self, event):
        for setting in event.get("sysctl", ()):
            set_key(*setting.split("=", 1))
        event["kernel"] = os.uname().release
        self.log(event)

    def note(self, event):
        self.log(event)

    def let_timers_fire(self):
        """What a packet ends at once, the kernel ends with its next tick; until then it has 0 seconds left."""
        if self.sent and any(line.split()[-1] == "0" for line in connections()):
            time.sleep(TICK)
        self.sent = False

    def cmd(self, event):
        self.let_timers_fire()
        event["rc"], event["out"], event["err"] = execute(event["cmd"])
        if LISTS_CONNECTIONS.search(event["cmd"]):
            self.complete(event)
        if DELETES.search(event["cmd"]):
            time.sleep(2 * TICK)  # for the worker of expire_nodest_conn, and the timers that it sets
        self.log(event)
        self.check_silence()

    def complete(self, event):
        """Once in ten thousand listings of more than a page the kernel leaves out one connection that is there before and after."""
        for _ in range(3):
            if event["out"].count("\n") >= LISTING_HEADER + len(connections()):
                break
            event["rc"], event["out"], event["err"] = execute(event["cmd"])

    def sysctl(self, event):
        set_key(event["key"], event["value"])
        self.log(event)

    def conns(self, event):
        self.let_timers_fire()
        event["proc"] = sorted(connections())
        self.log(event)

    def frame(self, event):
        self.frames += 1
        if "follows" in event:
            choices = event.pop("choices")
            answered = self.answers.get(event.pop("follows"), ())
            chosen = next((choices[to] for to in answered if to in choices), None)
            if chosen is None:
                return
            event["hex"] = chosen
        event["n"] = self.frames
        self.check_silence()
        try:
            self.sockets[event["in"]].send(bytes.fromhex(event["hex"]))
            event["out"] = self.drain()
            self.sent = True
            if may_begin_connection(event["hex"]):
                self.let_timers_fire()
        except OSError as e:
            raise SystemExit("%s frame %d: %s" % (self.name, self.frames, e))
        self.answers[self.frames] = [RECEIVERS.get(bytes.fromhex(o["hex"][:12]).hex(":")) for o in event["out"]]
        self.log(event)

    def save(self, folder):
        partial = "%s/.%s" % (folder, self.name)
        with open(partial, "w") as file:
            for event in self.recorded:
                file.write(json.dumps(event))
                file.write("\n")
        os.rename(partial, "%s/%s" % (folder, self.name))

    def close(self):
        for s in self.sockets.values():
            s.close()
        os.close(self.namespace)


def play_all(job):
    paths = [job + "/scenarios/" + name for name in sorted(os.listdir(job + "/scenarios"))]
    wires = new_namespace()
    set_key("net.ipv6.conf.default.disable_ipv6", "1")
    waiting = []
    begun = 0
    longest_begin = 0
    while waiting or begun < len(paths):
        now = time.monotonic()
        # Nobody is begun when another is about to wake: timers are compared, so nobody may be late.
        room = not waiting or (len(waiting) < AT_ONCE and waiting[0][0] - now > longest_begin)
        if begun < len(paths) and room:
            number = begun
            begun += 1
            scenario = Scenario(paths[number], number, wires)
            wake = time.monotonic() + UNTIL_READY
            longest_begin = max(0.9 * longest_begin, wake - UNTIL_READY - now)
        else:
            wake, number, scenario = heapq.heappop(waiting)
            if wake > now:
                time.sleep(wake - now)
            wake = scenario.play()
        if wake is None:
            scenario.save(job + "/recorded")
            scenario.close()
        else:
            heapq.heappush(waiting, (wake, number, scenario))


def prepare():
    """What process 1 has to do before anything else. The job's folder is at /run/job then."""
    mount("proc", "/proc", "proc")
    mount("sys", "/sys", "sysfs")
    mount("tmpfs", "/run", "tmpfs")
    os.mkdir("/run/job")
    mount("none", "/run/job", "hostfs", sys.argv[1])
    load_modules()
    let_softirqs_come_first()
    interface_up("lo")
    os.environ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"


def be_process_1(work):
    try:
        prepare()
        work("/run/job")
        print("played", flush=True)
    except BaseException:  # process 1 must not die: the kernel would panic and hide why
        import traceback

        traceback.print_exc(file=sys.stdout)
        sys.stdout.flush()
    os.sync()
    libc.reboot(POWER_OFF)


if __name__ == "__main__":
    be_process_1(play_all)
