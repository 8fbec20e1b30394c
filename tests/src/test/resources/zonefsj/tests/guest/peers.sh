#!/usr/bin/env bash
# In a guest: mkfs takes no zoned drive on which a filesystem of the kernel is mounted, even with --force.
#   peers.sh DRIVE CONVENTIONAL    F2FS puts its metadata on the conventional drive
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/common.sh"
drive=$1 conventional=$2

modprobe -a btrfs f2fs

# expect_refusal WORDS: they are part of what it says.
expect_refusal() {
  if zonefs-j mkfs "$drive" --force 2>/run/refused; then fail "mkfs took a drive that is mounted"; fi
  grep -qF "$1" /run/refused || fail "mkfs does not say '$1': $(cat /run/refused)"
  say "refused: $(cat /run/refused)"
}

mkfs.btrfs -q -f -d single -m single "$drive" >/dev/null
mount -t btrfs "$drive" "$MOUNT"
expect_refusal "in use (mounted at $MOUNT"
umount "$MOUNT"
blkzone reset "$drive"

mkfs.f2fs -q -f -m -c "$drive" "$conventional" >/dev/null
mount -t f2fs "$conventional" "$MOUNT"
expect_refusal "in use"
umount "$MOUNT"
