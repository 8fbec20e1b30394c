#!/usr/bin/env bash
# In a guest: the daemon is killed in the middle of a load, round after round.
#   kills.sh DRIVE COUNT
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/common.sh"
drive=$1 count=$2

zonefs-j mkfs "$drive" --force
share_classes "$drive"
mount_drive "$drive"
for ((round = 1; round <= count; round++)); do
  mkdir "$MOUNT/round-$round"
  : >/run/synced
  python3 "$PROGRAMS/prefix.py" work "$MOUNT/round-$round" "$round" /run/synced >/run/work &
  work=$!
  until [ "$(wc -l </run/synced)" -ge 10 ]; do
    kill -0 $work || fail "the load ended: $(cat /run/work)"
    sleep 0.1
  done
  sleep "0.$((RANDOM % 1000))"
  kill -KILL "$(pgrep -f "Main mount .*$MOUNT")"
  wait $work || fail "the load: $(cat /run/work)"
  umount -i "$MOUNT"
  expect_clean "$drive"
  mount_drive "$drive"
  python3 "$PROGRAMS/prefix.py" verify "$MOUNT/round-$round" "$round" /run/synced >/run/verified ||
    fail "round $round: $(cat /run/verified)"
  rm -r "$MOUNT/round-$round"
  say "kill $round: $(tail -n 1 /run/synced) was synced and is there"
done
umount_drive
expect_clean "$drive"
expect_agreement "$drive"
say "$count kills: nothing that was synced is lost"
