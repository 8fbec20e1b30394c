package zonefsj.fs.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.cli.drive.Drives;
import zonefsj.fs.cli.drive.MountedDrive;
import zonefsj.fs.cli.drive.ZoneRange;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.options.NearestName;
import zonefsj.fs.cli.options.UsageError;

/** Manages zones by hand. */
@Command
final class ZoneCommand extends Subcommand {
  private static final List<String> ACTIONS = List.of("reset", "open", "close", "finish");

  @Parameters(
      index = "0",
      paramLabel = "reset|open|close|finish",
      description = "What to do. A reset gives up what the zone holds.")
  private @Nullable String action;

  @Parameters(index = "1", paramLabel = "SPEC", description = "Drive; it must not be mounted.")
  private @Nullable String spec;

  @Parameters(
      index = "2..*",
      arity = "1..*",
      paramLabel = "ZONE",
      description = "Number of a zone, from 0, or a range like 4-7.")
  private List<String> zones = new ArrayList<>();

  ZoneCommand(Console console) {
    super(console);
  }

  @Override
  int run() throws IOException, UsageError {
    String verb = Given.of(action);
    if (!ACTIONS.contains(verb)) {
      throw new UsageError(
          "'"
              + verb
              + "' cannot be done to a zone, the nearest that can is '"
              + NearestName.of(verb, ACTIONS).orElseThrow()
              + "'");
    }
    List<ZoneRange> ranges = new ArrayList<>();
    for (String zone : zones) {
      ranges.add(ZoneRange.parse(zone));
    }
    Optional<MountEntry> mounted = MountedDrive.find(Given.of(spec));
    if (mounted.isPresent()) {
      throw new UserError(
          spec + " is mounted at " + mounted.orElseThrow().mountPoint() + ": unmount it first");
    }
    try (ZonedDevice device = new Drives().openToWrite(Given.of(spec))) {
      // All numbers first: nothing is changed when one of them is wrong.
      for (ZoneRange range : ranges) {
        range.checkWithin(device.geometry().zoneCount());
      }
      for (ZoneRange range : ranges) {
        for (int zone = range.first(); zone <= range.last(); zone++) {
          apply(device, verb, zone);
        }
      }
      device.flush();
    }
    return OK;
  }

  private static void apply(ZonedDevice device, String verb, int zone) throws IOException {
    switch (verb) {
      case "reset" -> device.reset(zone);
      case "open" -> device.open(zone);
      case "close" -> device.close(zone);
      default -> device.finish(zone);
    }
  }
}
