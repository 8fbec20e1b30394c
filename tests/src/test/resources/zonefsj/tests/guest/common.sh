# shellcheck shell=bash
# What the programs that run in a guest share; sourced. zonefs-j is installed in the guest.
set -euo pipefail

HERE=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
# shellcheck disable=SC2034 # those who source it do
PROGRAMS=$HERE/../programs
MOUNT=/mnt/zonefs-j

# An emulated processor is slow: it starts the system's own programs, not the shims of a user's, and compiles
# only what is hot.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export ZONEFSJ_JAVA_OPTS="${ZONEFSJ_JAVA_OPTS:-} -XX:CompileThresholdScaling=10"

fail() {
  echo "FAILED: $*" >&2
  exit 1
}

say() {
  printf '%s: %s\n' "$(cut -d. -f1 /proc/uptime)" "$*"
}

mkdir -p "$MOUNT" /run/mount

mount_drive() {
  mount -t fuse.zonefs-j "$1" "$MOUNT" -o "meta=/var/lib/index${2:+,$2}"
}

umount_drive() {
  umount "$MOUNT"
  if mountpoint -q "$MOUNT"; then fail "umount left $MOUNT mounted"; fi
}

# Expects that fsck finds nothing, every byte read.
expect_clean() {
  zonefs-j fsck "$1" --data || fail "fsck found something on $1"
}

# share_classes DRIVE: from now on no JVM reads class files anew, which is a third of a mount's time here.
share_classes() {
  ZONEFSJ_JAVA_OPTS="$ZONEFSJ_JAVA_OPTS -XX:ArchiveClassesAtExit=/run/classes.jsa -Xlog:cds=error" expect_clean "$1"
  export ZONEFSJ_JAVA_OPTS="$ZONEFSJ_JAVA_OPTS -XX:SharedArchiveFile=/run/classes.jsa"
}

# make_files DIR COUNT: files of 0 to 24 KiB, in folders of a hundred.
make_files() {
  python3 - "$1" "$2" <<'END'
import os, random, sys
root, count = sys.argv[1], int(sys.argv[2])
random.seed(count)
for number in range(count):
    folder = f"{root}/{number // 100}"
    os.makedirs(folder, exist_ok=True)
    with open(f"{folder}/{number}", "wb") as file:
        file.write(random.randbytes(random.randrange(24 << 10)))
END
}

# expect_same ONE OTHER: trees that are the same, byte for byte.
expect_same() {
  diff -r "$1" "$2" || fail "$1 and $2 differ"
}

# expect_agreement DRIVE: the kernel and zonefs-j say the same of every zone.
expect_agreement() {
  blkzone report "$1" >/run/blkzone
  zonefs-j zones "$1" --json >/run/zones
  python3 "$HERE/zones.py" /run/blkzone /run/zones || fail "blkzone and zonefs-j zones disagree"
}
