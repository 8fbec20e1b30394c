// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.drive.MountedDrive;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.options.LiveOptionText;
import zonefsj.fs.cli.options.MountOptions;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.Interruption;

/** Changes options of a live mount. */
@Command
final class SetCommand extends Subcommand {
  @Parameters(index = "0", paramLabel = "SPEC|DIR", description = "The drive or its mount point.")
  private @Nullable String specOrDirectory;

  @Parameters(
      index = "1..*",
      paramLabel = "OPTION[=VALUE]",
      description =
          "Mount options to change, for example commit=1 gc_rate=10M ro. 'zonefs-j options' lists"
              + " those that can change on a live mount.")
  private List<String> settings = new ArrayList<>();

  SetCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, UsageError {
    change(console(), RequiredArgument.of(specOrDirectory), settings);
    return OK;
  }

  @Override
  protected String whenInterrupted(Interruption.Moment moment) {
    return moment.state() == Interruption.State.ENDED ? "" : Remount.WHEN_INTERRUPTED;
  }

  /** Changes options of a mount: all, or, if one cannot be changed, none. */
  static void change(Console console, String specOrDirectory, List<String> options)
      throws IOException, UsageError {
    if (options.isEmpty()) {
      throw new UsageError("give at least one OPTION=VALUE, like gc_rate=10M");
    }
    // Refuses invalid settings without the daemon.
    MountOptions wanted = LiveOptionText.parse(options);
    MountEntry mount = MountedDrive.require(specOrDirectory, LiveMount.Scope.ANYWHERE);
    new Remount(console).run(mount, wanted, false);
  }
}
