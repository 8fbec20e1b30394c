#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The work that `bench` gives to each filesystem: bench-work.py PHASE DIR BYTES FILES.

Prints the seconds that the phase took. Everything that is read is checked, and what is written is
asked to be durable (fsync) within the time: a filesystem that only promises gains nothing.
"""
import os
import sys
import time

PIECE = 1 << 20
FILES_PER_DIRECTORY = 500
SMALL = 4096


def piece_of(number, noise):
    return number.to_bytes(8, "little") + noise[8:]


def small_path(root, number):
    return f"{root}/small/{number // FILES_PER_DIRECTORY}/file-{number}"


def sync_directory(path):
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    except OSError:
        # Not every peer has fsync of a directory; a file of it does as well.
        with open(f"{path}/.sync", "wb") as file:
            os.fsync(file.fileno())
        os.unlink(f"{path}/.sync")
    finally:
        os.close(directory)


def write(root, size, _files):
    noise = os.urandom(PIECE)
    start = time.monotonic()
    with open(f"{root}/large", "wb", buffering=0) as file:
        for number in range(size // PIECE):
            if file.write(piece_of(number, noise)) != PIECE:
                raise SystemExit("a short write")
        os.fsync(file.fileno())
    return time.monotonic() - start


def read(root, size, _files):
    buffer = bytearray(PIECE)
    start = time.monotonic()
    with open(f"{root}/large", "rb", buffering=0) as file:
        for number in range(size // PIECE):
            if file.readinto(buffer) != PIECE or buffer[:8] != number.to_bytes(8, "little"):
                raise SystemExit(f"piece {number} is not what was written")
    return time.monotonic() - start


def create(root, _size, files):
    noise = os.urandom(SMALL)
    start = time.monotonic()
    os.mkdir(f"{root}/small")
    for number in range(files):
        if number % FILES_PER_DIRECTORY == 0:
            os.mkdir(os.path.dirname(small_path(root, number)))
        with open(small_path(root, number), "xb", buffering=0) as file:
            file.write(noise)
    sync_directory(root)
    return time.monotonic() - start


def stat(root, _size, files):
    start = time.monotonic()
    found = 0
    for folder, _, names in os.walk(f"{root}/small"):
        for name in names:
            found += os.lstat(f"{folder}/{name}").st_size == SMALL
    if found != files:
        raise SystemExit(f"{found} of {files} files are there")
    return time.monotonic() - start


def small_read(root, _size, files):
    start = time.monotonic()
    for number in range(files):
        with open(small_path(root, number), "rb", buffering=0) as file:
            if len(file.read(SMALL + 1)) != SMALL:
                raise SystemExit(f"{file.name} is not whole")
    return time.monotonic() - start


def delete(root, _size, files):
    start = time.monotonic()
    for number in range(files):
        os.unlink(small_path(root, number))
    for number in range(0, files, FILES_PER_DIRECTORY):
        os.rmdir(os.path.dirname(small_path(root, number)))
    os.rmdir(f"{root}/small")
    sync_directory(root)
    return time.monotonic() - start


PHASES = {
    "write": write,
    "read": read,
    "create": create,
    "stat": stat,
    "small-read": small_read,
    "delete": delete,
}

if __name__ == "__main__":
    phase, root, size, files = sys.argv[1:]
    print(f"{PHASES[phase](root, int(size), int(files)):.6f}")
