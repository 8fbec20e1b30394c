// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.drive.DriveOpener;
import zonefsj.fs.cli.host.Directories;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.cli.terminal.ProgressPrinter;
import zonefsj.fs.volume.dump.VolumeDumper;
import zonefsj.fs.volume.stored.VolumeFormatException;

/** Prints the on-drive structures of an unmounted drive. */
@Command
final class DumpCommand extends Subcommand {
  @Parameters(paramLabel = "SPEC", description = "Drive to print; it must not be mounted.")
  private @Nullable String spec;

  DumpCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException {
    Directories.ofCurrentUser().checkTemporary();
    try (ZonedDevice device = new DriveOpener().openToRead(RequiredArgument.of(spec));
        ProgressPrinter progress = console().progressBesidesOutput()) {
      VolumeDumper.dump(device, console().out(), progress);
    } catch (VolumeFormatException e) {
      throw DriveOpener.named(RequiredArgument.of(spec), e);
    }
    return OK;
  }

  @Override
  protected String whenInterrupted(Interruption.Moment moment) {
    return moment.state() == Interruption.State.ENDED ? "" : "the output is not complete";
  }
}
