"""An ordinary user's false daemon: a FUSE mount that looks like one of zonefs-j, and its control socket.

attacker.py HOW DIR SOURCE [VICTIM]: mounts at DIR and says that the mounted drive is SOURCE. HOW:
  hold    does nothing more
  dies    leaves a dead mount, and a directory for sockets that is a link to VICTIM
  silent  takes requests and never answers
  floods  answers without an end
  swaps   leads the way to DIR to VICTIM, which has the same name in another directory
"""
import array
import os
import signal
import socket
import subprocess
import sys

how, where, source = sys.argv[1:4]
victim = sys.argv[4] if len(sys.argv) > 4 else ""
signal.alarm(120)
signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def mount():
    ours, theirs = socket.socketpair()
    subprocess.run(
        ["fusermount3", "-o", f"fsname={source},subtype=zonefs-j", "--", where],
        env={**os.environ, "_FUSE_COMMFD": str(theirs.fileno())},
        pass_fds=[theirs.fileno()],
        check=True,
    )
    data = ours.recvmsg(1, socket.CMSG_SPACE(4))[1]
    return array.array("i", data[0][2])[0]


def device():
    for line in open("/proc/self/mountinfo"):
        fields = line.split(" ")
        if fields[4] == where:
            found = fields[2]
    return found.replace(":", "-")


def listen():
    runtime = os.environ["XDG_RUNTIME_DIR"] + "/zonefs-j"
    os.makedirs(runtime, exist_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f"{runtime}/{device()}.{os.getpid()}.sock")
    listener.listen(50)
    return listener


def answer(connection):
    connection.recv(1 << 16)
    if how == "silent":
        signal.pause()
    while how == "floods":
        connection.sendall(b'{"progress":"almost done","done":1,"total":2}\n' * 100)


fuse = mount()
if how == "dies":
    os.symlink(victim, os.environ["XDG_RUNTIME_DIR"] + "/zonefs-j")
    print("ready", flush=True)
    sys.exit()
if how == "swaps":
    parent = os.path.dirname(where)
    os.rename(parent, parent + ".moved")
    os.symlink(os.path.dirname(victim), parent)
listener = None if how in ("hold", "swaps") else listen()
print("ready", flush=True)
while True:
    if listener is None:
        signal.pause()
    answer(listener.accept()[0])
