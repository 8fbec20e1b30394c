// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.control.ControlRequest;
import zonefsj.fs.cli.control.LiveCommand;
import zonefsj.fs.cli.drive.DriveOpener;
import zonefsj.fs.cli.drive.MountedDrive;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.cli.terminal.ProgressPrinter;

/** Lets go of the drive of a mount, or of a member of its mirror. */
@Command
final class EjectCommand extends Subcommand {
  @Parameters(index = "0", paramLabel = "DIR", description = "The mount point.")
  private @Nullable String specOrDirectory;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "SPEC",
      description =
          "Member of a mirror to let go of, as 'zonefs-j status' names it; without it, the whole"
              + " drive: what needs it then fails with EIO. It comes back by 'mount -o remount', or"
              + " by itself after it was pulled.")
  private @Nullable String member;

  EjectCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException {
    MountEntry entry =
        MountedDrive.require(RequiredArgument.of(specOrDirectory), LiveMount.Scope.ANYWHERE);
    LiveCommand.checkAlive(entry);
    try (ProgressPrinter progress = console().progressOnTerminal(isVerbose())) {
      String given = member;
      if (given == null) {
        SyncCommand.writeBack(entry, progress);
        eject(entry, Map.of(), entry.row().source(), progress);
      } else {
        String name = new DriveOpener().absoluteText(given);
        eject(entry, Map.of("member", name), name, progress);
      }
    }
    return OK;
  }

  private void eject(
      MountEntry entry, Map<String, String> settings, String name, ProgressListener progress)
      throws IOException {
    LiveCommand.ask(
        entry,
        new ControlRequest(ControlRequest.Action.EJECT, settings),
        progress,
        LiveCommand.noItems());
    console().print(name + " may be removed");
  }

  @Override
  protected String whenInterrupted(Interruption.Moment moment) {
    return moment.state() == Interruption.State.ENDED
        ? ""
        : "'zonefs-j status' shows whether it is ejected";
  }
}
