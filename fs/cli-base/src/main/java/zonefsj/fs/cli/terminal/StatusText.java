// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.terminal;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import zonefsj.device.ByteSize;
import zonefsj.fs.ClockText;
import zonefsj.fs.cli.control.MountStatus;
import zonefsj.fs.volume.CollectorStatus;
import zonefsj.fs.volume.RepairStatus;
import zonefsj.fs.volume.VolumeStatus;
import zonefsj.fs.volume.WriteSpan;
import zonefsj.fs.volume.WriteStatus;
import zonefsj.gc.UpdateSkew;
import zonefsj.gc.VictimReport;

/** A status as text for people. */
public final class StatusText {
  /** Number of lines of lost data that are shown, the newest: as many as a person reads. */
  private static final int MOST_LOST = 100;

  private final List<String> lines = new ArrayList<>();

  private StatusText() {}

  /** Formats a status as lines. */
  public static List<String> of(MountStatus status, ZoneId timeZone) {
    StatusText text = new StatusText();
    text.mount(status, timeZone);
    text.drive(status);
    text.space(status.volume());
    text.traffic(status.volume());
    text.collector(status);
    text.host(status);
    text.errors(status.volume());
    return text.lines;
  }

  private void mount(MountStatus status, ZoneId timeZone) {
    VolumeStatus volume = status.volume();
    line("mounted", status.source() + " on " + status.mountPoint());
    line("since", ClockText.of(status.mountedAt(), timeZone) + ", process " + status.pid());
    line("filesystem", volume.uuid() + (volume.label().isEmpty() ? "" : " " + volume.label()));
    if (volume.readOnly()) {
      line("read-only", volume.readOnlyReason().isEmpty() ? "as mounted" : volume.readOnlyReason());
    }
  }

  private void drive(MountStatus status) {
    if (DevicePartText.isWorthwhile(status.drive())) {
      lines.add("");
      lines.addAll(DevicePartText.of(status.drive()));
    }
  }

  private void space(VolumeStatus volume) {
    lines.add("");
    bytes("capacity", volume.capacityBytes(), "", volume);
    bytes("live", volume.liveBytes(), "in files", volume);
    bytes("free", volume.freeBytes(), "can be written at once", volume);
    bytes("reclaimable", volume.reclaimableBytes(), "the collector's to free", volume);
    bytes("reserved", volume.reservedBytes(), "accepted, not yet on the drive", volume);
    line(
        "zones",
        volume.zonesByRole().entrySet().stream()
            .filter(role -> role.getValue() > 0)
            .map(role -> role.getValue() + " " + role.getKey())
            .collect(Collectors.joining(", ")));
  }

  private void traffic(VolumeStatus volume) {
    lines.add("");
    WriteStatus writes = volume.writes();
    line("written", written(writes.total()));
    if (!writes.driveBytesByStream().isEmpty()) {
      line(
          "",
          writes.driveBytesByStream().entrySet().stream()
              .filter(stream -> stream.getValue() > 0)
              .map(stream -> ByteSize.approximate(stream.getValue()) + " " + stream.getKey())
              .collect(Collectors.joining(", ")));
    }
    WriteSpan recent = writes.recent();
    if (recent.applicationBytes() > 0) {
      line("", "in the last " + DurationText.of(recent.millis() / 1000.0) + ": " + written(recent));
    }
    line(
        "journal",
        volume.commits()
            + " commits, "
            + volume.checkpoints()
            + " checkpoints, "
            + ByteSize.approximate(volume.journalBytes())
            + " to replay now");
  }

