#!/usr/bin/env bash
# In a guest: the daemon is killed in the middle of a load, round after round.
#   kills.sh DRIVE COUNT
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/common.sh"
drive=$1 count=$2

zonefs-j mkfs "$drive" --force
for ((round = 1; round <= count; round++)); do
  mount_drive "$drive"
  mkdir "$MOUNT/round-$round"
  : >/run/synced
  python3 "$PROGRAMS/prefix.py" work "$MOUNT/round-$round" "$round" /run/synced &
  work=$!
  until [ "$(wc -l </run/synced)" -ge 10 ]; do
    kill -0 $work || fail "the load ended"
    sleep 0.1
  done
  sleep "0.$((RANDOM % 1000))"
  kill -KILL "$(pgrep -f "Main mount .*$MOUNT")"
  wait $work || fail "the load"
  umount "$MOUNT"
  mount_drive "$drive"
  python3 "$PROGRAMS/prefix.py" verify "$MOUNT/round-$round" "$round" /run/synced
  rm -r "$MOUNT/round-$round"
  umount_drive
  expect_clean "$drive"
done
expect_agreement "$drive"
say "$count kills: nothing that was synced is lost"
