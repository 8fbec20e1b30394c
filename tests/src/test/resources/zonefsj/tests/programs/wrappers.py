"""The load of a mount: wrappers.py FILE BYTES SEED

Writes FILE and waits until it is durable, reads it without what the kernel has kept, and reads blocks of it at random.
Prints the seconds of each.
"""
import os
import random
import sys
import time

name, length, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
PIECE = 1 << 20
BLOCK = 4096
BLOCKS = 4000

random.seed(seed)
data = random.randbytes(PIECE)


def forget(file):
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)


begin = time.monotonic()
file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
for at in range(0, length, PIECE):
    assert os.pwrite(file, data, at) == PIECE
os.fsync(file)
print("write", time.monotonic() - begin)

forget(file)
begin = time.monotonic()
for at in range(0, length, PIECE):
    assert len(os.pread(file, PIECE, at)) == PIECE
print("read", time.monotonic() - begin)

forget(file)
os.posix_fadvise(file, 0, 0, os.POSIX_FADV_RANDOM)
places = random.sample(range(length // BLOCK), BLOCKS)
begin = time.monotonic()
for place in places:
    assert len(os.pread(file, BLOCK, place * BLOCK)) == BLOCK
print("random", time.monotonic() - begin)
os.close(file)
os.unlink(name)
