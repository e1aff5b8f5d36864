"""Types commands to the original ipvsadm on the kernel's IPVS. Process 1 of a user-mode Linux, like player.py beside it.

argv[1] is a folder of the host: sessions/NAME.json in, answers/NAME.json out. A session is {"steps": [STEP..]}, and a step
{"argv": [..], "in": TEXT}; the answers are a list of {"rc", "out", "err"}. Each session has a network
namespace with an empty table and the interfaces of a trace. etc/NAME of the folder stands in the place of /etc/NAME.
"""
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import player

MS_BIND = 4096


def bind(source, target):
    player.checked(player.libc.mount(source.encode(), target.encode(), None, MS_BIND, None), "bind " + target)


def put_files(job):
    """The host's files are read only: what scripts write lies in memory."""
    player.mount("tmpfs", "/tmp", "tmpfs")
    os.symlink("/proc/self/fd", "/dev/fd")  # for the shell's <(...)
    folder = job + "/etc"
    if not os.path.isdir(folder):
        return
    os.mkdir("/run/etc")
    for name in os.listdir(folder):
        if os.path.exists("/etc/" + name):
            with open(folder + "/" + name, "rb") as given, open("/run/etc/" + name, "wb") as own:
                own.write(given.read())
            bind("/run/etc/" + name, "/etc/" + name)


def new_machine(number, wires):
    player.new_namespace()
    topology = player.TOPOLOGY.format(c="c%d" % number, r="r%d" % number, wires="/proc/1/fd/%d" % wires)
    code, _, err = player.run(["ip", "-batch", "-"], topology)
    if code:
        raise SystemExit("topology: " + err)


def type_all(job):
    put_files(job)
    os.chdir("/tmp")
    wires = player.new_namespace()
    for number, name in enumerate(sorted(os.listdir(job + "/sessions"))):
        with open(job + "/sessions/" + name) as file:
            session = json.load(file)
        new_machine(number, wires)
        answers = []
        for step in session["steps"]:
            code, out, err = player.run(step["argv"], step["in"])
            answers.append({"rc": code, "out": out, "err": err})
        partial = "%s/answers/.%s" % (job, name)
        with open(partial, "w") as file:
            json.dump(answers, file)
        os.rename(partial, "%s/answers/%s" % (job, name))


if __name__ == "__main__":
    player.be_process_1(type_all)
