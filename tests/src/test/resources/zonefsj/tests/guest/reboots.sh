#!/usr/bin/env bash
# In a guest that may reboot: power cuts in the middle of a load.
#   reboots.sh DRIVE COUNT    GUEST_BOOT says which boot it is; what was synced is noted in ZONEFSJ_SHARE, which
#                             is outside of the guest
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/common.sh"
drive=$1 count=$2
log=$ZONEFSJ_SHARE/synced

if [ "$GUEST_BOOT" = 0 ]; then
  zonefs-j mkfs "$drive" --force
  mount_drive "$drive"
else
  # What the last boot noted, and nothing in between is lost, and it is a prefix.
  mount_drive "$drive"
  python3 "$PROGRAMS/prefix.py" verify "$MOUNT/round-$((GUEST_BOOT - 1))" "$GUEST_BOOT" "$log-$((GUEST_BOOT - 1))"
  umount_drive
  expect_clean "$drive"
  expect_agreement "$drive"
  say "power cut $GUEST_BOOT of $count: $(tail -n 1 "$log-$((GUEST_BOOT - 1))") was synced and is there"
  [ "$GUEST_BOOT" != "$count" ] || exit 0
  mount_drive "$drive"
fi
mkdir "$MOUNT/round-$GUEST_BOOT"
python3 "$PROGRAMS/prefix.py" work "$MOUNT/round-$GUEST_BOOT" "$((GUEST_BOOT + 1))" "$log-$GUEST_BOOT" &
until [ "$(wc -l 2>/dev/null <"$log-$GUEST_BOOT" || echo 0)" -ge 20 ]; do
  kill -0 $! || fail "the load ended"
  sleep 0.1
done
sleep "0.$((RANDOM % 1000))"
echo b >/proc/sysrq-trigger
sleep 60
fail "the guest goes on after its power was cut"
