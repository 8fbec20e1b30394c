"""Prints everything about a tree that a copy must keep: manifest.py DIR [--holes]

One line for each entry: path, type and mode, owner, size, time of change to the nanosecond, number of
links and which names are one file, target, extended attributes, checksum; and where
holes are, when asked.
"""
import hashlib
import os
import stat
import sys

root = os.fsencode(sys.argv[1])
holes = "--holes" in sys.argv
first_names = {}


def content(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def data_ranges(path, size):
    ranges = []
    fd = os.open(path, os.O_RDONLY)
    at = 0
    while at < size:
        try:
            begin = os.lseek(fd, at, os.SEEK_DATA)
        except OSError:
            break
        at = os.lseek(fd, begin, os.SEEK_HOLE)
        ranges.append((begin, at))
    os.close(fd)
    return ranges


def describe(path):
    info = os.lstat(path)
    kind = stat.S_IFMT(info.st_mode)
    name = os.path.relpath(path, root)
    words = [name, oct(info.st_mode), info.st_uid, info.st_gid, info.st_mtime_ns]
    if kind == stat.S_IFLNK:
        words.append(os.readlink(path))
    if kind in (stat.S_IFCHR, stat.S_IFBLK):
        words.append(info.st_rdev)
    if kind != stat.S_IFDIR:
        words.append(info.st_nlink)
        words.append(first_names.setdefault(info.st_ino, name))
    if kind == stat.S_IFREG:
        words += [info.st_size, content(path)]
        if holes:
            words.append(data_ranges(path, info.st_size))
    for attribute in sorted(os.listxattr(path, follow_symlinks=False)):
        words.append((attribute, os.getxattr(path, attribute, follow_symlinks=False)))
    print(*words)


for folder, folders, files in os.walk(root):
    folders.sort()
    describe(folder)
    for name in sorted(files + [f for f in folders if os.path.islink(os.path.join(folder, f))]):
        describe(os.path.join(folder, name))
