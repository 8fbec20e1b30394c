# SPDX-License-Identifier: Apache-2.0
"""The filesystems that `bench` compares, each on an image file on the same disk."""
import os
import shutil
import signal
import subprocess
import time

START_SECONDS = 60
END_SECONDS = 300
TICKS = os.sysconf("SC_CLK_TCK")


class Trouble(Exception):
    """A filesystem cannot be made or mounted. The message is for the user."""


def command(*words, log=None):
    result = subprocess.run(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    if log is not None:
        log.write(result.stdout)
    if result.returncode != 0:
        raise Trouble(f"{' '.join(words)}: {result.stdout.decode(errors='replace').strip()}")


class Peer:
    """A filesystem in a directory of its own. Subclasses make and mount it."""

    name = ""
    title = ""
    #: Whether there is a process of its own, whose processor time and memory count.
    served = True
    #: The programs that it takes.
    programs = ()

    def __init__(self, launcher, work, size):
        self.launcher = launcher
        self.work = work
        self.size = size
        self.mount_point = f"{work}/mnt"
        self.image = f"{work}/image"
        self.process = None
        self.log = None

    @classmethod
    def check(cls):
        """Refuses a machine on which it cannot run."""
        for program in cls.programs:
            if shutil.which(program) is None:
                raise Trouble(f"{cls.name} needs the program {program}")

    def make(self):
        """Makes an empty filesystem."""

    def serve(self):
        """The command of the process, which stays in the foreground."""
        return []

    def start(self):
        """Makes and mounts it; returns the seconds that the mount took."""
        os.makedirs(self.mount_point)
        self.log = open(f"{self.work}/log", "wb")
        self.make()
        return self.mount()

    def mount(self):
        begin = time.monotonic()
        self.process = subprocess.Popen(
            self.serve(), stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT
        )
        while not self.is_mounted():
            if self.process.poll() is not None or time.monotonic() - begin > START_SECONDS:
                raise Trouble(f"{self.name} was not mounted: {self.words()}")
            time.sleep(0.01)
        os.stat(f"{self.mount_point}/.")
        return time.monotonic() - begin

    def is_mounted(self):
        place = self.mount_point.replace("\\", "\\134")
        for character in " \t\n":
            place = place.replace(character, f"\\{ord(character):03o}")
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as mounts:
            return any(line.split(" ")[4] == place for line in mounts)

    def words(self):
        with open(f"{self.work}/log", "rb") as log:
            return log.read().decode(errors="replace").strip()

    def cpu_seconds(self):
        """Processor time of its process so far."""
        if self.process is None:
            return 0.0
        with open(f"/proc/{self.process.pid}/stat", "rb") as stat:
            fields = stat.read().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory_bytes(self):
        """Resident memory of its process at most."""
        if self.process is None:
            return 0
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) << 10
        return 0

    def unmount(self):
        command("umount", "-i", "--", self.mount_point)

    def end(self):
        """Unmounts it; returns the seconds until its process has ended."""
        begin = time.monotonic()
        if self.is_mounted():
            self.unmount()
        if self.process is not None:
            self.process.wait(END_SECONDS)
            self.process = None
        return time.monotonic() - begin

    def unmount_by_force(self):
        if self.is_mounted():
            subprocess.run(("umount", "-i", "-l", "--", self.mount_point), check=False)

    def clean_up(self):
        """Leaves nothing, whatever has happened."""
        self.unmount_by_force()
        if self.process is not None:
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGKILL)
                self.process.wait()
            self.process = None
            # It may have mounted meanwhile.
            self.unmount_by_force()
        if self.log is not None:
            self.log.close()
        shutil.rmtree(self.work, ignore_errors=True)


class Ours(Peer):
    name = "zonefs-j"
    title = "zonefs-j"

    def make(self):
        command(self.launcher, "create", self.image, "--size", str(self.size), log=self.log)
        command(self.launcher, "mkfs", self.image, log=self.log)

    def serve(self):
        options = f"meta={self.work}/index,allow_other"
        return [self.launcher, "mount", self.image, self.mount_point, "-f", "-o", options]

    def unmount(self):
        command(self.launcher, "umount", self.mount_point)


class OnImage(Peer):
    """One that needs a file of a certain length."""

    def make(self):
        with open(self.image, "wb") as image:
            image.truncate(self.size)
        self.format()

    def format(self):
        raise NotImplementedError


class Ntfs(OnImage):
    name = "ntfs-3g"
    title = "ntfs-3g"
    programs = ("ntfs-3g", "mkntfs")

    def format(self):
        command("mkntfs", "-F", "-Q", "-q", self.image, log=self.log)

    def serve(self):
        return ["ntfs-3g", self.image, self.mount_point, "-o", "no_detach,big_writes,allow_other,permissions"]


def make_ext4(peer):
    """Whole at once: the kernel would make the rest of it while it is measured."""
    whole = "lazy_itable_init=0,lazy_journal_init=0"
    command("mke2fs", "-q", "-F", "-t", "ext4", "-E", whole, peer.image, log=peer.log)


class Fuse2fs(OnImage):
    name = "fuse2fs"
    title = "fuse2fs"
    programs = ("fuse2fs", "mke2fs")

    def format(self):
        make_ext4(self)

    def serve(self):
        return ["fuse2fs", "-f", self.image, self.mount_point, "-o", "big_writes,fakeroot,allow_other"]


class Ext4(OnImage):
    name = "ext4"
    title = "ext4 of the kernel"
    served = False
    programs = ("mke2fs", "losetup")

    @classmethod
    def check(cls):
        super().check()
        command("losetup", "-f")

    def format(self):
        make_ext4(self)

    def mount(self):
        begin = time.monotonic()
        command("mount", "-i", "-t", "ext4", "-o", "loop", self.image, self.mount_point)
        return time.monotonic() - begin


class Bindfs(Peer):
    """The cost of FUSE alone: all is passed to an ext4."""

    name = "bindfs"
    title = "bindfs over ext4"
    programs = ("bindfs",)

    @classmethod
    def check(cls):
        super().check()
        Ext4.check()

    def __init__(self, launcher, work, size):
        super().__init__(launcher, work, size)
        self.below = Ext4(launcher, f"{work}/below", size)

    def make(self):
        self.below.start()

    def serve(self):
        return ["bindfs", "-f", "--multithreaded", self.below.mount_point, self.mount_point]

    def end(self):
        seconds = super().end()
        return seconds + self.below.end()

    def clean_up(self):
        self.unmount_by_force()
        self.below.clean_up()
        super().clean_up()


ALL = (Ours, Ntfs, Fuse2fs, Bindfs, Ext4)
