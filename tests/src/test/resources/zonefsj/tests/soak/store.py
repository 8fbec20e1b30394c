"""Stores bytes as threads of a JVM cannot: each request is a line "HOW OFFSET LENGTH PATH", then the bytes.

HOW is "mapped", through a shared mapping, or "aio", by asynchronous direct I/O while a thread reads the same bytes
through the page cache all the time.
"""
import ctypes
import mmap
import os
import platform
import struct
import sys
import threading

PAGE = 4096
IO_SETUP, IO_DESTROY, IO_GETEVENTS, IO_SUBMIT = (
    (0, 1, 4, 2) if platform.machine() == "aarch64" else (206, 207, 208, 209)
)
IOCB_CMD_PWRITE = 1
libc = ctypes.CDLL(None, use_errno=True)


def call(*arguments):
    answer = libc.syscall(*arguments)
    if answer < 0:
        raise OSError(ctypes.get_errno(), "system call")
    return answer


def mapped(path, offset, data):
    page = offset // PAGE * PAGE
    fd = os.open(path, os.O_RDWR)
    try:
        length = min(PAGE, os.fstat(fd).st_size - page)
        with mmap.mmap(fd, length, offset=page) as view:
            view[offset - page : offset - page + len(data)] = data
            view.flush()
    finally:
        os.close(fd)


def aio(path, offset, data):
    direct = os.open(path, os.O_RDWR | os.O_DIRECT)
    buffered = os.open(path, os.O_RDONLY)
    done = threading.Event()

    def read():
        while not done.is_set():
            os.pread(buffered, len(data), offset)

    reader = threading.Thread(target=read)
    context = ctypes.c_ulong()
    call(IO_SETUP, 1, ctypes.byref(context))
    try:
        with mmap.mmap(-1, len(data)) as pages:
            pages[:] = data
            address = (ctypes.c_char * len(data)).from_buffer(pages)
            # struct iocb: data, key, flags, opcode, priority, fd, buffer, bytes, offset, 3 fields of events
            request = ctypes.create_string_buffer(
                struct.pack("QIiHhIQQqQII", 0, 0, 0, IOCB_CMD_PWRITE, 0, direct, ctypes.addressof(address),
                            len(data), offset, 0, 0, 0)
            )
            reader.start()
            pointer = ctypes.c_void_p(ctypes.addressof(request))
            call(IO_SUBMIT, context, ctypes.c_long(1), ctypes.byref(pointer))
            event = ctypes.create_string_buffer(32)
            call(IO_GETEVENTS, context, ctypes.c_long(1), ctypes.c_long(1), event, None)
            result = struct.unpack("QQqq", event.raw)[2]
            del address
        if result < 0:
            raise OSError(-result, "asynchronous write")
        if result != len(data):
            raise SystemExit(f"{result} of {len(data)} bytes written")
    finally:
        done.set()
        if reader.ident:
            reader.join()
        call(IO_DESTROY, context)
        os.close(buffered)
        os.close(direct)


requests = sys.stdin.buffer
while True:
    line = requests.readline()
    if not line:
        break
    how, offset, length, path = line.decode().rstrip("\n").split(" ", 3)
    data = requests.read(int(length))
    try:
        {"mapped": mapped, "aio": aio}[how](path, int(offset), data)
        print(0, flush=True)
    except OSError as refused:
        print(refused.errno, flush=True)
