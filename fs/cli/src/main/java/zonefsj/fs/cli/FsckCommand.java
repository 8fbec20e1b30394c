// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.device.ByteSize;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.ImageZonedDevice;
import zonefsj.fs.HostException;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.drive.DriveOpener;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.cli.terminal.ProgressPrinter;
import zonefsj.fs.volume.check.Scratch;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.fs.volume.check.VolumeChecker.CheckResult;
import zonefsj.fs.volume.check.VolumeChecker.Finding;
import zonefsj.fs.volume.repair.VolumeRepair;
import zonefsj.fs.volume.stored.VolumeFormatException;

/** Checks an unmounted drive, and repairs it on request. The exit codes are those of fsck(8). */
@Command(
    exitCodeOnInvalidInput = FsckCommand.WRONG_USAGE,
    exitCodeOnExecutionException = FsckCommand.NOT_CHECKED,
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:no errors",
      "1:errors, which were corrected",
      "4:errors, which are still there",
      "5:errors, of which some were corrected and some are still there",
      "8:the check could not be done",
      "16:wrong usage",
      "32:ended by a signal"
    })
final class FsckCommand extends Subcommand {
  static final int ERRORS_CORRECTED = 1;
  static final int ERRORS_LEFT = 4;
  static final int NOT_CHECKED = 8;
  static final int WRONG_USAGE = 16;
  static final int ENDED_BY_SIGNAL = 32;

  @Parameters(paramLabel = "SPEC", description = "Drive to check; it must not be mounted.")
  private @Nullable String spec;

  @Option(names = "--data", description = "Also reads all file data and verifies its checksums.")
  private boolean data;

  @Option(
      names = "--repair",
      description =
          "Repairs errors. A file without a name gets one in /lost+found; reads of lost data return"
              + " EIO. Data that the drive fails to read are kept: the error may pass.")
  private boolean repair;

  @Option(
      names = "--salvage",
      description =
          "Like --repair. If the checkpoint cannot be read and the index on the host is lost,"
              + " recovers file data without names into /lost+found.")
  private boolean salvage;

  @Option(
      names = ScratchOption.NAME,
      paramLabel = ScratchOption.LABEL,
      description = ScratchOption.DESCRIPTION)
  private @Nullable String scratch;

  FsckCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException {
    Scratch place = ScratchOption.scratch(scratch);
    try {
      return repair || salvage ? repair(place) : check(place);
    } catch (HostException e) {
      throw ScratchOption.advised(e);
    } catch (VolumeFormatException e) {
      throw DriveOpener.named(RequiredArgument.of(spec), e);
    }
  }

  private int check(Scratch place) throws IOException {
    CheckResult result;
    boolean lostHeader;
    try (ZonedDevice device = new DriveOpener().openToRead(RequiredArgument.of(spec));
        ProgressPrinter progress = console().progress()) {
      lostHeader = device instanceof ImageZonedDevice image && image.hasLostHeader();
      result = VolumeChecker.check(device, data, place, progress);
    }
    if (lostHeader) {
      console()
          .print(
              "the header of the emulated zones is damaged, or cannot be read; at byte 0 of the"
                  + " drive; a mount refuses a drive whose header is damaged, --repair writes it"
                  + " back from its copy; what follows is about the rest");
    }
    print(result);
    return result.findings().isEmpty() && !lostHeader ? OK : ERRORS_LEFT;
  }

  private int repair(Scratch place) throws IOException {
    boolean restored = new DriveOpener().restoreHeaders(RequiredArgument.of(spec));
    if (restored) {
      console().print("repaired: wrote the header of the emulated zones anew");
    }
    VolumeRepair.Result result;
    try (ZonedDevice device = new DriveOpener().openToWrite(RequiredArgument.of(spec));
        ProgressPrinter progress = console().progress()) {
      result = VolumeRepair.repair(device, VolumeRepair.Plan.of(data, salvage, place), progress);
    } catch (VolumeRepair.NotRepairedException nothingLeft) {
      print(nothingLeft.before());
      console().print("not repaired: " + nothingLeft.getMessage());
      return restored ? ERRORS_LEFT | ERRORS_CORRECTED : ERRORS_LEFT;
    } catch (VolumeRepair.UnfinishedRepairException unfinished) {
      print(unfinished.before());
      for (String done : unfinished.done()) {
        console().print("repaired, or not yet: " + done);
      }
      throw unfinished;
    }
    print(result.before());
    if (result.before().findings().isEmpty()) {
      return restored ? ERRORS_CORRECTED : OK;
    }
    for (String done : result.done()) {
      console().print("repaired: " + done);
    }
    for (String left : result.left()) {
      console().print("not repaired: " + left);
    }
    console().print("after the repair:");
    print(result.after());
    if (result.after().findings().isEmpty()) {
      return ERRORS_CORRECTED;
    }
    return restored || !result.done().isEmpty() ? ERRORS_LEFT | ERRORS_CORRECTED : ERRORS_LEFT;
  }

  @Override
  protected String whenInterrupted(Interruption.Moment moment) {
    if (moment.state() == Interruption.State.ENDED) {
      return "";
    }
    return repair || salvage
        ? "the drive is as before or repaired as a whole: run fsck again"
        : "the check was not done to its end; nothing was changed";
  }

  @Override
  protected OptionalInt interruptedExitCode() {
    return OptionalInt.of(Integer.getInteger(EXIT_OFFSET, 0) + ENDED_BY_SIGNAL);
  }

  private void print(CheckResult result) {
    print(result.losses());
    print(result.findings());
    if (result.wrongInCopy() > 0) {
      console()
          .print(
              "note: "
                  + result.wrongInCopy()
                  + " places are wrong in a copy of the drive, and right in another: nothing is"
                  + " lost; mount the filesystem and run zonefs-j scrub, which moves them");
    }
    console()
        .print(
            (result.findings().isEmpty() ? "clean" : result.findings().size() + " errors")
                + ": "
                + result.files()
                + " files, "
                + result.directories()
                + " directories"
                + (data ? ", " + ByteSize.approximate(result.bytesVerified()) + " verified" : ""));
  }

  private void print(List<Finding> findings) {
    for (Finding finding : findings) {
      console().print(finding.what() + "; " + finding.where() + "; " + finding.consequence());
    }
  }
}
