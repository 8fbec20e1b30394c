#!/usr/bin/env bash
# In a guest that systemd boots, and that reboots once in order: who mounts at boot, who unmounts at shutdown.
#   boots.sh [DRIVE]...    those of the fstab and of the unit in `boots`, and one to be mounted by hand
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/common.sh"
PLACES=(/mnt/plain /mnt/automount /mnt/unit /mnt/hand)
drives=("$@")
trap '[ $? = 0 ] || journalctl -b --no-pager -o cat -n 60 -u "mnt-*" -u "zonefs-j*" >&2' EXIT

make_files /run/tree 100
if [ "$GUEST_BOOT" = 0 ]; then
  # With nofail the boot does not wait for it.
  systemctl start mnt-plain.mount 2>/dev/null && fail "a drive without a filesystem was mounted"
  systemctl is-failed -q mnt-plain.mount || fail "$(systemctl status mnt-plain.mount)"
  for drive in "${drives[@]}"; do zonefs-j mkfs "$drive" >/dev/null; done
  systemctl start mnt-plain.mount
  systemctl start zonefs-j@unit
  mkdir -p /mnt/hand
  # A shell of somebody's session, which ends before the drive is unmounted.
  systemd-run -q --scope mount -t fuse.zonefs-j "${drives[3]}" /mnt/hand
  for place in "${PLACES[@]}"; do
    cp -a /run/tree "$place/tree"
    [ "$(findmnt -no FSTYPE "$place" | tail -n 1)" = fuse.zonefs-j ] || fail "not mounted: $place"
  done
  say "mounted by fstab, on demand, by a unit and by hand; now it reboots, and nothing was synced"
  systemctl reboot
  sleep 120
  fail "the guest goes on after it was told to reboot"
fi

# At boot they were told to, and may not be done yet.
for unit in mnt-plain.mount zonefs-j@unit; do
  [[ $(systemctl is-active "$unit") == activ* ]] || fail "the boot did not start $unit"
  systemctl start "$unit"
done
for place in "${PLACES[@]:0:3}"; do
  expect_same /run/tree "$place/tree"
  [ "$(findmnt -no FSTYPE "$place" | tail -n 1)" = fuse.zonefs-j ] || fail "not mounted: $place"
done
mkdir -p /mnt/hand
mount -t fuse.zonefs-j "${drives[3]}" /mnt/hand
expect_same /run/tree /mnt/hand/tree
say "after the reboot the trees are there"

systemctl stop mnt-plain.mount mnt-automount.automount mnt-automount.mount zonefs-j@unit
umount /mnt/hand
for drive in "${drives[@]}"; do
  expect_clean "$drive"
  # Each mount has an epoch, and each must have ended with a root that says so.
  zonefs-j dump "$drive" >/run/dump
  epochs=$(grep -o 'epoch [0-9]*, in use' /run/dump | grep -o '[0-9]*' | sort -u)
  [ "$(wc -w <<<"$epochs")" -ge 2 ] || fail "$drive was not mounted twice: $epochs"
  for epoch in $epochs; do
    grep -q "epoch $epoch, unmounted cleanly" /run/dump || fail "$drive was not unmounted cleanly: $(cat /run/dump)"
  done
done
say "all were unmounted cleanly, at shutdown too"
