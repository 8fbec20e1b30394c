"""Makes a tree of what copies get wrong, with ACLs: oddities.py DIR"""
import os
import random
import socket
import struct
import subprocess
import sys

root = sys.argv[1]
random.seed(1)
os.mkdir(root)
os.chdir(root)


def put(name, data=b"x"):
    with open(name, "wb") as file:
        file.write(data)
    return name


# Names.
os.mkdir("names")
for name in (
    b"new\nline",
    b"caf\xe9",
    b"not utf-8 \xff\xfe\x80",
    bytes(range(1, 32)) + b"\x7f",
    b"\x1b[31mred\x1b[0m",
    b"trailing spaces   ",
    b"   leading",
    b"-rf",
    b"*",
    b"\\",
    b"quote'\"",
    b"\xe2\x80\xa8line separator\xe2\x80\xae",
    b"...",
    b"l" * 255,
    b"\xff" * 255,
    b"\xf0\x9f\x92\xbe" * 63 + b"abc",
):
    put(os.path.join(b"names", name), name)
    os.mkdir(os.path.join(b"names", (name + b".d")[-255:]))
os.symlink(b"new\nline", b"names/link to \n")
os.symlink(b"caf\xe9", b"names/link to \xe9")

# Hard links, across directories, of all kinds.
for number in range(4):
    os.makedirs(f"links/{number}")
os.mkfifo("links/0/fifo")
os.symlink("nowhere", "links/0/symlink")
put("links/0/file", random.randbytes(300_000))
for number in range(1, 4):
    for name in ("fifo", "symlink", "file"):
        os.link(f"links/0/{name}", f"links/{number}/{name}-{number}", follow_symlinks=False)

# Special files.
os.mkdir("special")
os.mknod("special/null", 0o020666, os.makedev(1, 3))
os.mknod("special/large numbers", 0o060600, os.makedev(259, 1_048_575))
os.mknod("special/fifo", 0o010604)
with socket.socket(socket.AF_UNIX) as listener:
    listener.bind("special/socket")

# Sparse files.
os.mkdir("sparse")
for name, size, data in (
    ("hole only", 10 << 20, ()),
    ("begins with data", 30 << 20, (0,)),
    ("ends with data", (30 << 20) + 12_345, ((30 << 20) + 12_000,)),
    ("in between", 100 << 20, (1 << 20, 50 << 20, 77_777_777)),
):
    with open(f"sparse/{name}", "wb") as file:
        file.truncate(size)
        for at in data:
            file.seek(at)
            file.write(random.randbytes(min(100_000, size - at)))

# Attributes.
os.mkdir("attributes")
for kind in ("user", "trusted", "security"):
    for target in (put(f"attributes/{kind}"), "attributes"):
        os.setxattr(target, f"{kind}.plain", b"value of " + kind.encode())
        os.setxattr(target, f"{kind}.empty", b"")
        os.setxattr(target, f"{kind}.bytes \x01\udce9", bytes(range(256)))
os.setxattr("attributes/user", "user.large", random.randbytes(2500))
os.symlink("user", "attributes/link")
os.setxattr("attributes/link", "trusted.of a link", b"x", follow_symlinks=False)
# CAP_NET_RAW, permitted and effective.
put("attributes/capable")
os.setxattr("attributes/capable", "security.capability", struct.pack("<5I", 0x2000001, 1 << 13, 0, 0, 0))

# ACLs.
os.makedirs("acl/inherits")
put("acl/file")
put("acl/masked")
put("acl/many")


def setfacl(*arguments):
    subprocess.run(["setfacl", *arguments], check=True)


setfacl("-m", "u:1234:rwx,g:2345:r,m::rw", "acl/file")
setfacl("-m", "u:1234:rwx,g::---,m::---", "acl/masked")
setfacl("-m", ",".join(f"u:{user}:r" for user in range(2000, 2100)), "acl/many")
setfacl("-d", "-m", "u:1234:rx,g:77:-,o::-", "acl/inherits")
setfacl("-m", "g:99:rwx", "acl/inherits")
os.mkdir("acl/inherits/folder")
put("acl/inherits/folder/file")

# Modes and owners.
os.mkdir("modes")
for mode in (0, 0o1, 0o4755, 0o2755, 0o6711, 0o1644, 0o7777, 0o2644, 0o4000):
    name = put(f"modes/{mode:o}")
    os.chown(name, 1000 + mode, 4_000_000_000)
    os.chmod(name, mode)
    os.mkdir(f"modes/{mode:o}.d")
    os.chmod(f"modes/{mode:o}.d", mode)

# Times, last: whoever puts a name into a directory changes its time.
os.mkdir("times")
for nanos in (
    -1,
    -1_000_000_000,
    -2_000_000_000 * 10**9 + 123_456_789,
    0,
    1,
    2**31 * 10**9 - 1,
    2**31 * 10**9 + 1,
    2**32 * 10**9 + 987_654_321,
    9_000_000_000 * 10**9 + 999_999_999,
):
    os.utime(put(f"times/{nanos}"), ns=(nanos, nanos))
os.symlink("-1", "times/link")
os.utime("times/link", ns=(5, -12_345_678_901), follow_symlinks=False)
os.utime("times", ns=(7, -98_765_432_109))
os.utime("names", ns=(7, 4_200_000_000 * 10**9 + 42))
