"""Copies a file, with an fsync after each piece, until the filesystem is gone:
copy.py SOURCE TARGET LOG       how much is synced goes to LOG, kept elsewhere
"""
import errno
import os
import sys

source, target, log = sys.argv[1:]
try:
    with open(source, "rb") as data, open(target, "wb", buffering=0) as file:
        log_fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        while True:
            piece = data.read(3 << 20)
            if not piece:
                data.seek(0)
                continue
            if file.tell() > 300 << 20:
                file.seek(0)
                file.truncate()
                os.fsync(file.fileno())
                os.write(log_fd, b"0\n")
                data.seek(0)
                continue
            written = 0
            while written < len(piece):
                written += file.write(piece[written:])
            os.fsync(file.fileno())
            os.write(log_fd, f"{file.tell()}\n".encode())
except OSError as e:
    if e.errno not in (errno.ENOTCONN, errno.ECONNABORTED, errno.ENODEV):
        raise
