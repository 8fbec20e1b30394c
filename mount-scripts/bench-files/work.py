# SPDX-License-Identifier: Apache-2.0
"""The work that `bench` gives to each filesystem.

Everything that is read is checked, and what is written is asked to be durable (fsync) within the
time: a filesystem that only promises gains nothing. A phase returns the seconds that it took; what
it prepares does not count.
"""
import dataclasses
import multiprocessing
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time

import postgres

MIB = 1 << 20
BLOCK = 4096
FILES_PER_DIRECTORY = 500
RANDOM_WRITES = 20_000
RANDOM_READS = 10_000
SYNCED_WRITES = 400
TRANSACTIONS = 150
POSTGRES_TRANSACTIONS = 400
TREE_FILES = 4000


@dataclasses.dataclass(frozen=True)
class Size:
    """How much is done: bytes of the large file, number of small files, where the source tree is, accesses."""

    large: int
    files: int
    tree: str
    random_writes: int = RANDOM_WRITES
    random_reads: int = RANDOM_READS
    synced_writes: int = SYNCED_WRITES


@dataclasses.dataclass(frozen=True)
class Phase:
    """A part of a round.

    work(root, size) does it; amount(size) is how many units that are; cold: caches of the kernel are
    dropped before; after: the phases whose files it needs; prepare(root, size) does what is not counted.
    """

    name: str
    title: str
    unit: str
    amount: object
    work: object
    cold: bool = False
    after: tuple = ()
    prepare: object = None


class Wrong(Exception):
    """What was read is not what was written."""


def piece_of(number, noise):
    return number.to_bytes(8, "little") + noise[8:]


