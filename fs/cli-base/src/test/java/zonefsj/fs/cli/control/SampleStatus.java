// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import zonefsj.device.DevicePart;
import zonefsj.fs.volume.CollectorStatus;
import zonefsj.fs.volume.RepairStatus;
import zonefsj.fs.volume.VolumeStatus;
import zonefsj.fs.volume.WriteSpan;
import zonefsj.fs.volume.WriteStatus;
import zonefsj.gc.UpdateSkew;
import zonefsj.gc.VictimReport;

/** A status to encode and to show, with something in each of its fields. */
public final class SampleStatus {
  private SampleStatus() {}

  public static MountStatus get() {
    return new MountStatus(
        "/dev/nvme0n1",
        "/mnt/a b",
        Instant.parse("2025-02-03T04:05:06Z"),
        4711,
        "/var/log/x.log",
        Map.of("commit", "5", "rw", "", "meta", "/var/lib/x"),
        "not served since 2026-01-01T00:00:00Z: Address already in use",
        List.of(
            new DevicePart(0, "mirror", "1.00 TiB in 4096 zones of 256M", ""),
            new DevicePart(1, "/dev/nvme0n1", "1.00 TiB in 4098 zones of 256M", "current"),
            new DevicePart(1, "/dev/nvme1n1", "", "missing: there is no such file")),
        new VolumeStatus(
            UUID.fromString("01234567-89ab-cdef-0123-456789abcdef"),
            "archive",
            false,
            false,
            "",
            1L << 40,
            1L << 39,
            1L << 38,
            1L << 30,
            1L << 20,
            new WriteStatus(
                new WriteSpan(7_200_000, 3L << 30, 4L << 30),
                new TreeMap<>(Map.of("hot", 3L << 30, "gc", 1L << 30, "cold", 0L)),
                new WriteSpan(600_000, 1 << 20, 5 << 19)),
            Map.of("hot", 1, "free", 17, "offline", 0),
            Map.of("active", 1, "empty", 17, "offline", 0),
            42,
            1 << 16,
            3,
            new CollectorStatus(
                "working",
                5L << 20,
                6,
                0.8,
                2.69,
                new UpdateSkew(0.1, 0.9),
                1.48,
                List.of(new CollectorStatus.Fill(3, 30), new CollectorStatus.Fill(0, 0)),
                List.of(
                    new VictimReport(
                        9,
                        "10% live, written 31 s ago, update rate 0.25, by mdc",
                        4 << 20,
                        4 << 20,
                        40 << 20,
                        true),
                    new VictimReport(7, "it cannot be finished", 9 << 20, 1 << 20, 0, false))),
            "40 % since 2026-01-01T00:00:00Z: 1.0 GiB verified, nothing damaged",
            new RepairStatus(7, 5, 1),
            Map.of("inodes", "97 % of 1000"),
            List.of("zone 4 went offline"),
            1,
            List.of("file /a offset 0+4096: checksum mismatch")));
  }
}
