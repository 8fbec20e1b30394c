#!/usr/bin/env bash
# In a guest: a drive that is pulled while it is mounted, and put back; then one of two of a mirror.
#   pulled.sh DRIVE [OTHER]    the kernel removes it as if it were gone; ZNS or SMR. OTHER is for the mirror
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/common.sh"
drive=$1 other=${2:-}

pull() {
  local name=${1##*/}
  case $name in
    nvme*) echo 1 >"/sys/class/nvme/${name%n*}/device/remove" ;;
    sd*) echo 1 >"/sys/block/$name/device/delete" ;;
  esac
  [ ! -e "$1" ] || fail "$1 is still there"
}

put_back() {
  local host tries=0
  echo 1 >/sys/bus/pci/rescan
  for host in /sys/class/scsi_host/*; do
    [ ! -e "$host" ] || echo '- - -' >"$host/scan"
  done
  until [ -b "$1" ] && [ "$(<"/sys/block/${1##*/}/size")" != 0 ]; do
    [ $((tries++)) -lt 100 ] || fail "$1 does not come back"
    sleep 0.1
  done
}

# fails_at_once ERROR COMMAND...: a call ends with an error, and does not hang.
fails_at_once() {
  local words=$1 status=0
  shift
  timeout -s KILL 60 "$@" >/run/failed 2>&1 || status=$?
  [ "$status" != 0 ] || fail "succeeds without a drive: $*"
  grep -q -e "$words" /run/failed || fail "status $status, not '$words': $*: $(cat /run/failed)"
}

# expect_status PATTERN: within a minute.
expect_status() {
  local tries
  for ((tries = 0; tries < 60; tries++)); do
    timeout 60 zonefs-j status "$MOUNT" >/run/status || fail "status does not answer"
    if grep -q -E -- "$1" /run/status; then return; fi
    sleep 1
  done
  fail "status does not say '$1': $(cat /run/status)"
}

# start_load NUMBER: returns when it has synced ten times.
start_load() {
  mkdir "$MOUNT/load-$1"
  : >"/run/synced-$1"
  python3 "$PROGRAMS/prefix.py" work "$MOUNT/load-$1" "$1" "/run/synced-$1" >/run/load 2>&1 &
  load=$!
  await_synced "$1" 10
}

await_synced() {
  until [ "$(wc -l <"/run/synced-$1")" -ge "$2" ]; do
    kill -0 "$load" || fail "the load ended: $(cat /run/load)"
    sleep 0.1
  done
}

expect_load() {
  python3 "$PROGRAMS/prefix.py" verify "$MOUNT/load-$1" "$1" "/run/synced-$1" || fail "load $1"
}

ticks() {
  awk '{ print $14 + $15 }' "/proc/$1/stat"
}

make_files /run/tree 60
zonefs-j mkfs "$drive" --force
share_classes "$drive"
rm -f /var/log/zonefs-j/*
mount_drive "$drive"
daemon=$(pgrep -f "Main mount .*$MOUNT")
cp -a /run/tree "$MOUNT/tree"
zonefs-j sync "$MOUNT"
start_load 1
pull "$drive"
timeout 60 tail --pid="$load" -f /dev/null || fail "the load hangs"
grep -q 'Input/output error\|Read-only' /run/load || fail "the load ended: $(cat /run/load)"
echo 3 >/proc/sys/vm/drop_caches
fails_at_once 'Input/output error' cat "$MOUNT/tree/0/5"
fails_at_once 'Read-only file system' touch "$MOUNT/new"
fails_at_once "$drive was removed" zonefs-j sync "$MOUNT"
expect_status "^read-only +$drive was removed"
grep -q "$drive was removed: unmount, bring the drive back, and mount it again" /run/status || fail "status has no advice"
grep '^lost data' /run/status && fail "a drive that is gone counts as damage"
before=$(ticks "$daemon")
sleep 10
[ $(($(ticks "$daemon") - before)) -lt 500 ] || fail "the daemon is busy without a drive"
lines=$(cat /var/log/zonefs-j/*.log | wc -l)
[ "$lines" -lt 1000 ] || fail "$lines lines in the log"
fails_at_once "is lost: $drive was removed" umount "$MOUNT"
if mountpoint -q "$MOUNT"; then fail "umount left $MOUNT mounted"; fi
[ ! -e "/proc/$daemon" ] || timeout 60 tail --pid="$daemon" -f /dev/null || fail "the daemon does not end"
fails_at_once "no such file or device" mount -t fuse.zonefs-j "$drive" "$MOUNT" -o meta=/var/lib/index
say "$drive was pulled: every call ends, status says so, umount ends"

put_back "$drive"
mount_drive "$drive"
expect_same /run/tree "$MOUNT/tree"
expect_load 1
umount_drive
expect_clean "$drive"
expect_agreement "$drive"
say "$drive is back: all that was synced is there"
[ -n "$other" ] || exit 0

both="mirror($drive,$other)"
zonefs-j mkfs "$both" --force
mount_drive "$both"
cp -a /run/tree "$MOUNT/tree"
start_load 2
pull "$other"
await_synced 2 $(($(wc -l </run/synced-2) + 10))
expect_status "$other.*missing"
put_back "$other"
expect_status "$other.*current"
say "$other was pulled from a mirror and is back, and the load goes on"
pull "$drive"
await_synced 2 $(($(wc -l </run/synced-2) + 10))
kill "$load"
wait "$load" || true
expect_status "$drive.*missing"
echo 3 >/proc/sys/vm/drop_caches
expect_same /run/tree "$MOUNT/tree"
expect_load 2
put_back "$drive"
expect_status "$drive.*current"
umount_drive
expect_clean "$both"
say "each of two was pulled: done"
