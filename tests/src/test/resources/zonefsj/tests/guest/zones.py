"""Compares two reports of the zones of a drive: zones.py BLKZONE_REPORT ZONES_JSON"""
import json
import re
import sys

SECTOR = 512
CONDITIONS = {
    0: "not-write-pointer", 1: "empty", 2: "implicit-open", 3: "explicit-open", 4: "closed",
    13: "read-only", 14: "full", 15: "offline",
}
TYPES = {1: "conventional", 2: "sequential-required", 3: "sequential-preferred"}
LINE = re.compile(
    r"start: (0x[0-9a-f]+), len (0x[0-9a-f]+), cap (0x[0-9a-f]+), wptr (0x[0-9a-f]+) .*"
    r"zcond: ?(\d+)\(.*\[type: (\d)"
)

kernel = []
with open(sys.argv[1]) as report:
    for line in report:
        start, length, capacity, pointer, condition, kind = LINE.search(line).groups()
        written = (int(start, 16) + int(pointer, 16)) * SECTOR
        # Of a full zone makes differ; of one without a pointer there is nothing to compare.
        pointed = int(kind) == 2 and int(condition) in (1, 2, 3, 4)
        kernel.append((
            int(start, 16) * SECTOR, int(capacity, 16) * SECTOR, TYPES[int(kind)],
            CONDITIONS[int(condition)], written if pointed else None,
        ))
with open(sys.argv[2]) as report:
    zones = json.load(report)
if len(zones) != len(kernel):
    sys.exit(f"{len(kernel)} zones for the kernel, {len(zones)} for zonefs-j")
for number, (theirs, zone) in enumerate(zip(kernel, zones)):
    pointer = zone.get("write_pointer") if theirs[4] is not None else None
    mine = (zone["start"], zone["capacity"], zone["type"], zone["condition"], pointer)
    if mine != theirs:
        sys.exit(f"zone {number}: the kernel says {theirs}, zonefs-j {mine}")
print(f"{len(zones)} zones, the same for the kernel and for zonefs-j")
