#!/usr/bin/env bash
# In a guest: how few active zones will do, drives without any limit, and a drive without zones.
#   limits.sh NULLB...    drives with 1, 2, 3 ... active zones; then one without limits and conventional zones
#                         in front; then one without zones
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

make_files /run/tree 250
active=0
for name in "$@"; do
  drive=/dev/$name
  active=$((active + 1))
  if [ "$(cat "/sys/block/$name/queue/zoned")" = none ]; then
    zonefs-j mkfs "$drive" >/run/made
    grep 'is a conventional drive' /run/made || fail "mkfs does not say that zones are emulated"
    live "$drive"
    blkid -p "$drive" && fail "blkid takes it for something else"
    say "a drive without zones works"
  elif [ "$(cat "/sys/block/$name/queue/max_active_zones")" = 0 ]; then
    zonefs-j mkfs "$drive"
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
drive=/dev/${*: -2:1}
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
