"""Overwrites a file at random offsets and compares it with a model, round after round:
overwrite.py FILE MODEL SIZE ROUNDS BYTES_PER_ROUND SEED
"""
import os
import random
import sys

name, model_name = sys.argv[1:3]
size, rounds, per_round, seed = map(int, sys.argv[3:])
random.seed(seed)
PIECE = 1 << 20
noise = random.randbytes(2 * PIECE)


def some_bytes(length):
    begin = random.randrange(len(noise) - length)
    return random.randbytes(8)[:length] + noise[begin : begin + max(0, length - 8)]


def compare(number):
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    if os.fstat(fd).st_size != size:
        raise SystemExit(f"round {number}: {os.fstat(fd).st_size} bytes")
    for at in range(0, size, PIECE):
        if os.pread(fd, PIECE, at) != os.pread(model, PIECE, at):
            raise SystemExit(f"round {number}: other bytes in the mebibyte at {at}, seed {seed}")


fd = os.open(name, os.O_RDWR | os.O_CREAT, 0o644)
model = os.open(model_name, os.O_RDWR | os.O_CREAT, 0o644)
for at in range(0, size, PIECE):
    data = some_bytes(min(PIECE, size - at))
    os.pwrite(fd, data, at)
    os.pwrite(model, data, at)
compare(0)
for number in range(1, rounds + 1):
    written = 0
    while written < per_round:
        # Small ones and large ones, seldom aligned.
        length = random.choice((1, 100, 4096, 10_000, 65_536, 131_072, 400_000, 1_000_000))
        if length > 1:
            length = random.randrange(length // 2, length)
        at = random.randrange(size - length)
        if random.random() < 0.3:
            at -= at % 4096
        data = some_bytes(length)
        os.pwrite(fd, data, at)
        os.pwrite(model, data, at)
        written += length
    compare(number)
print(f"{rounds} rounds")
