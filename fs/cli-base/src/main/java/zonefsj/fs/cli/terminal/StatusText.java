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
import zonefsj.fs.volume.VolumeStatus;

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
    line(
        "written",
        ByteSize.approximate(volume.hostBytesWritten())
            + " by applications, "
            + ByteSize.approximate(volume.deviceBytesWritten())
            + " to the drive"
            + (volume.hostBytesWritten() == 0
                ? ""
                : String.format(
                    Locale.ROOT, " (amplification %.2f)", volume.writeAmplification())));
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
    lines.add("");
    line(
        "collector",
        volume.gcState()
            + "; "
            + ByteSize.approximate(volume.gcBytesCopied())
            + " copied, "
            + volume.gcZonesReset()
            + " zones reset");
    several("victims", volume.gcLastVictims());
    line("scrub", volume.scrub());
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
