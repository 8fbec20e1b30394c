// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.monitor;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.Labels;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import zonefsj.device.DevicePart;
import zonefsj.device.LatencyCounts;
import zonefsj.device.filter.DeviceOperation;
import zonefsj.device.filter.OperationCounters;
import zonefsj.fs.cli.control.MountStatus;
import zonefsj.fs.cli.terminal.PlainLine;
import zonefsj.fs.volume.CollectorStatus;
import zonefsj.fs.volume.RepairStatus;
import zonefsj.fs.volume.VolumeCounters;
import zonefsj.fs.volume.VolumeStatus;
import zonefsj.fs.volume.stored.ScrubRecord;

/**
 * The metrics of a mount as text, in the formats that Prometheus takes: its own (version 0.0.4), or
 * OpenMetrics 1.0. Names follow prometheus.io/docs/practices/naming. Counters begin at the mount.
 */
public final class MetricsText {
  /** Content type of Prometheus' own format. */
  public static final String PLAIN = PrometheusTextFormatWriter.CONTENT_TYPE;

  private static final ExpositionFormatWriter PROMETHEUS = PrometheusTextFormatWriter.create();
  private static final ExpositionFormatWriter OPEN_METRICS = OpenMetricsTextFormatWriter.create();

  private static final String[] COLLECTOR_STATES = {"idle", "working", "urgent", "priority"};
  private static final double MILLIS = 1000;
  private static final double NANOS = 1e9;
  private static final String MOUNT_POINT = "mount_point";

  private MetricsText() {}

  /** The writer that a client asks for by its Accept header; Prometheus' own if by none. */
  static ExpositionFormatWriter writerFor(String accept) {
    return OPEN_METRICS.accepts(accept) ? OPEN_METRICS : PROMETHEUS;
  }

  /**
   * The metrics in Prometheus' own format for a collector that takes them beside those of others:
   * without those of the process, and with a label {@code mount_point} on each.
   */
  public static byte[] labelled(MonitoredMount mount) {
    String mountPoint = PlainLine.of(mount.status().mountPoint());
    MetricFamilies families = new MetricFamilies(Labels.of(MOUNT_POINT, mountPoint));
    addAll(families, mount);
    return text(families, PROMETHEUS);
  }

  /** The metrics of now. */
  static byte[] of(MonitoredMount mount, ExpositionFormatWriter writer) {
    MetricFamilies families = new MetricFamilies(Labels.EMPTY);
    addAll(families, mount);
    ProcessMetrics.add(families);
    return text(families, writer);
  }

  private static void addAll(MetricFamilies families, MonitoredMount mount) {
    MountStatus status = mount.status();
    VolumeCounters counters = mount.counters();
    mount(families, status);
    space(families, status.volume(), counters);
    traffic(families, status.volume(), counters);
    zones(families, status.volume(), counters);
    collector(families, status.volume());
    requests(families, mount.requests());
    device(families, counters);
    memory(families, counters);
    health(families, status.volume(), counters);
  }

