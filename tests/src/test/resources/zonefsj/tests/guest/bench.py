# SPDX-License-Identifier: Apache-2.0
"""In a guest: the work of mount-scripts/bench on zonefs-j, btrfs and F2FS, in turn on one zoned drive.

bench.py OUT ROUNDS SECONDS SEED DRIVE METADATA INDEX
  OUT       the file for the table
  SECONDS   after which no round begins; 0 for no such limit
  METADATA  a conventional drive, on which F2FS keeps what it overwrites in place
  INDEX     a conventional drive, on which the index of zonefs-j is, in an ext4

PYTHONPATH leads to mount-scripts/bench-files.
"""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

import main
import peers
import report
import work

# A round of zonefs-j takes a minute: emulated code is slow.
SIZE = work.Size(64 * work.MIB, 500, "", random_writes=1000, random_reads=500, synced_writes=200)
PHASES = "write", "read", "random-write", "synced-write", "random-read", "create", "stat", "delete"
STATE = "/var/lib/zonefs-j"
SECTOR = 512
ZONE = re.compile(r"cap (0x[0-9a-f]+), wptr (0x[0-9a-f]+)")
NOTE = """\
The processor of the guest is emulated: code costs 10 to 50 times as much as on hardware, and that of a JVM, which also
compiles in this time, more than the kernel's. The ratios show the order only, not by how much a filesystem is faster.
All drives are files in the host's page cache: no access to them takes the time of a real drive's.

Rates are medians of the rounds; `/PEER` is the time of the peer divided by that of zonefs-j: above 1 zonefs-j is faster.
`spread` is the least and the largest time of zonefs-j as a share of the median, and `CPU s` the CPU time of its daemon.
Before what is called cold, the caches of the kernel are dropped; what a daemon keeps stays. Each round begins with an
empty drive, a new filesystem and, of zonefs-j, a new daemon."""


class Daemon:
    """A process that is no child, with what a peer asks of one that is."""

    def __init__(self, pid):
        self.pid = pid

    def wait(self, timeout=None):
        begin = time.monotonic()
        while arguments_of(self.pid):
            if timeout is not None and time.monotonic() - begin > timeout:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            time.sleep(0.01)

    def send_signal(self, number):
        try:
            os.kill(self.pid, number)
        except ProcessLookupError:
            # That is what was wanted.
            pass


def arguments_of(pid):
    """Of a process; none if it has ended."""
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().split(b"\0")[:-1]
    except (FileNotFoundError, ProcessLookupError):
        return []


class OnDrive(peers.Peer):
    """A filesystem that is mounted by mount(8), on a zoned drive that is empty before."""

    served = False
    #: The modules of the kernel that it takes.
    modules = ()
    options = ()

    def __init__(self, drive, metadata, directory):
        super().__init__("", directory, 0)
        self.drive = drive
        self.metadata = metadata

    def make(self):
        self.check()
        for module in self.modules:
            peers.command("modprobe", module, log=self.log)
        peers.command("blkzone", "reset", self.drive, log=self.log)
        self.format()

    def format(self):
        raise NotImplementedError

    def source(self):
        """What mount(8) is told to mount."""
        return self.drive

    def mount(self):
        begin = time.monotonic()
        peers.command("mount", *self.options, self.source(), self.mount_point, log=self.log)
        os.stat(f"{self.mount_point}/.")
        return time.monotonic() - begin

    def unmount(self):
        peers.command("umount", "--", self.mount_point)

    def end(self):
        seconds = super().end()
        self.expect_data()
        return seconds

    def expect_data(self):
        """Refuses figures of a filesystem whose data are elsewhere: F2FS would fill other drives, too."""
        zones = subprocess.run(("blkzone", "report", self.drive), check=True, stdout=subprocess.PIPE, text=True)
        # Of a full zone, the pointer is at its end, beyond its capacity.
        written = sum(min(int(capacity, 16), int(at, 16)) for capacity, at in ZONE.findall(zones.stdout)) * SECTOR
        if written < SIZE.large:
            raise work.Wrong(f"only {written} bytes are on the zoned drive")


