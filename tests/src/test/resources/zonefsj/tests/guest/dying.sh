#!/usr/bin/env bash
# In a guest: zones of a null_blk that turn READ_ONLY and OFFLINE under load, and blocks that cannot be
# read.
#   dying.sh NULLB    its name, like nullb0
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/common.sh"
drive=/dev/$1 config=/sys/kernel/config/nullb/$1

# data_zone: the number and first sector of the zone that holds most data of the tree.
data_zone() {
  zonefs-j zones "$MOUNT" --json >/run/zones
  python3 - <<'END'
import json
zones = [zone for zone in json.load(open("/run/zones")) if zone.get("role") in ("hot", "cold", "gc")]
zone = max(zones, key=lambda zone: zone["live_bytes"])
print(zone["zone"], zone["start"] // 512)
END
}

# expect_status PATTERN: within a minute.
expect_status() {
  local tries
  for ((tries = 0; tries < 60; tries++)); do
    zonefs-j status "$MOUNT" >/run/status
    if grep -q -E -- "$1" /run/status; then return; fi
    sleep 1
  done
  fail "status does not say '$1': $(cat /run/status)"
}

# expect_named: status names damaged files; of many, the newest.
expect_named() {
  zonefs-j status "$MOUNT" >/run/status
  sed 's|^\.\(.*\)|/tree\1 |' /run/damaged | grep -q -F -f - /run/status || fail "status names no file: $(cat /run/status)"
}

# count_damaged: how many files of the tree cannot be read; all others are the same.
count_damaged() {
  local file damaged=0
  while IFS= read -r file; do
    if cat "$MOUNT/tree/$file" >/run/content 2>/dev/null; then
      cmp "/run/tree/$file" /run/content || fail "other bytes in $file"
    else
      damaged=$((damaged + 1))
      echo "$file" >>/run/damaged
    fi
  done < <(cd /run/tree && find . -type f)
  echo "$damaged"
}

zonefs-j mkfs "$drive" --force
mount_drive "$drive" gc_idle=0
make_files /run/tree 400
cp -a /run/tree "$MOUNT/tree"
zonefs-j sync "$MOUNT"
python3 "$PROGRAMS/overwrite.py" "$MOUNT/load" /run/load 8388608 12 4194304 3 >/run/load.out 2>&1 &
load=$!

read -r number sector < <(data_zone)
echo "$sector" >"$config/zone_readonly"
expect_status "^zones .*[0-9] read-only"
[ "$(count_damaged)" = 0 ] || fail "files are lost with a zone that can be read"
say "zone $number is READ_ONLY, and nothing is lost"

read -r number sector < <(data_zone)
echo "$sector" >"$config/zone_offline"
expect_status "^zones .*[0-9] offline"
damaged=$(count_damaged)
[ "$damaged" != 0 ] || fail "no file was in zone $number"
expect_named
wait "$load" || grep -q 'Input/output error' /run/load.out || fail "the load ended: $(cat /run/load.out)"
touch "$MOUNT/still here"
say "zone $number is OFFLINE: $damaged of 400 files are damaged, status names them, the others are whole"

while IFS= read -r file; do rm "$MOUNT/tree/$file"; done </run/damaged
rm "$MOUNT/load"
zonefs-j sync "$MOUNT"
umount_drive
expect_clean "$drive"
expect_agreement "$drive"

mount_drive "$drive"
read -r number sector < <(data_zone)
echo "+$sector-$((sector + 2047))" >"$config/badblocks"
echo 3 >/proc/sys/vm/drop_caches
rm /run/damaged
damaged=$(count_damaged)
[ "$damaged" != 0 ] || fail "no file was in the bad blocks"
expect_named
say "a mebibyte that cannot be read: $damaged files are damaged, the others are whole"
umount_drive
say "done"
