#!/usr/bin/env bash
# In a guest: the same work on zonefs-j, btrfs and F2FS on one ZNS drive. Emulation costs a JVM many times what
# it costs kernel code, so the figures only inform.
#   peers.sh DRIVE CONVENTIONAL FILES    F2FS puts its metadata on the conventional drive
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/common.sh"
drive=$1 conventional=$2 files=$3

modprobe -a btrfs f2fs
measure() {
  python3 - "$1" "$MOUNT" "$files" <<'END'
import os, random, sys, time
name, root, files = sys.argv[1], sys.argv[2], int(sys.argv[3])
random.seed(1)
MIB = random.randbytes(1 << 20)
SIZE = 64
def timed(what, work, amount):
    begin = time.monotonic()
    work()
    print(name, what, f"{amount / (time.monotonic() - begin):.3f}", flush=True)
def write():
    with open(root + "/file", "wb", 0) as file:
        for _ in range(SIZE):
            file.write(MIB)
        os.fsync(file.fileno())
def read():
    fd = os.open(root + "/file", os.O_RDONLY)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    for at in range(SIZE):
        assert os.pread(fd, 1 << 20, at << 20) == MIB
    os.close(fd)
def scattered():
    fd = os.open(root + "/file", os.O_WRONLY)
    for _ in range(2000):
        os.pwrite(fd, MIB[:4096], random.randrange(SIZE << 8) << 12)
    os.fsync(fd)
    os.close(fd)
def create():
    os.mkdir(root + "/many")
    for number in range(files):
        with open(f"{root}/many/{number}", "wb", 0) as file:
            file.write(MIB[:2000])
    fd = os.open(root + "/many", os.O_RDONLY)
    os.fsync(fd)
    os.close(fd)
timed("write-MiB/s", write, SIZE)
timed("read-MiB/s", read, SIZE)
timed("random-4K-writes/s", scattered, 2000)
timed("creates/s", create, files)
END
}

reset() {
  umount "$MOUNT"
  blkzone reset "$drive"
}

{
  zonefs-j mkfs "$drive" --force >/dev/null
  mount_drive "$drive"
  measure zonefs-j
  umount_drive
  blkzone reset "$drive"
  mkfs.btrfs -q -f -O zoned -d single -m single "$drive" >/dev/null
  mount -t btrfs "$drive" "$MOUNT"
  if zonefs-j mkfs "$drive" --force 2>/run/refused; then fail "mkfs took a drive that is mounted"; fi
  grep -q "in use (mounted at $MOUNT" /run/refused || fail "mkfs does not say that it is mounted: $(cat /run/refused)"
  measure btrfs
  reset
  mkfs.f2fs -q -f -m -c "$drive" "$conventional" >/dev/null
  mount -t f2fs "$conventional" "$MOUNT"
  measure f2fs
  umount "$MOUNT"
} | python3 "$HERE/ratios.py"
