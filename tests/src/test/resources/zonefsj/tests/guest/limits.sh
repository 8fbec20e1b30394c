#!/usr/bin/env bash
# In a guest: how few active zones will do, drives without any limit, and drives without zones.
#   limits.sh NULLB...    one without limits and with conventional zones in front; one without zones; then drives
#                         with 1, 2, 3 ... active zones
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/common.sh"
LEAST=7

# live DRIVE: is made, filled, ended and found clean.
live() {
  mount_drive "$1"
  cp -a /run/tree "$MOUNT/tree"
  rm -r "$MOUNT/tree/0"
  zonefs-j sync "$MOUNT"
  rm -rf /run/rest
  cp -a /run/tree /run/rest
  rm -r /run/rest/0
  expect_same /run/rest "$MOUNT/tree"
  umount_drive
  expect_clean "$1"
}

# refused WORDS COMMAND...: fails, and says so.
refused() {
  local words=$1
  shift
  if "$@" >/run/refused 2>&1; then fail "was not refused: $*"; fi
  grep -e "$words" /run/refused || fail "is refused with other words: $(cat /run/refused)"
}

# without_header DRIVE: a slip of the hand overwrites where emulated zones begin.
without_header() {
  dd if=/dev/zero of="$1" bs=4096 count=1 conv=fsync status=none
  refused 'fsck --repair' zonefs-j mkfs "$1"
  refused 'fsck --repair' mount_drive "$1"
  refused 'header of the emulated zones is damaged' zonefs-j fsck "$1"
  local status=0
  zonefs-j fsck --repair "$1" || status=$?
  [ "$status" = 1 ] || fail "the repair ended with $status"
  mount_drive "$1"
  expect_same /run/rest "$MOUNT/tree"
  umount_drive
  expect_clean "$1"
  # The table, too.
  dd if=/dev/zero of="$1" bs=1M count=1 conv=fsync status=none
  refused 'overwritten' zonefs-j mkfs "$1"
  refused 'overwritten' zonefs-j fsck --repair "$1"
  zonefs-j mkfs --force "$1"
  # Others have it now: a partition table behind what was our magic, then ext4.
  printf '\x80%.0s' {1..4} | dd of="$1" bs=1 seek=300 conv=notrunc,fsync status=none
  printf '\x00\x00\x00\x00\x83\x00\x00\x00\x00\x08\x00\x00\x00\x10\x00\x00' \
    | dd of="$1" bs=1 seek=446 conv=notrunc,fsync status=none
  printf '\x55\xaa' | dd of="$1" bs=1 seek=510 conv=notrunc,fsync status=none
  refused 'overwrites it' zonefs-j mkfs "$1"
  refused 'conventional drive' zonefs-j fsck --repair "$1"
  mkfs.ext4 -q -F "$1"
  refused 'holds ext4' zonefs-j mkfs "$1"
  refused 'conventional drive' zonefs-j fsck --repair "$1"
  e2fsck -fn "$1" || fail "ext4 was harmed"
  zonefs-j mkfs --force "$1"
}

# An image and a loop device over it are one drive, of whatever size.
through_loop_devices() {
  local image=/run/image loop other
  truncate -s 200M "$image"
  loop=$(losetup -f --show "$image")
  zonefs-j mkfs "$loop"
  # What is only read stays.
  zonefs-j mkfs --force "memdiff($loop)"
  mount_drive "$loop"
  refused 'in use' zonefs-j mkfs --force "$image"
  umount_drive
  mount_drive "$image"
  refused 'in use' zonefs-j mkfs --force "$loop"
  umount_drive
  losetup -d "$loop"
  # Two parts of a file are two drives.
  loop=$(losetup -f --show --sizelimit 100M "$image")
  other=$(losetup -f --show -o 100M "$image")
  zonefs-j mkfs --force "$loop"
  zonefs-j mkfs "$other"
  mount_drive "$loop"
  zonefs-j fsck "$other"
  umount_drive
  losetup -d "$loop" "$other"
  loop=$(losetup -f --show "$image")
  zonefs-j mkfs --force "$loop"
  losetup -d "$loop"
  truncate -s 150M "$image"
  loop=$(losetup -f --show "$image")
  refused 'smaller than when' zonefs-j info "$loop"
  zonefs-j mkfs --force "$loop"
  live "$loop"
  losetup -d "$loop"
  loop=$(losetup -r -f --show "$image")
  refused 'takes no writes' mount_drive "$loop"
  mount_drive "$loop" ro
  expect_same /run/rest "$MOUNT/tree"
  umount_drive
  losetup -d "$loop"
  rm "$image"
}

make_files /run/tree 250
for name in "$@"; do
  drive=/dev/$name
  if [ "$(cat "/sys/block/$name/queue/zoned")" = none ]; then
    before=$(sha256sum <"$drive")
    refused 'label is longer' zonefs-j mkfs "$drive" --force --label "$(printf 'x%.0s' {1..65})"
    [ "$(sha256sum <"$drive")" = "$before" ] || fail "mkfs wrote to a drive that it refused"
    zonefs-j mkfs "$drive" >/run/made
    grep 'is a conventional drive' /run/made || fail "mkfs does not say that zones are emulated"
    live "$drive"
    blkid -p "$drive" && fail "blkid takes it for something else"
    say "a drive without zones works"
    without_header "$drive"
    say "a drive without zones is known though its header is overwritten"
    continue
  fi
  active=$(cat "/sys/block/$name/queue/max_active_zones")
  if [ "$active" = 0 ]; then
    zonefs-j mkfs "$drive"
    share_classes "$drive"
    live "$drive"
    expect_agreement "$drive"
    say "a drive without limits and with conventional zones works"
  elif [ "$active" -lt "$LEAST" ]; then
    if zonefs-j mkfs "$drive" 2>/run/refused; then fail "mkfs took a drive with $active active zones"; fi
    grep -E "$active active zone" /run/refused || fail "mkfs does not say why: $(cat /run/refused)"
    blkzone report "$drive" | grep -v 'zcond: 1' && fail "mkfs wrote to a drive that it refused"
  else
    zonefs-j mkfs "$drive"
    live "$drive"
    expect_agreement "$drive"
    say "$active active zones are enough"
  fi
done

# A user of the group that owns drives, without root.
drive=/dev/$1
chgrp disk "$drive"
chmod 660 "$drive"
# As udev does; there is none here.
chmod 666 /dev/fuse
mkdir -p /run/user-of-disk/{mount,home,index}
chown -R nobody:nogroup /run/user-of-disk
as_user() {
  env HOME=/run/user-of-disk/home ZONEFSJ_RUNTIME_DIR=/run/user-of-disk/run ZONEFSJ_STATE_DIR=/run/user-of-disk/state \
    ZONEFSJ_LOG_DIR=/run/user-of-disk/log setpriv --reuid nobody --regid nogroup --groups disk "$@"
}
as_user zonefs-j mkfs "$drive" --force
as_user zonefs-j mount "$drive" /run/user-of-disk/mount
as_user cp -r /run/tree /run/user-of-disk/mount/tree
as_user diff -r /run/tree /run/user-of-disk/mount/tree || fail "the user sees another tree"
as_user zonefs-j umount /run/user-of-disk/mount
expect_clean "$drive"
say "a user of the group 'disk' makes, mounts and uses a drive"

modprobe loop
through_loop_devices
say "an image and its loop devices are one drive"