  private void collector(MountStatus status) {
    VolumeStatus volume = status.volume();
    CollectorStatus collector = volume.collector();
    lines.add("");
    line(
        "collector",
        collector.state()
            + "; "
            + ByteSize.approximate(collector.bytesMoved())
            + " copied, "
            + collector.zonesReset()
            + " zones reset");
    if (collector.amplificationBound() > 0) {
      line(
          "utilization",
          String.format(
              Locale.ROOT,
              "%.1f %%; in theory random overwrites are amplified %.2f times",
              100 * collector.utilization(),
              collector.amplificationBound()));
    }
    UpdateSkew skew = collector.skew();
    if (skew.isEvident()) {
      line(
          "skew",
          String.format(
              Locale.ROOT,
              "about %.0f %% of the overwrites go to %.0f %% of the data; in theory amplified %.2f"
                  + " times",
              100 * skew.hotWrites(),
              100 * skew.hotData(),
              collector.skewedBound()));
    }
    several("zones by use", fill(collector.fill()));
    several("victims", collector.lastVictims().stream().map(StatusText::victim).toList());
    line("scrub", volume.scrub());
    RepairStatus repairs = volume.repairs();
    if (!repairs.isEmpty()) {
      line(
          "repairs",
          repairs.wrongReads()
              + " reads repaired from another copy, "
              + repairs.movedExtents()
              + " extents moved"
              + (repairs.waitingPlaces() == 0 ? "" : ", " + repairs.waitingPlaces() + " wait"));
    }
  }

  private static String written(WriteSpan span) {
    return ByteSize.approximate(span.applicationBytes())
        + " by applications, "
        + ByteSize.approximate(span.driveBytes())
        + " to the drive"
        + (span.applicationBytes() == 0
            ? ""
            : String.format(Locale.ROOT, " (amplification %.2f)", span.amplification()));
  }

  private static List<String> fill(List<CollectorStatus.Fill> classes) {
    List<String> lines = new ArrayList<>();
    for (int at = 0; at < classes.size(); at++) {
      CollectorStatus.Fill zones = classes.get(at);
      if (zones.zones() > 0) {
        lines.add(
            String.format(
                Locale.ROOT,
                "%3d to %3d %% live: %d zones, written %s ago",
                at * 100 / classes.size(),
                (at + 1) * 100 / classes.size(),
                zones.zones(),
                DurationText.of((double) zones.meanAgeSeconds())));
      }
    }
    return lines;
  }

  private static String victim(VictimReport victim) {
    return "zone "
        + victim.zone()
        + ": "
        + victim.reason()
        + "; "
        + ByteSize.approximate(victim.movedBytes())
        + " of "
        + ByteSize.approximate(victim.liveBytes())
        + " moved"
        + (victim.hasEnded()
            ? ", " + ByteSize.approximate(victim.freedBytes()) + " freed"
            : " so far");
  }

  private void host(MountStatus status) {
    lines.add("");
    line(
        "options",
        status.options().entrySet().stream()
            .map(
                option ->
                    option.getValue().isEmpty()
                        ? option.getKey()
                        : option.getKey() + "=" + option.getValue())
            .collect(Collectors.joining(",")));
    if (!status.metricsFailure().isEmpty()) {
      line("metrics", status.metricsFailure());
    }
    line("index", status.options().getOrDefault("meta", "in memory"));
    line("log", status.logFile().isEmpty() ? "standard error" : status.logFile());
    several(
        "caches",
        status.volume().caches().entrySet().stream()
            .map(cache -> cache.getKey() + ": " + cache.getValue())
            .toList());
  }

  private void errors(VolumeStatus volume) {
    lines.add("");
    if (volume.errors().isEmpty()) {
      line("errors", "none");
    } else {
      several("errors", volume.errors());
    }
    List<String> lost = volume.lostData();
    if (!lost.isEmpty()) {
      int more = Math.max(0, lost.size() - MOST_LOST);
      several("lost data", lost.subList(more, lost.size()));
      if (more > 0) {
        line("", more + " more: zonefs-j status --json lists them");
      }
    }
  }

  private void bytes(String name, long bytes, String meaning, VolumeStatus volume) {
    long capacity = volume.capacityBytes();
    String share =
        capacity <= 0 || bytes == capacity
            ? ""
            : String.format(Locale.ROOT, "%5.1f %%", 100.0 * bytes / capacity);
    line(
        name,
        String.format(Locale.ROOT, "%10s  %7s  %s", ByteSize.approximate(bytes), share, meaning));
  }

  private void several(String name, List<String> values) {
    String heading = name;
    for (String value : values) {
      line(heading, value);
      heading = "";
    }
  }

  private void line(String name, String value) {
    // A label or a path can contain any character, including control characters.
    String safe = value.replaceAll("\\p{Cntrl}", "?");
    lines.add(String.format(Locale.ROOT, "%-12s %s", name, safe).stripTrailing());
  }
}
