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
  grep -q -F -f /run/damaged /run/status || fail "status names no file: $(cat /run/status)"
}

# count_damaged: how many files of the tree cannot be read, their names in /run/damaged; the others must be the
# same.
count_damaged() {
  # What the kernel has read before it does not ask for again.
  echo 3 >/proc/sys/vm/drop_caches
  python3 - "$MOUNT" <<'END'
import errno, os, sys
damaged = []
for folder, _, names in os.walk("/run/tree"):
    for name in names:
        inner = os.path.relpath(os.path.join(folder, name), "/run")
        with open("/run/" + inner, "rb") as file:
            expected = file.read()
        try:
            with open(f"{sys.argv[1]}/{inner}", "rb") as file:
                if file.read() != expected:
                    sys.exit(f"other bytes in {inner}")
        except OSError as e:
            if e.errno != errno.EIO:
                raise
            damaged.append(inner)
with open("/run/damaged", "w") as file:
    file.writelines(f"/{name} \n" for name in damaged)
print(len(damaged))
END
}

zonefs-j mkfs "$drive" --force
mount_drive "$drive" gc_idle=0
make_files /run/tree 1500
cp -a /run/tree "$MOUNT/tree"
zonefs-j sync "$MOUNT"
python3 "$PROGRAMS/overwrite.py" "$MOUNT/load" /run/load 4194304 12 4194304 3 >/run/load.out 2>&1 &
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
say "zone $number is OFFLINE: $damaged of 1500 files are damaged, status names them, the others are whole"

while read -r file; do rm "$MOUNT$file" "/run$file"; done </run/damaged
rm "$MOUNT/load"
zonefs-j sync "$MOUNT"
umount_drive
expect_clean "$drive"
expect_agreement "$drive"

mount_drive "$drive"
read -r number sector < <(data_zone)
echo "+$sector-$((sector + 2047))" >"$config/badblocks"
damaged=$(count_damaged)
[ "$damaged" != 0 ] || fail "no file was in the bad blocks"
expect_named
say "a mebibyte that cannot be read: $damaged files are damaged, the others are whole"
umount_drive
say "done"
