// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import zonefsj.device.ByteSize;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.cli.drive.DriveFacts.ZoneGroup;
import zonefsj.fs.cli.options.OptionValues;
import zonefsj.fs.cli.terminal.DevicePartText;
import zonefsj.fs.cli.terminal.Table;
import zonefsj.fs.cli.terminal.ZoneText;

/** The facts of a drive as text for people. */
public final class FactsText {
  private final List<String> lines = new ArrayList<>();

  private FactsText() {}

  /** Formats a line for each fact, then a table of the zones by type and condition. */
  public static List<String> of(DriveFacts facts) {
    FactsText text = new FactsText();
    text.geometry(facts);
    text.content(facts);
    text.zones(facts);
    return text.lines;
  }

  private void geometry(DriveFacts facts) {
    DeviceGeometry geometry = facts.geometry();
    line("drive", geometry.description());
    line("model", OptionValues.word(geometry.model()));
    line("capacity", bytes(geometry.capacityBytes()) + " in " + geometry.zoneCount() + " zones");
    line("block size", ByteSize.format(geometry.blockSizeBytes()));
    line("zone size", ByteSize.format(geometry.zoneSizeBytes()));
    if (facts.largestCapacityBytes() > 0) {
      String least = ByteSize.format(facts.smallestCapacityBytes());
      String most = ByteSize.format(facts.largestCapacityBytes());
      line("zone capacity", least.equals(most) ? most : least + " to " + most);
    }
    line("open zones", limit(geometry.maxOpenZones(), facts.openZones()));
    line("active zones", limit(geometry.maxActiveZones(), facts.activeZones()));
    line("longest append", ByteSize.format(geometry.maxAppendBytes()));
    line(
        "sequential",
        bytes(facts.writableBytes()) + ", of which " + bytes(facts.writtenBytes()) + " written");
  }

  private void content(DriveFacts facts) {
    line("holds", facts.content() == null ? "nothing that is known" : facts.content().title());
    line("in use", facts.users().isEmpty() ? "no" : String.join("; ", facts.users()));
  }

  private void zones(DriveFacts facts) {
    Table table = new Table(">zones", "type", "condition");
    for (ZoneGroup group : facts.zones()) {
      table.row(group.count(), OptionValues.word(group.type()), ZoneText.word(group.condition()));
    }
    lines.add("");
    lines.addAll(table.lines());
    if (DevicePartText.isWorthwhile(facts.parts())) {
      lines.add("");
      lines.addAll(DevicePartText.of(facts.parts()));
    }
  }

  private static String bytes(long bytes) {
    return ByteSize.approximate(bytes) + (bytes < 1024 ? "" : " (" + bytes + " bytes)");
  }

  private static String limit(OptionalInt limit, int now) {
    return (limit.isPresent() ? "at most " + limit.getAsInt() : "any number") + ", now " + now;
  }

  private void line(String name, String value) {
    lines.add(String.format(Locale.ROOT, "%-15s %s", name, value));
  }
}
