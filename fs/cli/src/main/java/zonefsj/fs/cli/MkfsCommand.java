// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.device.ByteSize;
import zonefsj.device.ZonedDevice;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.drive.DriveOpener;
import zonefsj.fs.cli.drive.ForeignFormat;
import zonefsj.fs.cli.host.Directories;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.GeometryText;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.cli.terminal.ProgressPrinter;
import zonefsj.fs.volume.VolumeFormatter;
import zonefsj.fs.volume.VolumeFormatter.FormatOptions;
import zonefsj.fs.volume.VolumeFormatter.FormatResult;
import zonefsj.fs.volume.stored.VolumeFormatException;
import zonefsj.journal.JournalSegment;

/** Formats a drive. */
@Command
final class MkfsCommand extends Subcommand {
  @Parameters(paramLabel = "SPEC", description = "Drive to format.")
  private @Nullable String spec;

  @Option(
      names = "--label",
      paramLabel = "LABEL",
      defaultValue = "",
      description = "Label of the filesystem; LABEL=... finds the drive by it.")
  private String label = "";

  @Option(
      names = "--force",
      description = "Also formats a drive that holds a filesystem; not one that is in use.")
  private boolean force;

  @Option(
      names = "--journal-copies",
      paramLabel = "1|2",
      defaultValue = "1",
      description =
          "Number of copies of the journal, in different zones. With 2 copies, the loss of one"
              + " journal zone together with a power loss loses no data. Default: 1.")
  private int journalCopies;

  /** Whether what the drive held is gone, before its zones are reset. */
  private volatile boolean hasWritten;

  MkfsCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, UsageError {
    if (journalCopies < 1 || journalCopies > JournalSegment.MAX_COPIES) {
      throw new UsageError(
          "--journal-copies is 1 or " + JournalSegment.MAX_COPIES + ", not " + journalCopies);
    }
    FormatResult result;
    try {
      result =
          format(
              RequiredArgument.of(spec),
              // The user who formats the drive owns the root directory.
              new FormatOptions(
                  label,
                  UUID.randomUUID(),
                  force,
                  Directories.currentUid(),
                  Directories.currentGid(),
                  journalCopies));
    } catch (VolumeFormatException e) {
      throw DriveOpener.named(RequiredArgument.of(spec), e);
    }
    console().print(GeometryText.of(result.geometry()));
    console()
        .print(
            "UUID "
                + result.identity().uuid()
                + (label.isEmpty() ? "" : ", label " + label)
                + ", usable "
                + ByteSize.approximate(result.usableBytes()));
    return OK;
  }

  @Override
  protected String whenInterrupted(Interruption.Moment moment) {
    if (moment.state() == Interruption.State.ENDED) {
      return "";
    }
    return hasWritten || moment.work().equals(VolumeFormatter.RESETTING)
        ? "the drive holds no filesystem now: run mkfs again"
        : "no zone was changed";
  }

  private FormatResult format(String drive, FormatOptions options) throws IOException {
    new DriveOpener().tryFormat(drive, options);
    DriveOpener.emulateZones(
        drive,
        force,
        zones -> VolumeFormatter.check(zones.toDeviceGeometry(drive), zones.newZones(), options),
        (path, zones) -> {
          hasWritten = true;
          console()
              .print(
                  path
                      + " is a conventional drive: "
                      + zones.zoneCount()
                      + " zones of "
                      + ByteSize.format(zones.zoneSizeBytes())
                      + " are emulated on it, and their table is at its beginning");
        });
    try (ProgressPrinter progress = console().progress();
        ZonedDevice device = open(drive, progress)) {
      if (!force) {
        ForeignFormat.refuse(drive, device);
      }
      return VolumeFormatter.format(device, options, progress);
    }
  }

  /** Opens the drive; that writes to the parts of a drive that is made of several. */
  private ZonedDevice open(String drive, ProgressPrinter progress) throws IOException {
    if (DeviceSpec.parse(drive).labelsParts()) {
      progress.progress("emptying and labelling the parts of the drive", -1, -1);
      hasWritten = true;
    }
    return new DriveOpener().openToFormat(drive, force);
  }
}