class Ours(OnDrive):
    name = "zonefs-j"
    title = "zonefs-j"
    served = True
    options = ("-t", "fuse.zonefs-j")

    def format(self):
        peers.command("find", STATE, "-mindepth", "1", "-delete", log=self.log)
        peers.command("zonefs-j", "mkfs", self.drive, "--force", log=self.log)

    def mount(self):
        seconds = super().mount()
        self.process = Daemon(self.find())
        return seconds

    def find(self):
        for name in os.listdir("/proc"):
            if name.isdigit() and {b"zonefsj.fs.cli.Main", os.fsencode(self.mount_point)} <= set(arguments_of(name)):
                return int(name)
        raise peers.Trouble(f"no daemon has {self.mount_point} among its arguments")


class Btrfs(OnDrive):
    name = "btrfs"
    title = "btrfs of the kernel"
    programs = ("mkfs.btrfs",)
    modules = ("btrfs",)
    options = ("-t", "btrfs")

    def format(self):
        peers.command("mkfs.btrfs", "-f", "-m", "single", "-d", "single", self.drive, log=self.log)


class F2fs(OnDrive):
    name = "F2FS"
    title = "F2FS of the kernel"
    programs = ("mkfs.f2fs",)
    modules = ("f2fs",)
    options = ("-t", "f2fs")

    def format(self):
        peers.command("mkfs.f2fs", "-f", "-m", "-c", self.drive, self.metadata, log=self.log)

    def source(self):
        return self.metadata


def first_line(*words):
    result = subprocess.run(words, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return next((line for line in result.stdout.splitlines() if line.strip()), "?")


def queue(drive, name):
    with open(f"/sys/block/{os.path.basename(drive)}/queue/{name}", encoding="ascii") as file:
        return int(file.read())


def machine(drive):
    facts = main.host()
    facts["processors"] += ", emulated"
    facts["memory"] = f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') >> 20} MiB"
    facts["drive"] = (
        f"{queue(drive, 'nr_zones')} zones of {queue(drive, 'chunk_sectors') * SECTOR >> 20} MiB, at most "
        f"{queue(drive, 'max_open_zones')} open and {queue(drive, 'max_active_zones')} active; conventional drives for "
        "the metadata of F2FS, and for the index of zonefs-j (ext4)"
    )
    facts["btrfs-progs"] = first_line("mkfs.btrfs", "--version")
    facts["f2fs-tools"] = first_line("mkfs.f2fs", "-V")
    return facts


def markdown(results, failed):
    words = [f"- {name}: {value}" for name, value in results.machine.items()]
    faults = [f"- {name} FAILED: {' '.join(why.split())}" for name, why in failed.items()]
    return "\n".join([*words, "", NOTE, "", *report.piped(*report.rows(results)), *([""] if faults else []), *faults, ""])


def measure(kinds, rounds, seconds, seed, create, results, failed):
    """Rounds, each begun by another filesystem; returns how many filesystems were tried, all rounds together."""
    begin = time.monotonic()
    tried = 0
    for number in range(rounds):
        if number > 0 and 0 < seconds < time.monotonic() - begin:
            break
        first = (seed + number) % len(kinds)
        for kind in kinds[first:] + kinds[:first]:
            if kind.name not in failed:
                print(f"round {number + 1}: {kind.name}", flush=True)
                tried += 1
                main.measure(create(kind), results, failed)
                print(f"round {number + 1}: {kind.name} until {time.monotonic() - begin:.0f} s", flush=True)
    return tried


def run():
    out, rounds, seconds, seed, drive, metadata, index = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda ended, _: sys.exit(128 + ended))
    peers.command("modprobe", "ext4")
    peers.command("mkfs.ext4", "-q", index)
    os.makedirs(STATE, exist_ok=True)
    peers.command("mount", "-t", "ext4", index, STATE)
    kinds = (Ours, Btrfs, F2fs)
    phases = work.chosen(PHASES) + main.MOUNTING
    results = report.Results(kinds, phases, SIZE, machine(drive), ())
    failed = {}
    with tempfile.TemporaryDirectory(prefix="zonefs-j-bench.") as scratch:
        tried = measure(
            kinds, int(rounds), int(seconds), int(seed),
            lambda kind: kind(drive, metadata, f"{scratch}/{kind.name}"), results, failed,
        )
    with open(out, "w", encoding="utf-8") as file:
        file.write(markdown(results, failed))
    print(f"guest: tried={tried} failed={len(failed)} seed={seed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(run())
