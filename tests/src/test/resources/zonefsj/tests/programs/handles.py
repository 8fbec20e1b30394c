"""File handles as an NFS server keeps them: handles.py take DIR FILE NAME... | open DIR FILE

`take` writes the handles of names to FILE; `open` brings each back without a name, and prints what it holds.
"""
import ctypes
import os
import sys

libc = ctypes.CDLL(None, use_errno=True)
AT_FDCWD = -100
BYTES = 128


class Handle(ctypes.Structure):
    _fields_ = [("size", ctypes.c_uint), ("type", ctypes.c_int), ("bytes", ctypes.c_ubyte * BYTES)]


action, directory, store, *names = sys.argv[1:]
if action == "take":
    with open(store, "wb") as file:
        for name in names:
            handle = Handle(size=BYTES)
            path = os.fsencode(os.path.join(directory, name))
            if libc.name_to_handle_at(
                AT_FDCWD, path, ctypes.byref(handle), ctypes.byref(ctypes.c_int()), 0
            ):
                raise OSError(ctypes.get_errno(), "name_to_handle_at", name)
            file.write(bytes(handle))
else:
    mount = os.open(directory, os.O_RDONLY)
    with open(store, "rb") as file:
        while piece := file.read(ctypes.sizeof(Handle)):
            handle = Handle.from_buffer_copy(piece)
            fd = libc.open_by_handle_at(mount, ctypes.byref(handle), os.O_RDONLY)
            if fd < 0:
                print(os.strerror(ctypes.get_errno()))
            elif os.path.isdir(f"/proc/self/fd/{fd}"):
                print(sorted(os.listdir(fd)))
            else:
                print(os.read(fd, 100).decode())
