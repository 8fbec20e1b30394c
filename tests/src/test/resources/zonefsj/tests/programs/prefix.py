"""Proves that what is there after the filesystem was killed is what was there after some operation,
not before the last one that an fsync covered.

prefix.py work DIR SEED LOG     makes operations until the filesystem is gone; the number of each
                                operation that an fsync has covered goes to LOG, kept elsewhere
prefix.py verify DIR SEED LOG   compares

Each operation is one request of the kernel, or two: of a write that begins within a page that the
kernel does not hold, it sends what is in that page first, and the rest as a request of its own.
"""
import errno
import os
import random
import sys

GONE = (errno.ENOTCONN, errno.ECONNABORTED, errno.ENODEV)
LIMIT = 128 << 10
PAGE = 4096


class Model:
    """The files that should be there; two names may be one file."""

    def __init__(self):
        self.names = {}

    def apply(self, operation):
        kind, name, *more = operation
        if kind == "create":
            self.names[name] = bytearray()
        elif kind == "write":
            at, data = more
            file = self.names[name]
            if at > len(file):
                file.extend(bytes(at - len(file)))
            file[at : at + len(data)] = data
        elif kind == "truncate":
            file = self.names[name]
            if more[0] <= len(file):
                del file[more[0] :]
            else:
                file.extend(bytes(more[0] - len(file)))
        elif kind == "rename":
            file = self.names.pop(name)
            self.names[more[0]] = file
        elif kind == "link":
            self.names[more[0]] = self.names[name]
        elif kind == "unlink":
            del self.names[name]


def operations(seed):
    """Without end, the same for each seed; keeps a model to know what is possible."""
    random_source = random.Random(seed)
    model = Model()
    count = 0
    while True:
        names = sorted(model.names)
        roll = random_source.random()
        if not names or (roll < 0.15 and len(names) < 40):
            operation = ("create", f"f{count}")
        elif roll < 0.75:
            name = random_source.choice(names)
            length = len(model.names[name])
            at = length if roll < 0.4 else random_source.randrange(length + 5000)
            if at + LIMIT > 3 << 20:
                at = 0
            # No write crosses a multiple of the limit: it would be two requests.
            most = LIMIT - at % LIMIT
            size = min(most, random_source.choice((1, 500, 1024, 4096, 30_000, LIMIT)))
            operation = ("write", name, at, random_source.randbytes(size))
        elif roll < 0.80:
            name = random_source.choice(names)
            operation = ("truncate", name, random_source.randrange(len(model.names[name]) + 5000))
        elif roll < 0.88:
            operation = ("rename", random_source.choice(names), f"r{count}")
        elif roll < 0.92:
            one, other = random_source.choice(names), random_source.choice(names)
            # Renaming one name of a file over another does nothing.
            if one == other or model.names[one] is model.names[other]:
                continue
            operation = ("rename", one, other)
        elif roll < 0.95:
            operation = ("link", random_source.choice(names), f"l{count}")
        elif roll < 0.97:
            operation = ("unlink", random_source.choice(names))
        else:
            operation = ("fsync", random_source.choice(names))
        count += 1
        model.apply(operation)
        yield operation


def requests(operation):
    """The parts of an operation between which it may be cut, in order."""
    if operation[0] == "write":
        _, name, at, data = operation
        first = -at % PAGE
        if 0 < first < len(data):
            return [("write", name, at, data[:first]), ("write", name, at + first, data[first:])]
    return [operation]


def compare(model, found, inodes):
    """Whether the content is the model's; the names of one file must then be one inode."""
    if model.names != found:
        return False
    for one in found:
        for other in found:
            same = model.names[one] is model.names[other]
            if same != (inodes[one] == inodes[other]):
                raise SystemExit(f"{one} and {other}: one file or two?")
    return True


def perform(operation):
    kind, name, *more = operation
    if kind == "create":
        os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
    elif kind == "write":
        fd = os.open(name, os.O_WRONLY)
        try:
            if os.pwrite(fd, more[1], more[0]) != len(more[1]):
                raise SystemExit("a short write")
        finally:
            os.close(fd)
    elif kind == "truncate":
        os.truncate(name, more[0])
    elif kind == "rename":
        os.rename(name, more[0])
    elif kind == "link":
        os.link(name, more[0])
    elif kind == "unlink":
        os.unlink(name)
    elif kind == "fsync":
        fd = os.open(name, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)


def work(root, seed, log):
    os.chdir(root)
    log_fd = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        for number, operation in enumerate(operations(seed)):
            perform(operation)
            if operation[0] == "fsync":
                os.write(log_fd, f"{number}\n".encode())
    except OSError as e:
        if e.errno not in GONE:
            raise


def verify(root, seed, log):
    with open(log, encoding="ascii") as lines:
        covered = int(lines.read().split()[-1])
    found = {}
    inodes = {}
    for entry in os.scandir(root):
        with open(entry.path, "rb") as file:
            found[entry.name] = file.read()
            inodes[entry.name] = os.fstat(file.fileno()).st_ino
    model = Model()
    for number, operation in enumerate(operations(seed)):
        if number > covered and (number - covered) % 5000 == 0:
            break
        for request in requests(operation):
            model.apply(request)
            if number >= covered and compare(model, found, inodes):
                print(f"{number + 1} operations are there, {covered + 1} were synced, {len(found)} files")
                return
    raise SystemExit(f"no prefix with the {covered + 1} synced operations is what is there, seed {seed}")


command, root, seed, log = sys.argv[1:]
{"work": work, "verify": verify}[command](root, int(seed), log)
