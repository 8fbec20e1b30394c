// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.device.DevicePart;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.block.BlockDeviceFacts;
import zonefsj.device.drives.PathSpec;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.control.ControlRequest;
import zonefsj.fs.cli.control.GeometryCodec;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.JsonWriter;
import zonefsj.fs.cli.control.LiveCommand;
import zonefsj.fs.cli.control.MountStatus;
import zonefsj.fs.cli.control.StatusCodec;
import zonefsj.fs.cli.control.ZoneCodec;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.volume.VolumeIdentity;
import zonefsj.zonemgr.FrameHeader;

/** Shows the geometry, the content and the users of a drive, mounted or not. */
@Command
public final class InfoCommand extends Subcommand {
  @Parameters(paramLabel = "SPEC|DIR", description = "The drive or its mount point.")
  private @Nullable String specOrDirectory;

  @Option(names = "--json", description = "Prints JSON; sizes are in bytes.")
  private boolean json;

  public InfoCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException {
    String spec = RequiredArgument.of(specOrDirectory);
    Optional<MountEntry> mounted = MountedDrive.find(spec);
    DriveFacts facts = mounted.isPresent() ? ask(mounted.orElseThrow()) : look(spec);
    if (json) {
      console().out().println(JsonWriter.pretty(FactsCodec.encode(facts)));
    } else {
      FactsText.of(facts).forEach(console()::print);
    }
    return OK;
  }

  private static DriveFacts look(String spec) throws IOException {
    try (ZonedDevice device = new DriveOpener().openToRead(spec)) {
      return DriveFacts.of(
          device.geometry(),
          device.report(0, device.geometry().zoneCount()),
          DriveContent.of(device).orElse(null),
          DevicePart.of(device),
          users(spec));
    }
  }

  /**
   * Lists the users of the block devices of a SPEC. An image that another process writes to cannot
   * be opened at all.
   */
  static List<String> users(String spec) throws IOException {
    List<String> users = new ArrayList<>();
    DeviceSpec whole = DeviceSpec.parse(new DriveOpener().absolute(spec));
    for (DeviceSpec drive : whole.singleDrives().toList()) {
      if (drive instanceof PathSpec at
          && Files.exists(at.path())
          && BlockDeviceFacts.isBlockDevice(at.path())) {
        users.addAll(BlockDeviceFacts.of(at.path()).users());
      }
    }
    return users;
  }

  private static DriveFacts ask(MountEntry mounted) throws IOException {
    MountStatus status =
        StatusCodec.decode(
            LiveCommand.ask(
                mounted,
                new ControlRequest(ControlRequest.Action.STATUS),
                ProgressListener.NONE,
                LiveCommand.noItems()));
    List<ZoneDescriptor> zones = new ArrayList<>();
    Json.JsonObject geometry =
        LiveCommand.ask(
            mounted,
            new ControlRequest(ControlRequest.Action.ZONES),
            ProgressListener.NONE,
            item -> zones.add(ZoneCodec.decode(item).descriptor()));
    UUID uuid = status.volume().uuid();
    return DriveFacts.of(
        GeometryCodec.decode(geometry),
        zones,
        DriveContent.ours(
            new VolumeIdentity(uuid, status.volume().label(), FrameHeader.FORMAT_VERSION)),
        status.drive(),
        List.of("mounted at " + mounted.mountPoint() + ", process " + status.pid()));
  }
}
