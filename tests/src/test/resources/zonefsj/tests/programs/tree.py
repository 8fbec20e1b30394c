"""Makes a tree of all that files can be (but no ACLs, see SEMANTICS.md): tree.py DIR SEED"""
import os
import random
import socket
import sys

root, seed = sys.argv[1], int(sys.argv[2])
random.seed(seed)
os.mkdir(root)
os.chdir(root)


def put(name, data):
    with open(name, "wb") as file:
        file.write(data)


for number in range(12):
    os.makedirs(f"folder-{number}/deep/er")
    for size in (0, 1, 1000, 1024, 1025, 4096, 70_000):
        put(f"folder-{number}/deep/file-{size}", random.randbytes(size))
put("large", random.randbytes(5_000_000))
put("a name with spaces, ünïcödé, and a\nnewline", b"odd")
put("n" * 255, b"a long name")
put(b"not utf-8 \xff\xfe", b"odd")
os.link("large", "folder-1/hard link")
os.link("large", "folder-2/hard link")
os.symlink("large", "link")
os.symlink("no such target", "folder-3/dangling")
os.symlink("x" * 4000, "folder-3/long target")
os.mkfifo("fifo")
os.mknod("device", 0o600 | 0o020000, os.makedev(1, 3))
with socket.socket(socket.AF_UNIX) as listener:
    listener.bind("socket")
with open("sparse", "wb") as file:
    os.truncate("sparse", 100 << 20)
    for at in (1 << 20, 40 << 20, 90 << 20):
        file.seek(at)
        file.write(random.randbytes(128 << 10))
put("attributed", b"x")
os.setxattr("attributed", "user.colour", b"blue")
os.setxattr("attributed", "user.empty", b"")
os.setxattr("attributed", "user.large", random.randbytes(3000))
os.setxattr("folder-4", "user.folder", b"too")
put("set-uid", b"x")
os.chown("set-uid", 1234, 2345)
os.chmod("set-uid", 0o6755)
os.chmod("folder-6", 0o1777)
os.chmod("folder-7/deep/file-1", 0)
os.lchown("link", 77, 78)
for number, name in enumerate(("attributed", "sparse", "folder-8", "fifo")):
    os.utime(name, ns=(10**18 + number, 981_173_106_123_456_789 + number))
os.utime("link", ns=(1, 981_173_106_123_456_700), follow_symlinks=False)
