// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.device.ZonedDevice;
import zonefsj.device.library.ZoneQuery;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.control.ControlRequest;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.JsonWriter;
import zonefsj.fs.cli.control.LiveCommand;
import zonefsj.fs.cli.control.ZoneCodec;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.ZoneText;
import zonefsj.fs.volume.ZoneView;

/** Shows the zones of a drive, mounted or not. */
@Command
public final class ZonesCommand extends Subcommand {
  @Parameters(paramLabel = "SPEC|DIR", description = "The drive or its mount point.")
  private @Nullable String specOrDirectory;

  @Option(
      names = "--type",
      paramLabel = "TYPE",
      split = ",",
      completionCandidates = ZoneWords.Types.class,
      description =
          "Shows only zones of these types: conventional, sequential-required,"
              + " sequential-preferred; sequential means both sequential types.")
  private List<String> types = new ArrayList<>();

  @Option(
      names = "--condition",
      paramLabel = "CONDITION",
      split = ",",
      completionCandidates = ZoneWords.Conditions.class,
      description =
          "Shows only zones in these conditions: not-write-pointer, empty, implicit-open,"
              + " explicit-open, closed, full, read-only, offline; open means implicit-open and"
              + " explicit-open, active means open and closed.")
  private List<String> conditions = new ArrayList<>();

  @Option(
      names = "--from",
      paramLabel = "ZONE",
      defaultValue = "0",
      description = "First zone to examine. Default: 0.")
  private int from;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Maximum number of zones to examine. Default: all.")
  private @Nullable Integer count;

  @Option(
      names = "--map",
      description =
          "Prints one character for each zone, with a legend; a space for a zone that is not"
              + " selected.")
  private boolean map;

  @Option(names = "--json", description = "Prints JSON; sizes are in bytes.")
  private boolean json;

  public ZonesCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, UsageError {
    if (json && map) {
      throw new UsageError("either --json or --map, not both");
    }
    ZoneQuery range = range();
    ZoneQuery query =
        range.types(ZoneWords.types(types)).conditions(ZoneWords.conditions(conditions));
    List<ZoneView> inRange = zones(RequiredArgument.of(specOrDirectory), range, from);
    List<ZoneView> zones =
        inRange.stream().filter(zone -> query.matches(zone.descriptor())).toList();
    if (json) {
      JsonWriter.prettyArray(
          zones.stream().<Json>map(ZoneCodec::encode).iterator(), console().out());
    } else if (map) {
      ZoneText.map(inRange, zone -> query.matches(zone.descriptor())).forEach(console()::print);
    } else {
      ZoneText.table(zones).forEach(console()::print);
    }
    return OK;
  }

  private ZoneQuery range() throws UsageError {
    if (from < 0) {
      throw new UsageError("--from " + from + ": zones are numbered from 0");
    }
    ZoneQuery query = ZoneQuery.all().from(from);
    if (count == null) {
      return query;
    }
    if (count < 1) {
      throw new UsageError("--count " + count + ": give 1 or more");
    }
    return query.count(count);
  }

  /**
   * The zones of a drive, mounted or not.
   *
   * @param from first zone of the range, which must exist
   */
  static List<ZoneView> zones(String spec, ZoneQuery range, int from)
      throws IOException, UsageError {
    Optional<MountEntry> mounted = MountedDrive.find(spec);
    if (mounted.isPresent()) {
      List<ZoneView> all = new ArrayList<>();
      LiveCommand.ask(
          mounted.orElseThrow(),
          new ControlRequest(ControlRequest.Action.ZONES),
          ProgressListener.NONE,
          item -> all.add(ZoneCodec.decode(item)));
      new ZoneRange(from, from).checkWithin(all.size());
      return all.stream().filter(zone -> range.inRange(zone.descriptor().index())).toList();
    }
    try (ZonedDevice device = new DriveOpener().openToRead(spec)) {
      new ZoneRange(from, from).checkWithin(device.geometry().zoneCount());
      return range.stream(device).map(zone -> new ZoneView(zone, "", 0)).toList();
    }
  }
}
