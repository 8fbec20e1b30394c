// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.device.ByteSize;
import zonefsj.device.drives.ImageSpec;
import zonefsj.device.drives.PathSpec;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.ImageFile;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Size;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.options.OptionValues;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.GeometryText;

/** Creates an emulated zoned drive in an image file. */
@Command
final class CreateCommand extends Subcommand {
  /** A smaller size is not a useful drive; it probably lacks its unit. */
  private static final long LEAST_BYTES = 64 << 10;

  @Parameters(paramLabel = "IMAGE", description = "Image file to create; it must not exist.")
  private @Nullable String image;

  @Option(
      names = "--size",
      required = true,
      paramLabel = "SIZE",
      description = "Size of the drive, such as 4G. The file is sparse.")
  private @Nullable Size size;

  @Option(
      names = "--zone-size",
      paramLabel = "SIZE",
      description = "Size of a zone. Default: 16M, less for a drive below 1G.")
  private @Nullable Size zoneSize;

  @Option(
      names = "--zone-capacity",
      paramLabel = "SIZE",
      description = "Writable bytes of a zone. Default: the zone size.")
  private @Nullable Size zoneCapacity;

  @Option(
      names = "--max-open",
      paramLabel = "N",
      description = "Maximum number of open zones. Default: 8, or --max-active if that is less.")
  private @Nullable Integer maxOpen;

  @Option(
      names = "--max-active",
      paramLabel = "N",
      description =
          "Maximum number of active (open or closed) zones. Default: 12, or --max-open if that is more.")
  private @Nullable Integer maxActive;

  @Option(
      names = "--conventional",
      paramLabel = "N",
      defaultValue = "0",
      description = "Number of conventional zones at the start of the drive. Default: 0.")
  private int conventional;

  CreateCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, UsageError {
    Path path = path(RequiredArgument.of(image));
    EmulatedGeometry geometry = geometry();
    ImageFile.create(path, geometry);
    remarkZoneSize(geometry.zoneSizeBytes());
    console().print(GeometryText.of(geometry.toDeviceGeometry(path.toString())));
    return OK;
  }

  /** Linux takes no drive with other zones, but programs may meet them elsewhere. */
  private void remarkZoneSize(long bytes) {
    long below = Long.highestOneBit(bytes);
    if (bytes != below) {
      console()
          .remark(
              "zones of "
                  + ByteSize.format(bytes)
                  + ": Linux knows real drives with zones of a power of two only; the nearest are "
                  + ByteSize.format(below)
                  + " and "
                  + ByteSize.format(2 * below));
    }
  }

  private static Path path(String spec) throws IOException, UsageError {
    DeviceSpec parsed = DeviceSpec.parse(spec);
    if (parsed instanceof PathSpec at) {
      return at.path();
    }
    if (parsed instanceof ImageSpec at) {
      return at.path();
    }
    throw new UsageError(
        "'" + spec + "' is a drive, but no file; for a file of that name give './" + spec + "'");
  }

  private EmulatedGeometry geometry() throws UsageError {
    EmulatedGeometry.Builder builder =
        EmulatedGeometry.builder(RequiredArgument.of(size).bytes()).conventionalZones(conventional);
    if (zoneSize != null) {
      builder.zoneSizeBytes(zoneSize.bytes());
    }
    if (zoneCapacity != null) {
      builder.zoneCapacityBytes(zoneCapacity.bytes());
    }
    if (maxOpen != null) {
      builder.maxOpenZones(maxOpen);
    }
    if (maxActive != null) {
      builder.maxActiveZones(maxActive);
    }
    EmulatedGeometry geometry;
    try {
      geometry = builder.build();
    } catch (IllegalArgumentException e) {
      throw new UsageError(e.getMessage() + RequiredArgument.of(size).hint());
    }
    OptionValues.size("--size", RequiredArgument.of(size).text(), LEAST_BYTES);
    return geometry;
  }
}
