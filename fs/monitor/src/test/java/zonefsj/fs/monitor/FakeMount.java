// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.monitor;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.UUID;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.DeviceModel;
import zonefsj.device.LatencyCounts;
import zonefsj.device.LatencyHistogram;
import zonefsj.device.filter.DeviceCounters;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.device.filter.OperationCounters;
import zonefsj.fs.cli.control.MountStatus;
import zonefsj.fs.meta.CachingMetadataStore.CacheStatistics;
import zonefsj.fs.volume.CollectorStatus;
import zonefsj.fs.volume.RepairStatus;
import zonefsj.fs.volume.VolumeCounters;
import zonefsj.fs.volume.VolumeStatus;
import zonefsj.fs.volume.WriteSpan;
import zonefsj.fs.volume.WriteStatus;
import zonefsj.fs.volume.ZoneMap;
import zonefsj.fs.volume.stored.ScrubRecord;
import zonefsj.gc.UpdateSkew;

/** A mount with a number for everything, and a label that no text format likes. */
class FakeMount implements MonitoredMount {
  static final String LABEL = "a \"quoted\"\nlabel <script>";

  private static final DeviceGeometry GEOMETRY =
      new DeviceGeometry(
          DeviceModel.HOST_MANAGED,
          4096,
          4,
          1 << 20,
          4 << 20,
          OptionalInt.of(8),
          OptionalInt.of(12),
          1 << 20,
          "a drive");

  private final LatencyHistogram latency = new LatencyHistogram();

  FakeMount() {
    latency.record(3_000);
    latency.record(2_000_000);
    latency.record(Long.MAX_VALUE / 2);
  }

  @Override
  public MountStatus status() {
    return new MountStatus(
        "/dev/nvme0n1",
        "/mnt/a b",
        Instant.parse("2025-02-03T04:05:06Z"),
        4711,
        "",
        Map.of("rw", ""),
        "",
        List.of(),
        new VolumeStatus(
            new UUID(1, 2),
            LABEL,
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
                Map.of("hot", 3L << 30, "gc", 1L << 30),
                new WriteSpan(600_000, 1 << 20, 5 << 19)),
            Map.of("hot", 1, "free", 17, "offline", 1),
            Map.of("empty", 1, "active", 1, "full", 2),
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
                List.of(),
                List.of()),
            "never",
            new RepairStatus(7, 5, 1),
            Map.of(),
            List.of("zone 4 went offline"),
            1,
            List.of("/a <b> offset 0+4096: checksum mismatch")));
  }

  @Override
  public VolumeCounters counters() {
    return new VolumeCounters(
        new DeviceCounters(
            Map.of(DeviceOperation.APPEND, new OperationCounters(3, 1, 4096, latency.counts()))),
        latency.counts(),
        1_500_000_000,
        GEOMETRY,
        3,
        12_345,
        99,
        new CacheStatistics(10, 5, 7),
        1 << 20,
        64 << 20,
        2,
        new ScrubRecord(0, 1000, 2000, 5, 1, 0));
  }

  @Override
  public ZoneMap zoneMap() {
    return new ZoneMap(
        GEOMETRY,
        1 << 20,
        List.of("free", "hot"),
        List.of("empty", "active", "full"),
        new byte[] {0, (byte) 255, 100, 7},
        new byte[] {0, (byte) 200, 50, 7},
        new byte[] {(byte) 255, 0, 8, 16},
        new byte[] {0, 1, 1, 1},
        new byte[] {0, 2, 2, 1});
  }

  @Override
  public Map<String, LatencyCounts> requests() {
    return Map.of("read", latency.counts(), "fsync", latency.counts());
  }
}
