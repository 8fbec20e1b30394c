// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.PassProgress;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.cli.terminal.ProgressPrinter;

/** Changes zones of an unmounted drive. */
@Command
public final class ZoneCommand extends Subcommand {
  @Parameters(
      index = "0",
      paramLabel = "reset|open|close|finish|fail",
      description =
          "Action. A reset discards the content of the zone. 'fail' makes zones of an emulated drive fail"
              + " for good, to try what follows.")
  private @Nullable String action;

  @Parameters(index = "1", paramLabel = "SPEC", description = "Drive; it must not be mounted.")
  private @Nullable String spec;

  @Parameters(
      index = "2..*",
      arity = "1..*",
      paramLabel = "ZONE",
      description =
          "Zone number, from 0; a range such as 4-7; or 'all': every sequential zone that the"
              + " action changes.")
  private List<String> zones = new ArrayList<>();

  @Option(
      names = "--force",
      description = "Also changes a drive that holds a filesystem; not one that is in use.")
  private boolean force;

  @Option(
      names = "--read-only",
      description = "With 'fail': what is in the zones can still be read.")
  private boolean readOnly;

  @Option(names = "--offline", description = "With 'fail': what is in the zones is lost.")
  private boolean offline;

  public ZoneCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, UsageError {
    ZoneAction wanted = ZoneAction.of(RequiredArgument.of(action), failure());
    ZoneNumbers chosen = ZoneNumbers.parse(zones);
    try (ZonedDevice device = UnmountedDrive.openToChange(RequiredArgument.of(spec), force);
        ProgressPrinter progress = console().progress()) {
      // Resolves all numbers first, so that a wrong number leaves every zone unchanged.
      apply(wanted, device, chosen.on(device, wanted), progress);
      device.flush();
    }
    return OK;
  }

  private @Nullable ZoneCondition failure() throws UsageError {
    if (readOnly && offline) {
      throw new UsageError("zone: give --read-only or --offline, one of them");
    }
    if (readOnly) {
      return ZoneCondition.READ_ONLY;
    }
    return offline ? ZoneCondition.OFFLINE : null;
  }

  @Override
  protected String whenInterrupted(Interruption.Moment moment) {
    return moment.state() == Interruption.State.ENDED ? "" : "all other zones are as before";
  }

  private static void apply(
      ZoneAction action, ZonedDevice device, List<Integer> zones, ProgressListener progress)
      throws IOException {
    PassProgress pass = new PassProgress(progress, "changing zones", zones.size());
    int done = 0;
    for (int zone : zones) {
      try {
        action.apply(device, zone);
      } catch (UserError wrong) {
        throw wrong;
      } catch (IOException refused) {
        throw new UserError(
            refused.getMessage()
                + "; 'zonefs-j zones' shows the conditions, 'zonefs-j info' the limits"
                + (zones.size() == 1
                    ? ""
                    : "; " + done + " of " + zones.size() + " zones were done before"),
            refused);
      }
      done++;
      pass.add(1);
    }
  }
}
