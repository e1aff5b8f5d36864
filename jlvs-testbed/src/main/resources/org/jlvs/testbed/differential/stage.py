"""Lets Debian's ldirectord, as it is, live through events: on the kernel's IPVS, or on hosts of a testbed.

argv[1] is a folder with stage.json: {"run": {"director": PREFIX, "servers": PREFIX, "client": PREFIX}, "etc": {FILE: SOURCE},
"servers": {NUMBER: ADDRESS}, "events": [{"do": [[VERB, NUMBER]..], "config": TEXT, "expect": TABLE}..]}. PREFIX is how a
command is run on a host. As process 1 of a user-mode Linux the hosts are made here, and "run" is not looked at. Real servers
are nginx; VERB is start, stop, break (another page), mend, freeze (SIGSTOP) or thaw. After each event the table is waited for
that is expected of ipvsadm -Sn; what it and other listings show then is written to stage-done.json, an object an event.
"""
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import player

LONGEST = 60
PAUSE = 0.2
CALM = 0.5
PAGE = "alive %s\n"

HOSTS = """\
ip netns add client
ip netns add director
ip netns add servers
ip link add eth0 netns director type veth peer name eth0 netns client
ip link add eth1 netns director type veth peer name eth0 netns servers
ip -n client addr add 10.0.0.10/24 dev eth0
ip -n director addr add 10.0.0.1/24 dev eth0
ip -n director addr add 10.0.0.100/32 dev eth0
ip -n director addr add 192.168.0.1/24 dev eth1
"""
LINKS = (("client", "eth0"), ("director", "eth0"), ("director", "eth1"), ("servers", "eth0"))

NGINX = """\
daemon off; master_process off; pid {folder}/{n}.pid; error_log {folder}/{n}.err;
events {{ worker_connections 64; }}
http {{
  access_log off; default_type text/html;
  client_body_temp_path {folder}/tmp; proxy_temp_path {folder}/tmp; fastcgi_temp_path {folder}/tmp;
  uwsgi_temp_path {folder}/tmp; scgi_temp_path {folder}/tmp;
  server {{ listen {address}:80; listen {address}:81; location / {{ root {folder}/www{n}; }} }}
}}
"""


class Stage:
    def __init__(self, job, folder):
        with open(job + "/stage.json") as file:
            self.given = json.load(file)
        self.run = self.given["run"]
        self.folder = folder
        self.processes = {}
        self.config = folder + "/" + self.given["name"] + ".cf"
        os.makedirs(folder + "/tmp", exist_ok=True)
        for n, address in self.given["servers"].items():
            os.makedirs("%s/www%s" % (folder, n), exist_ok=True)
            player.write("%s/%s.conf" % (folder, n), NGINX.format(folder=folder, n=n, address=address))
            self.page(n, PAGE % n)

    def page(self, n, text):
        player.write("%s/www%s/.new" % (self.folder, n), text)
        os.rename("%s/www%s/.new" % (self.folder, n), "%s/www%s/index.html" % (self.folder, n))

    def start(self, n):
        command = ["nginx", "-e", "%s/%s.err" % (self.folder, n), "-c", "%s/%s.conf" % (self.folder, n)]
        self.processes[n] = subprocess.Popen(self.run["servers"] + command)

    def stop(self, n):
        self.processes[n].kill()
        self.processes.pop(n).wait()

    def freeze(self, n):
        self.processes[n].send_signal(signal.SIGSTOP)

    def thaw(self, n):
        self.processes[n].send_signal(signal.SIGCONT)

    def mend(self, n):
        self.page(n, PAGE % n)

    def on_director(self, *command):
        """With the given files in the place of those of the machine, as far as this command sees."""
        script = "".join("mount --bind %s %s && " % (own, place) for place, own in self.given["etc"].items())
        done = subprocess.run(
            self.run["director"] + ["sh", "-c", script + 'exec "$@"', "sh", *command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return done.stdout if done.returncode == 0 else "exit code %d: %s" % (done.returncode, done.stdout)

    def ldirectord(self, what):
        self.on_director("/usr/sbin/ldirectord", self.config, what)

    def table(self):
        return self.on_director("ipvsadm", "-Sn")

    def client_gets(self):
        command = ["curl", "-s", "-m", "5", self.given["url"]]
        done = subprocess.run(self.run["client"] + command, stdout=subprocess.PIPE, text=True)
        return done.stdout

    def live_through(self, event):
        for verb, n in event["do"]:
            if verb == "break":
                self.page(n, "out of order\n")
            elif verb == "ldirectord":
                self.ldirectord(n)
            else:
                getattr(self, verb)(n)
        if "config" in event:
            log = 'logfile="%s/ldirectord.log"\n' % self.folder
            player.write(self.config + ".new", log + event["config"])
            os.rename(self.config + ".new", self.config)
        begin = time.monotonic()
        calm_since = None
        while True:
            now = time.monotonic()
            over = now - begin > LONGEST
            if self.table() != event["expect"]:
                calm_since = None
            elif calm_since is None:
                calm_since = now
            if over or calm_since is not None and now - calm_since >= CALM:
                scene = self.scene(event, now - begin)
                # ldirectord may undo and redo what it has just done, as after a reload.
                if over or scene["table"] == event["expect"]:
                    return scene
                calm_since = None
            time.sleep(PAUSE)

    def scene(self, event, seconds):
        scene = {
            "seconds": round(seconds, 2),
            "listing": self.on_director("ipvsadm", "-Ln"),
            "thresholds": self.on_director("ipvsadm", "-Ln", "--thresholds"),
            "client": self.client_gets() if event["served"] else "",
        }
        scene["table"] = self.table()
        return scene

    def play(self, job):
        done = []
        try:
            for event in self.given["events"]:
                done.append(self.live_through(event))
        finally:
            self.ldirectord("stop")
            for n in list(self.processes):
                self.stop(n)
        player.write(job + "/.stage-done.json", json.dumps(done))
        os.rename(job + "/.stage-done.json", job + "/stage-done.json")


def make_hosts():
    for line in HOSTS.splitlines():
        subprocess.run(line.split(), check=True)
    for n in range(1, 5):
        subprocess.run(("ip -n servers addr add 192.168.0.1%d/24 dev eth0" % n).split(), check=True)
    for host, link in LINKS:
        subprocess.run(["ip", "-n", host, "link", "set", "lo", "up"], check=True)
        subprocess.run(["ip", "-n", host, "link", "set", link, "up"], check=True)
    subprocess.run("ip -n servers route add default via 192.168.0.1".split(), check=True)
    subprocess.run("ip netns exec director sysctl -q -w net.ipv4.ip_forward=1".split(), check=True)


def as_process_1(job):
    player.mount("tmpfs", "/tmp", "tmpfs")
    # What glibc leaves alone by its tunables, OpenSSL has to be told by itself.
    os.environ["OPENSSL_ia32cap"] = "~0x1000000000000000:~0x20"
    make_hosts()
    stage = Stage(job, "/tmp")
    stage.run = {host: ["ip", "netns", "exec", host] for host in ("client", "director", "servers")}
    stage.given["etc"] = {}
    stage.play(job)


if os.getpid() == 1:
    player.be_process_1(as_process_1)
else:
    Stage(sys.argv[1], sys.argv[1]).play(sys.argv[1])