def sync_directory(path):
    """Makes all below a mount durable. Not every fsync of a directory does: sync(2) covers the others."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    except OSError:
        # Not every peer has fsync of a directory; a file of it does as well.
        with open(f"{path}/.sync", "wb") as file:
            os.fsync(file.fileno())
        os.unlink(f"{path}/.sync")
    finally:
        os.close(directory)
    os.sync()


def timed(work, *arguments):
    start = time.monotonic()
    work(*arguments)
    return time.monotonic() - start


def at_once(work, jobs):
    """Runs work(job) in so many processes at the same time; returns the seconds of all together."""
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(jobs + 1, timeout=60)
    failed = context.Value("i", 0)

    def run(job):
        barrier.wait()
        try:
            work(job)
        except BaseException as error:
            print(f"job {job}: {error}", file=sys.stderr, flush=True)
            with failed.get_lock():
                failed.value += 1

    processes = [context.Process(target=run, args=(job,), daemon=True) for job in range(jobs)]
    for process in processes:
        process.start()
    barrier.wait()
    start = time.monotonic()
    for process in processes:
        process.join()
    took = time.monotonic() - start
    if failed.value:
        raise Wrong(f"{failed.value} of {jobs} jobs failed")
    return took


def write_large(path, size):
    noise = os.urandom(MIB)
    with open(path, "wb", buffering=0) as file:
        for number in range(size // MIB):
            if file.write(piece_of(number, noise)) != MIB:
                raise Wrong("a short write")
        os.fsync(file.fileno())


def read_large(path, size):
    buffer = bytearray(MIB)
    with open(path, "rb", buffering=0) as file:
        for number in range(size // MIB):
            if file.readinto(buffer) != MIB or buffer[:8] != number.to_bytes(8, "little"):
                raise Wrong(f"piece {number} of {path} is not what was written")


def write(root, size):
    return timed(write_large, f"{root}/large", size.large)


def read(root, size):
    return timed(read_large, f"{root}/large", size.large)


def write_four(root, size):
    return at_once(lambda job: write_large(f"{root}/large-{job}", size.large // 4), 4)


def read_four(root, size):
    return at_once(lambda job: read_large(f"{root}/large-{job}", size.large // 4), 4)


def random_writes(path, blocks, count, seed, each_synced):
    draw = random.Random(seed)
    noise = os.urandom(BLOCK)
    file = os.open(path, os.O_WRONLY)
    try:
        for _ in range(count):
            number = draw.randrange(blocks)
            # The first bytes of a piece tell its number: they stay.
            at = number * BLOCK + 8 if number % (MIB // BLOCK) == 0 else number * BLOCK
            os.pwrite(file, noise[: BLOCK - at % BLOCK], at)
            if each_synced:
                os.fdatasync(file)
        os.fsync(file)
    finally:
        os.close(file)


def random_reads(path, size, count, seed):
    draw = random.Random(seed)
    file = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(file, 0, 0, os.POSIX_FADV_RANDOM)
        for _ in range(count):
            if len(os.pread(file, BLOCK, draw.randrange(size // BLOCK) * BLOCK)) != BLOCK:
                raise Wrong("a short read")
    finally:
        os.close(file)


def random_write(root, size):
    return timed(random_writes, f"{root}/large", size.large // BLOCK, size.random_writes, 1, False)


def random_writes_by_four(root, size, count, seed, each_synced):
    blocks = size.large // 4 // BLOCK
    return at_once(
        lambda job: random_writes(f"{root}/large-{job}", blocks, count // 4, seed + job, each_synced), 4
    )


def random_write_four(root, size):
    return random_writes_by_four(root, size, size.random_writes, 0, False)


def synced_write(root, size):
    return timed(random_writes, f"{root}/large", size.large // BLOCK, size.synced_writes, 2, True)


def synced_write_four(root, size):
    return random_writes_by_four(root, size, size.synced_writes, 4, True)


def random_read(root, size):
    return timed(random_reads, f"{root}/large", size.large, size.random_reads, 3)


def random_read_four(root, size):
    quarter = size.large // 4
    return at_once(
        lambda job: random_reads(f"{root}/large-{job}", quarter, size.random_reads // 4, job + 8), 4
    )


def small_path(root, number):
    return f"{root}/small/{number // FILES_PER_DIRECTORY}/file-{number}"


def create(root, size):
    noise = os.urandom(BLOCK)

    def work():
        os.mkdir(f"{root}/small")
        for number in range(size.files):
            if number % FILES_PER_DIRECTORY == 0:
                os.mkdir(os.path.dirname(small_path(root, number)))
            with open(small_path(root, number), "xb", buffering=0) as file:
                file.write(noise)
        sync_directory(root)

    return timed(work)


def stat(root, size):
    def work():
        found = 0
        for folder, _, names in os.walk(f"{root}/small"):
            for name in names:
                found += os.lstat(f"{folder}/{name}").st_size == BLOCK
        if found != size.files:
            raise Wrong(f"{found} of {size.files} files are there")

    return timed(work)


def small_read(root, size):
    def work():
        for number in range(size.files):
            with open(small_path(root, number), "rb", buffering=0) as file:
                if len(file.read(BLOCK + 1)) != BLOCK:
                    raise Wrong(f"{file.name} is not whole")

    return timed(work)


def delete(root, size):
    def work():
        for number in range(size.files):
            os.unlink(small_path(root, number))
        for number in range(0, size.files, FILES_PER_DIRECTORY):
            os.rmdir(os.path.dirname(small_path(root, number)))
        os.rmdir(f"{root}/small")
        sync_directory(root)

    return timed(work)


def make_tree(path):
    """A tree like that of a program's sources, the same each time; also as a tar and in git."""
    draw = random.Random(20)
    words = [bytes(draw.choices(b"abcdefghijklmnopqrstuvwxyz_", k=draw.randint(2, 12))) for _ in range(4000)]
    for number in range(TREE_FILES):
        folder = f"{path}/tree/part-{number % 23}/{'deep/' * (number % 4)}unit-{number % 311}"
        os.makedirs(folder, exist_ok=True)
        length = min(400_000, int(draw.lognormvariate(8.3, 1.2)))
        text = b" ".join(draw.choices(words, k=max(1, length // 8)))
        with open(f"{folder}/source-{number}.c", "wb") as file:
            file.write(text)
    run("tar", "-cf", f"{path}/tree.tar", "-C", path, "tree")
    git = ("git", "-C", f"{path}/tree", "-c", "user.name=bench", "-c", "user.email=bench@localhost")
    run(*git, "-c", "init.defaultBranch=main", "init", "-q")
    run(*git, "add", ".")
    run(*git, "commit", "-q", "-m", "all")


def run(*command):
    # Repositories of another owner, and settings of the user, must not matter.
    environment = dict(os.environ, GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null")
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, env=environment)


def untar(root, size):
    def work():
        run("tar", "-xf", f"{size.tree}/tree.tar", "-C", root)
        sync_directory(root)

    return timed(work)


def clone(root, size):
    def work():
        run("git", "clone", "-q", "--no-local", f"{size.tree}/tree", f"{root}/clone")
        run("git", "-C", f"{root}/clone", "status", "--short")
        sync_directory(root)

    return timed(work)


def status(root, _size):
    return timed(run, "git", "-C", f"{root}/clone", "status", "--short")


def rsync_first(root, size):
    run("rsync", "-a", "--exclude=.git", f"{size.tree}/tree/", f"{root}/tree/")


def rsync_nothing(root, size):
    return timed(rsync_first, root, size)


def list_tree(root, _size):
    def work():
        result = subprocess.run(
            ("ls", "-lR", f"{root}/clone", f"{root}/tree"), check=True, stdout=subprocess.PIPE
        )
        if result.stdout.count(b"source-") < 2 * TREE_FILES:
            raise Wrong("files are missing in the list")

    return timed(work)


def remove_tree(root, _size):
    def work():
        for name in ("tree", "clone"):
            shutil.rmtree(f"{root}/{name}")
        sync_directory(root)

    return timed(work)


def database(root, _size):
    connection = sqlite3.connect(f"{root}/base.db", isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT)")

    def work():
        for number in range(TRANSACTIONS):
            connection.execute("BEGIN")
            for _ in range(10):
                connection.execute("INSERT INTO t (v) VALUES (?)", ("x" * 100 + str(number),))
            connection.execute("COMMIT")

    took = timed(work)
    found = connection.execute("SELECT count(*) FROM t").fetchone()[0]
    connection.close()
    if found != 10 * TRANSACTIONS:
        raise Wrong(f"{found} rows are there")
    return took


def postgres_transactions(root, _size):
    """Those of pgbench by one client: each is a commit, which is an fdatasync of the log."""
    with postgres.server(root) as server:
        server.bench("-i", "-q", "-s", "1")
        took = timed(server.bench, "-c", "1", "-t", str(POSTGRES_TRANSACTIONS))
        found = server.ask("SELECT count(*) FROM pgbench_history")
    if found != str(POSTGRES_TRANSACTIONS):
        raise Wrong(f"{found} transactions are there")
    return took


def mebibytes(size):
    return size.large / MIB


def small_files(size):
    return size.files


def written_at_random(size):
    return size.random_writes


def read_at_random(size):
    return size.random_reads


def written_synced(size):
    return size.synced_writes


def of(count):
    return lambda _size: count


PHASES = (
    Phase("write", "sequential write, fsync", "MiB", mebibytes, write),
    Phase("read", "sequential read, cold", "MiB", mebibytes, read, cold=True, after=("write",)),
    Phase("read-warm", "sequential read again", "MiB", mebibytes, read, after=("write",)),
    Phase("write-4", "4 sequential writers", "MiB", mebibytes, write_four),
    Phase("read-4", "4 sequential readers, cold", "MiB", mebibytes, read_four, cold=True, after=("write-4",)),
    Phase("random-write", "random 4 KiB writes, one fsync", "writes", written_at_random, random_write, after=("write",)),
    Phase("random-write-4", "the same by 4 writers", "writes", written_at_random, random_write_four, after=("write-4",)),
    Phase("synced-write", "random 4 KiB write + fdatasync", "writes", written_synced, synced_write, after=("write",)),
    Phase("synced-write-4", "the same by 4 writers", "writes", written_synced, synced_write_four, after=("write-4",)),
    Phase("random-read", "random 4 KiB reads, cold", "reads", read_at_random, random_read, cold=True, after=("write",)),
    Phase("random-read-4", "the same by 4 readers", "reads", read_at_random, random_read_four, cold=True, after=("write-4",)),
    Phase("create", "create files of 4 KiB", "files", small_files, create),
    Phase("stat", "list and stat them, cold", "files", small_files, stat, cold=True, after=("create",)),
    Phase("small-read", "read them, cold", "files", small_files, small_read, cold=True, after=("create",)),
    Phase("delete", "delete them", "files", small_files, delete, after=("create",)),
    Phase("sqlite", "SQLite transactions", "commits", of(TRANSACTIONS), database),
    Phase("postgres", "PostgreSQL transactions", "commits", of(POSTGRES_TRANSACTIONS), postgres_transactions),
    Phase("tar", "tar x of a source tree", "files", of(TREE_FILES), untar),
    Phase("clone", "git clone, git status", "files", of(TREE_FILES), clone),
    Phase("status", "git status, cold", "files", of(TREE_FILES), status, cold=True, after=("clone",)),
    Phase("rsync", "rsync that finds nothing new", "files", of(TREE_FILES), rsync_nothing, prepare=rsync_first),
    Phase("list", "ls -lR of both, cold", "files", of(2 * TREE_FILES), list_tree, cold=True, after=("clone", "rsync")),
    Phase("remove", "rm -r of both", "files", of(2 * TREE_FILES), remove_tree, after=("tar", "clone")),
)


def chosen(names):
    """The phases of these names, and those that they need, in their order; all without names."""
    wanted = set(names)
    for phase in reversed(PHASES):
        if phase.name in wanted:
            wanted.update(phase.after)
    return tuple(phase for phase in PHASES if not names or phase.name in wanted)
