// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.library.ZoneQuery;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Size;
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

  @Option(names = "--from", paramLabel = "ZONE", description = "First zone to examine. Default: 0.")
  private @Nullable Integer from;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "Maximum number of zones to examine. Default: all.")
  private @Nullable Integer count;

  @Option(
      names = "--position",
      paramLabel = "SIZE",
      description = "Examines zones from the one with this position on, instead of --from.")
  private @Nullable Size position;

  @Option(
      names = "--length",
      paramLabel = "SIZE",
      description =
          "Examines the zones of that many bytes from --position or --from, also those in part,"
              + " instead of --count.")
  private @Nullable Size length;

  @Option(
      names = "--sum",
      description =
          "Prints only the number of zones, and the sums of their sizes, capacities and written"
              + " bytes.")
  private boolean sum;

  @Option(
      names = "--map",
      description =
          "Prints one character for each zone, with a legend; a space for a zone that is not"
              + " selected.")
  private boolean map;

  @Option(names = "--json", description = "Prints JSON; sizes are in bytes.")
  private boolean json;

  @Option(names = "--csv", description = "Prints comma-separated values; sizes are in bytes.")
  private boolean csv;

  public ZonesCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, UsageError {
    if (Stream.of(json, map, csv).filter(given -> given).count() > 1 || (map && sum)) {
      throw new UsageError("either --json, --csv or --map, and --map not with --sum");
    }
    ZoneQuery query =
        ZoneQuery.all().types(ZoneWords.types(types)).conditions(ZoneWords.conditions(conditions));
    checkRange();
    List<ZoneView> inRange = inRange(zones(RequiredArgument.of(specOrDirectory)));
    List<ZoneView> zones =
        inRange.stream().filter(zone -> query.matches(zone.descriptor())).toList();
    if (sum) {
      show(ZoneSums.of(zones));
    } else if (json) {
      JsonWriter.prettyArray(
          zones.stream().<Json>map(ZoneCodec::encode).iterator(), console().out());
    } else if (csv) {
      ZoneText.csv(zones).forEach(console()::print);
    } else if (map) {
      ZoneText.map(inRange, zone -> query.matches(zone.descriptor())).forEach(console()::print);
    } else {
      ZoneText.table(zones).forEach(console()::print);
    }
    return OK;
  }

  private void show(ZoneSums sums) {
    if (json) {
      console().out().println(JsonWriter.pretty(sums.json()));
    } else {
      (csv ? sums.csv() : sums.table()).forEach(console()::print);
    }
  }

  private void checkRange() throws UsageError {
    if (from != null && position != null) {
      throw new UsageError("say where to begin, with either --from or --position");
    }
    if (count != null && length != null) {
      throw new UsageError("say how much, with either --count or --length");
    }
    if (from != null && from < 0) {
      throw new UsageError("--from " + from + ": zones are numbered from 0");
    }
    if (count != null && count < 1) {
      throw new UsageError("--count " + count + ": give 1 or more");
    }
    if (length != null && length.bytes() == 0) {
      throw new UsageError("--length 0: give 1 or more");
    }
  }

  private List<ZoneView> inRange(List<ZoneView> all) throws UsageError {
    ZoneDescriptor last = all.get(all.size() - 1).descriptor();
    long begin = position == null ? 0 : position.bytes();
    if (begin >= last.startBytes() + last.sizeBytes()) {
      throw new UsageError(
          "--position "
              + begin
              + " is not within the drive of "
              + (last.startBytes() + last.sizeBytes())
              + " bytes");
    }
    int first = from == null ? last.index() : from;
    if (from == null) {
      // The last zone that begins at or before the position.
      while (all.get(first).descriptor().startBytes() > begin) {
        first--;
      }
    } else {
      new ZoneRange(first, first).checkWithin(all.size());
      begin = all.get(first).descriptor().startBytes();
    }
    long end = begin;
    if (length != null) {
      end = length.bytes() > Long.MAX_VALUE - begin ? Long.MAX_VALUE : begin + length.bytes();
    }
    List<ZoneView> inRange = new ArrayList<>();
    for (ZoneView zone : all.subList(first, all.size())) {
      boolean isBehind =
          length != null
              ? zone.descriptor().startBytes() >= end
              : count != null && inRange.size() == count;
      if (isBehind) {
        break;
      }
      inRange.add(zone);
    }
    return inRange;
  }

  /** All zones of a drive, mounted or not. */
  static List<ZoneView> zones(String spec) throws IOException {
    Optional<MountEntry> mounted = MountedDrive.find(spec);
    if (mounted.isPresent()) {
      List<ZoneView> all = new ArrayList<>();
      LiveCommand.ask(
          mounted.orElseThrow(),
          new ControlRequest(ControlRequest.Action.ZONES),
          ProgressListener.NONE,
          item -> all.add(ZoneCodec.decode(item)));
      return all;
    }
    try (ZonedDevice device = new DriveOpener().openToRead(spec)) {
      return ZoneQuery.all().stream(device).map(zone -> new ZoneView(zone, "", 0)).toList();
    }
  }
}
