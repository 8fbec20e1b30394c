"""Flips one bit of an image, of the one place where a pattern lies: flip.py IMAGE PATTERN_FILE
Prints the offset in the image.
"""
import mmap
import sys

image, pattern_file = sys.argv[1:]
with open(pattern_file, "rb") as file:
    pattern = file.read()
with open(image, "r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
    at = memory.find(pattern)
    if at < 0 or memory.find(pattern, at + 1) >= 0:
        raise SystemExit("the pattern is not there exactly once")
    memory[at + 5] ^= 0x10
    print(at + 5)
