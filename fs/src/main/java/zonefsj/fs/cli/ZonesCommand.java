package zonefsj.fs.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.control.ControlRequest;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.JsonWriter;
import zonefsj.fs.cli.control.ZoneCodec;
import zonefsj.fs.cli.drive.Drives;
import zonefsj.fs.cli.drive.MountedDrive;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.terminal.ZoneText;
import zonefsj.fs.volume.ZoneView;

/** Shows the zones of a drive, mounted or not. */
@Command
final class ZonesCommand extends Subcommand {
  @Parameters(paramLabel = "SPEC|DIR", description = "The drive, or where it is mounted.")
  private @Nullable String specOrDirectory;

  @Option(names = "--map", description = "Prints one character for each zone.")
  private boolean map;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  ZonesCommand(Console console) {
    super(console);
  }

  @Override
  int run() throws IOException {
    List<ZoneView> zones = zones(Given.of(specOrDirectory));
    if (json) {
      console()
          .out()
          .println(
              JsonWriter.pretty(
                  new Json.Array(zones.stream().<Json>map(ZoneCodec::encode).toList())));
    } else {
      (map ? ZoneText.map(zones) : ZoneText.table(zones)).forEach(console().out()::println);
    }
    return OK;
  }

  private static List<ZoneView> zones(String specOrDirectory) throws IOException {
    Optional<MountEntry> mounted = MountedDrive.find(specOrDirectory);
    List<ZoneView> zones = new ArrayList<>();
    if (mounted.isPresent()) {
      LiveCommand.ask(
          mounted.orElseThrow(),
          new ControlRequest(ControlRequest.Action.ZONES),
          ProgressListener.NONE,
          item -> zones.add(ZoneCodec.decode(item)));
      return zones;
    }
    try (ZonedDevice device = new Drives().openToRead(specOrDirectory)) {
      for (ZoneDescriptor zone : device.report(0, device.geometry().zoneCount())) {
        zones.add(new ZoneView(zone, "", 0));
      }
    }
    return zones;
  }
}
