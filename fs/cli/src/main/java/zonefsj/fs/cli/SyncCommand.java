// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.control.ControlRequest;
import zonefsj.fs.cli.control.LiveCommand;
import zonefsj.fs.cli.drive.MountedDrive;
import zonefsj.fs.cli.host.KernelCache;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.cli.terminal.ProgressPrinter;

/** Makes everything durable now. */
@Command
final class SyncCommand extends Subcommand {
  @Parameters(paramLabel = "SPEC|DIR", description = "The drive or its mount point.")
  private @Nullable String specOrDirectory;

  SyncCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException {
    MountEntry entry =
        MountedDrive.require(RequiredArgument.of(specOrDirectory), LiveMount.Scope.ANYWHERE);
    LiveCommand.checkAlive(entry);
    try (ProgressPrinter progress = console().progressOnTerminal(isVerbose())) {
      writeBack(entry, progress);
      LiveCommand.ask(
          entry, new ControlRequest(ControlRequest.Action.SYNC), progress, LiveCommand.noItems());
    }
    return OK;
  }

  /** Makes the kernel write what it holds for a mount to its daemon. */
  static void writeBack(MountEntry entry, ProgressListener progress) throws IOException {
    KernelCache.writeBack(
        entry.mountPoint(),
        () -> {
          progress.progress("waiting for what the kernel holds", -1, -1);
          // The kernel waits without end for a daemon that is stopped.
          LiveCommand.ask(
              entry,
              new ControlRequest(ControlRequest.Action.COUNTERS),
              ProgressListener.NONE,
              LiveCommand.noItems());
        });
  }

  @Override
  protected String whenInterrupted(Interruption.Moment moment) {
    return moment.state() == Interruption.State.ENDED
        ? ""
        : "the mount goes on, and its daemon writes on; what is not written yet may be lost in a"
            + " crash";
  }
}
