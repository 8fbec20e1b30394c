"""Makes many small files, the last of each hundred synced; prints how many were synced.

fill.py DIR COUNT     makes them, and stops when the filesystem takes no more
fill.py DIR verify    expects all up to the last that is there; prints how many hundreds were whole
"""
import errno
import os
import sys

root, what = sys.argv[1:]
HUNDRED = 100


def content(number):
    return f"file {number}\n".encode() * (1 + number % 60)


def name(number):
    return os.path.join(root, f"f{number}")


if what == "verify":
    number = 0
    while os.path.exists(name(number)):
        with open(name(number), "rb") as file:
            there = file.read()
        if there != content(number):
            # The filesystem may have refused the bytes of the last one.
            if there or os.path.exists(name(number + 1)):
                raise SystemExit(f"{name(number)} is not what was written")
            os.unlink(name(number))
            break
        number += 1
    # A daemon that was killed before the first fsync may have lost the directory, too.
    entries = os.listdir(root) if os.path.isdir(root) else []
    others = [entry for entry in entries if int(entry[1:]) >= number]
    if others:
        raise SystemExit(f"{name(number)} is missing, but {others[0]} is there")
    print(number - number % HUNDRED)
else:
    synced = 0
    try:
        for number in range(int(what)):
            fd = os.open(name(number), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644)
            try:
                os.write(fd, content(number))
                if number % HUNDRED == HUNDRED - 1:
                    os.fsync(fd)
                    synced = number + 1
            finally:
                os.close(fd)
    except OSError as e:
        if e.errno not in (errno.EIO, errno.EROFS, errno.ENOTCONN, errno.ECONNABORTED):
            raise
    print(synced)
