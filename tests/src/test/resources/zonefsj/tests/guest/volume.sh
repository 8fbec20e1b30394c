#!/usr/bin/env bash
# In a guest: a filesystem from mkfs to fsck on a zoned drive.
#   volume.sh DRIVE FILES TIMES    copies a tree of so many files, and overwrites a fifth of the drive until so
#                                  many times its size is written
. "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/common.sh"
drive=$1 files=$2 times=$3
bytes=$(blockdev --getsize64 "$drive")
part=$((bytes / 5 >> 20 << 20))
rounds=$((times * bytes / part))

zonefs-j mkfs "$drive" --label guest --force
mount_drive "$drive"
make_files /run/tree "$files"
cp -a /run/tree "$MOUNT/tree"
expect_same /run/tree "$MOUNT/tree"
say "a tree of $files files is there"

python3 "$PROGRAMS/tree.py" "$MOUNT/oddities" 1
python3 "$PROGRAMS/manifest.py" "$MOUNT/oddities" --holes >/run/oddities
say "all that files can be is there: $(wc -l </run/oddities) of them"

python3 "$PROGRAMS/overwrite.py" "$MOUNT/overwritten" /run/model "$part" "$rounds" "$part" 7
zonefs-j status "$MOUNT" >/run/status
grep -E '^(written|zones reset|amplification|collector|zones)' /run/status || cat /run/status
say "$((rounds * part >> 20)) MiB overwritten on a drive of $((bytes >> 20)) MiB"

umount_drive
expect_clean "$drive"
expect_agreement "$drive"
rm -rf /var/lib/index
mount_drive "$drive"
expect_same /run/tree "$MOUNT/tree"
python3 "$PROGRAMS/manifest.py" "$MOUNT/oddities" --holes | cmp - /run/oddities || fail "the oddities differ"
cmp /run/model "$MOUNT/overwritten" || fail "other bytes without the index"
umount_drive
expect_agreement "$drive"
say "the same without the index: done"
