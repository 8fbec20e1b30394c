"""Shared mappings: what one process writes into memory, others and a later mount read.
mapping.py FILE
"""
import mmap
import os
import sys

name = sys.argv[1]
SIZE = 8 << 20
with open(name, "w+b") as file:
    file.truncate(SIZE)
    with mmap.mmap(file.fileno(), SIZE) as memory:
        for page in range(0, SIZE, 4096):
            memory[page : page + 8] = page.to_bytes(8, "little")
        pid = os.fork()
        if pid == 0:
            memory[100:105] = b"child"
            os._exit(0)
        os.waitpid(pid, 0)
        assert memory[100:105] == b"child"
        memory.flush()
        # Through the descriptor, not the mapping.
        assert os.pread(file.fileno(), 5, 100) == b"child"
        os.pwrite(file.fileno(), b"written", 200)
        assert memory[200:207] == b"written"
        memory.resize(2 * SIZE)
        memory[-3:] = b"end"
with open(name, "rb") as file:
    with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as memory:
        assert len(memory) == 2 * SIZE and memory[-3:] == b"end"
        assert memory.find(b"child") == 100
        for page in range(0, SIZE, 4096):
            assert memory[page : page + 8] == page.to_bytes(8, "little"), page
print("ok")