  private static byte[] text(MetricFamilies families, ExpositionFormatWriter writer) {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try {
      writer.write(text, families.snapshots(), EscapingScheme.ALLOW_UTF8);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return text.toByteArray();
  }

  private static void mount(MetricFamilies to, MountStatus status) {
    VolumeStatus volume = status.volume();
    to.info(
        "zonefsj_mount",
        "The mount.",
        Map.of(
            "uuid",
            volume.uuid().toString(),
            "label",
            PlainLine.of(volume.label()),
            "source",
            PlainLine.of(status.source()),
            MOUNT_POINT,
            PlainLine.of(status.mountPoint()),
            "drive",
            PlainLine.of(MountJson.driveOf(status))));
    to.gauge(
        "zonefsj_mount_time_seconds",
        "Time of the mount, in seconds of the epoch.",
        status.mountedAt().toEpochMilli() / MILLIS);
    to.gauge(
        "zonefsj_read_only",
        "1 if the mount takes no changes: mounted so, turned so by an error, or paused.",
        volume.readOnly() ? 1 : 0);
    to.gauge(
        "zonefsj_read_only_asked",
        "1 if that is so only because it was mounted or remounted so.",
        volume.readOnlyAsked() ? 1 : 0);
    to.gauge(
        "zonefsj_members_not_current",
        "Members of mirrors that are missing, behind the others, or failed.",
        status.drive().stream().filter(DevicePart::isNotCurrent).count());
  }

  private static void space(MetricFamilies to, VolumeStatus volume, VolumeCounters counters) {
    to.gauge(
        "zonefsj_capacity_bytes", "Bytes that file data can ever take.", volume.capacityBytes());
    to.gauge(
        "zonefsj_space_bytes",
        "Bytes by state: live (in files), free (can be accepted, also what the collector frees"
            + " first), reclaimable (the collector can free them), reserved (accepted, not yet on"
            + " the drive).",
        "state",
        Map.of(
            "live", (double) volume.liveBytes(),
            "free", (double) volume.freeBytes(),
            "reclaimable", (double) volume.reclaimableBytes(),
            "reserved", (double) volume.reservedBytes()));
    to.gauge("zonefsj_inodes", "Files, directories and other inodes.", counters.inodes());
  }

  private static void traffic(MetricFamilies to, VolumeStatus volume, VolumeCounters counters) {
    to.counter(
        "zonefsj_application_written_bytes",
        "Bytes that applications wrote.",
        volume.writes().total().applicationBytes());
    to.counter(
        "zonefsj_application_read_bytes", "Bytes that applications read.", counters.readBytes());
    to.counter(
        "zonefsj_drive_written_bytes",
        "Bytes written to the drive by stream, with summaries and padding: their sum over"
            + " zonefsj_application_written_bytes is the write amplification by cause.",
        "stream",
        toDoubles(volume.writes().driveBytesByStream()));
    to.counter("zonefsj_checkpoints", "Checkpoints of the index.", volume.checkpoints());
    to.gauge(
        "zonefsj_journal_bytes",
        "Bytes of the journal that a mount would replay now.",
        volume.journalBytes());
    to.histogram(
        "zonefsj_commit_duration_seconds",
        "Times of commits, from the seal of a batch until it is durable.",
        counters.commits());
  }

  private static void zones(MetricFamilies to, VolumeStatus volume, VolumeCounters counters) {
    to.gauge(
        "zonefsj_active_zones",
        "Zones that take one of the drive's resources for open and closed zones.",
        counters.activeZones());
    to.gauge(
        "zonefsj_active_zones_limit",
        "Zones that the drive keeps active at most; 0: no limit.",
        counters.geometry().maxActiveZones().orElse(0));
    to.gauge(
        "zonefsj_open_zones_limit",
        "Zones that the drive keeps open at most, of those that are active; 0: no limit.",
        counters.geometry().maxOpenZones().orElse(0));
    to.gauge("zonefsj_zones", "Zones by stream or state.", "role", toDoubles(volume.zonesByRole()));
    to.gauge(
        "zonefsj_zones_by_condition",
        "Zones by what the filesystem can do with them: full means that it writes no more there, also"
            + " where the drive calls the zone open. What the drive reports is in 'zonefs-j zones'.",
        "condition",
        toDoubles(volume.zonesByCondition()));
  }

  private static void collector(MetricFamilies to, VolumeStatus volume) {
    CollectorStatus collector = volume.collector();
    to.stateSet(
        "zonefsj_gc_state",
        "What the garbage collector does.",
        COLLECTOR_STATES,
        collector.state());
    to.counter(
        "zonefsj_gc_copied_bytes", "Live bytes that the collector moved.", collector.bytesMoved());
    to.counter("zonefsj_gc_reset_zones", "Zones that were reset.", collector.zonesReset());
    to.gauge(
        "zonefsj_utilization_ratio",
        "Live share of the space that file data may take, with summaries.",
        collector.utilization());
    to.gauge(
        "zonefsj_write_amplification_bound",
        "What theory says of uniform random overwrites at this utilization; 0: nothing.",
        collector.amplificationBound());
  }

  private static void requests(MetricFamilies to, Map<String, LatencyCounts> requests) {
    to.histogram(
        "zonefsj_request_duration_seconds",
        "Times of requests of the kernel, from when a thread has taken it until the kernel has the"
            + " reply. The kind fsync is what applications wait for.",
        "request",
        requests);
  }

  private static void device(MetricFamilies to, VolumeCounters counters) {
    Map<String, LatencyCounts> latencies = MetricFamilies.ordered();
    Map<String, Double> bytes = MetricFamilies.ordered();
    Map<String, Double> failures = MetricFamilies.ordered();
    for (DeviceOperation operation : DeviceOperation.values()) {
      OperationCounters counted = counters.device().of(operation);
      latencies.put(MountJson.word(operation), counted.latency());
      failures.put(MountJson.word(operation), (double) counted.failures());
      if (operation.movesBytes()) {
        bytes.put(MountJson.word(operation), (double) counted.bytes());
      }
    }
    to.histogram(
        "zonefsj_device_operation_duration_seconds",
        "Times of accesses to the drive.",
        "operation",
        latencies);
    to.counter(
        "zonefsj_device_operation_failures",
        "Failed accesses to the drive.",
        "operation",
        failures);
    to.counter(
        "zonefsj_device_transferred_bytes",
        "Bytes of successful accesses to the drive.",
        "operation",
        bytes);
  }

  private static void memory(MetricFamilies to, VolumeCounters counters) {
    to.counter(
        "zonefsj_metadata_cache_hits",
        "Look-ups of metadata that the cache answered.",
        counters.metadataCache().hits());
    to.counter(
        "zonefsj_metadata_cache_misses",
        "Look-ups of metadata that the index answered.",
        counters.metadataCache().misses());
    to.gauge(
        "zonefsj_metadata_cache_entries",
        "Entries of the cache of metadata.",
        counters.metadataCache().entries());
    to.gauge(
        "zonefsj_dirty_bytes",
        "Memory of changes that are not on the drive yet, metadata by their weight.",
        counters.dirtyBytes());
    to.gauge(
        "zonefsj_unsynced_age_seconds",
        "Age of the oldest change that is not durable; 0: there is none.",
        counters.unsyncedNanos() / NANOS);
    to.gauge(
        "zonefsj_dirty_limit_bytes",
        "Writers wait while zonefsj_dirty_bytes is above it.",
        counters.dirtyLimitBytes());
  }

  private static void health(MetricFamilies to, VolumeStatus volume, VolumeCounters counters) {
    to.counter("zonefsj_errors", "Errors of the volume and of files.", counters.errors());
    to.gauge(
        "zonefsj_lost_ranges",
        "Known lost ranges of files; the list ends at 1000.",
        volume.lostRanges());
    RepairStatus repairs = volume.repairs();
    to.counter(
        "zonefsj_repaired_reads",
        "Reads of which one copy of the drive was wrong, and another one right.",
        repairs.wrongReads());
    to.counter(
        "zonefsj_repaired_extents",
        "Extents that were moved away from wrong copies.",
        repairs.movedExtents());
    to.gauge(
        "zonefsj_repairs_waiting",
        "Places that wait to be moved away from wrong copies.",
        repairs.waitingPlaces());
    ScrubRecord scrub = counters.scrub();
    to.gauge(
        "zonefsj_scrub_finished_time_seconds",
        "Time when the newest scrub ended, in seconds of the epoch; 0: it has not, or there was"
            + " none.",
        scrub == null ? 0 : scrub.finishedMillis() / MILLIS);
    to.gauge(
        "zonefsj_scrub_started_time_seconds",
        "Time when the newest scrub began, in seconds of the epoch; 0: there was none.",
        scrub == null ? 0 : scrub.begunMillis() / MILLIS);
    to.gauge(
        "zonefsj_scrub_damages",
        "Damaged places that the newest scrub found.",
        scrub == null ? 0 : scrub.damages());
  }

  private static Map<String, Double> toDoubles(Map<String, ? extends Number> numbers) {
    Map<String, Double> doubles = MetricFamilies.ordered();
    numbers.forEach((name, number) -> doubles.put(name, number.doubleValue()));
    return doubles;
  }
}
