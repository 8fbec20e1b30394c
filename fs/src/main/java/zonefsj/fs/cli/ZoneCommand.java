package zonefsj.fs.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.cli.drive.UnmountedDrive;
import zonefsj.fs.cli.drive.ZoneNumbers;
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
      description =
          "Number of a zone, from 0; a range like 4-7; or 'all', which leaves out conventional"
              + " zones.")
  private List<String> zones = new ArrayList<>();

  @Option(
      names = "--force",
      description = "Also on a drive that holds a filesystem; not on one that is in use.")
  private boolean force;

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
    ZoneNumbers chosen = ZoneNumbers.parse(zones);
    try (ZonedDevice device = UnmountedDrive.openToChange(Given.of(spec), force)) {
      // All numbers first: nothing is changed when one of them is wrong.
      for (int zone : chosen.on(device)) {
        apply(device, verb, zone);
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
