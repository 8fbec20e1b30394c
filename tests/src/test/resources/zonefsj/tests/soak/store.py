"""Stores bytes through shared mappings: each request is a line "OFFSET LENGTH PATH", then the bytes."""
import mmap
import os
import sys

PAGE = 4096
requests = sys.stdin.buffer
while True:
    line = requests.readline()
    if not line:
        break
    offset, length, path = line.decode().rstrip("\n").split(" ", 2)
    data = requests.read(int(length))
    try:
        page = int(offset) // PAGE * PAGE
        fd = os.open(path, os.O_RDWR)
        try:
            length = min(PAGE, os.fstat(fd).st_size - page)
            with mmap.mmap(fd, length, offset=page) as view:
                at = int(offset) - page
                view[at : at + len(data)] = data
                view.flush()
        finally:
            os.close(fd)
        print(0, flush=True)
    except OSError as refused:
        print(refused.errno, flush=True)
