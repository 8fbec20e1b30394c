#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keeps a mount busy: load.py DIR SHARE SECONDS. Fills a share of it, then overwrites, reads, creates, deletes, syncs."""
import os
import random
import sys
import time

BLOCK = 64 << 10
FILE = 8 << 20


def main():
    directory, share, seconds = sys.argv[1], float(sys.argv[2]), float(sys.argv[3])
    draw = random.Random(7)
    space = os.statvfs(directory)
    wanted = int(space.f_bavail * space.f_frsize * share)
    files = max(2, min(wanted // FILE, 160))
    for number in range(files):
        with open(f"{directory}/file{number}", "wb") as file:
            file.write(draw.randbytes(FILE))
    end = time.monotonic() + seconds
    count = 0
    while time.monotonic() < end:
        count += 1
        # Most changes go to a few files, as usual.
        number = draw.randrange(files) if draw.random() < 0.2 else draw.randrange(max(1, files // 10))
        with open(f"{directory}/file{number}", "r+b") as file:
            for _ in range(8):
                file.seek(draw.randrange(FILE // BLOCK) * BLOCK)
                file.write(draw.randbytes(BLOCK))
            if count % 4 == 0:
                os.fsync(file.fileno())
        with open(f"{directory}/file{draw.randrange(files)}", "rb") as file:
            file.seek(draw.randrange(FILE // BLOCK) * BLOCK)
            file.read(BLOCK)
        small = f"{directory}/small{count % 50}"
        with open(small, "wb") as file:
            file.write(b"x" * 5000)
        if count % 3 == 0:
            os.unlink(small)


if __name__ == "__main__":
    main()
