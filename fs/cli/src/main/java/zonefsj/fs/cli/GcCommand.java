// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import zonefsj.device.ByteSize;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.control.ControlRequest;
import zonefsj.fs.cli.control.LiveCommand;
import zonefsj.fs.cli.control.StatusCodec;
import zonefsj.fs.cli.drive.MountedDrive;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.terminal.ProgressPrinter;
import zonefsj.fs.volume.VolumeStatus;

/** Runs garbage collection now. */
@Command
final class GcCommand extends Subcommand {
  @Parameters(paramLabel = "SPEC|DIR", description = "The drive or its mount point.")
  private @Nullable String specOrDirectory;

  GcCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException {
    MountEntry entry =
        MountedDrive.require(RequiredArgument.of(specOrDirectory), LiveMount.Scope.ANYWHERE);
    VolumeStatus before = status(entry);
    try (ProgressPrinter progress = console().progress()) {
      LiveCommand.ask(
          entry, new ControlRequest(ControlRequest.Action.GC), progress, LiveCommand.noItems());
    }
    VolumeStatus after = status(entry);
    console()
        .print(
            (after.gcZonesReset() - before.gcZonesReset())
                + " zones reset, "
                + ByteSize.approximate(after.gcBytesCopied() - before.gcBytesCopied())
                + " copied, "
                + ByteSize.approximate(after.freeBytes())
                + " free");
    return OK;
  }

  private static VolumeStatus status(MountEntry entry) throws IOException {
    return StatusCodec.decode(
            LiveCommand.ask(
                entry,
                new ControlRequest(ControlRequest.Action.STATUS),
                ProgressListener.NONE,
                LiveCommand.noItems()))
        .volume();
  }
}
