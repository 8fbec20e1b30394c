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
import zonefsj.fs.cli.command.Size;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.cli.terminal.ProgressPrinter;

/** Changes zones of an unmounted drive, or copies all of them. */
@Command
public final class ZoneCommand extends Subcommand {
  @Parameters(
      index = "0",
      paramLabel = "reset|open|close|finish|fail|dump|restore",
      description =
          "Action. A reset discards the content of the zone. 'fail' makes zones of an emulated drive fail"
              + " for good, to try what follows. 'dump SPEC FILE' copies the drive and the states of its"
              + " zones to a new image; 'restore FILE SPEC' copies them to an empty drive of the same shape.")
  private @Nullable String action;

  @Parameters(index = "1", paramLabel = "SPEC", description = "Drive; it must not be mounted.")
  private @Nullable String spec;

  @Parameters(
      index = "2..*",
      arity = "0..*",
      paramLabel = "ZONE",
      description =
          "Zone number, from 0; a range such as 4-7; or 'all': every sequential zone that the"
              + " action changes.")
  private List<String> zones = new ArrayList<>();

  @Option(
      names = "--position",
      paramLabel = "SIZE",
      description =
          "Changes the zones from this position on the drive, the start of a zone, instead of ZONE.")
  private @Nullable Size position;

  @Option(
      names = "--length",
      paramLabel = "SIZE",
      description = "Bytes from --position, whole zones. Default: up to the end of the drive.")
  private @Nullable Size length;

  @Option(
      names = "--force",
      description =
          "Also changes a drive that holds a filesystem; not one that is in use. With 'restore':"
              + " empties the drive first. With 'dump': puts zeros in place of what cannot be read.")
  private boolean force;

  @Option(
      names = "--read-only",
      description = "With 'fail': what is in the zones can still be read.")
  private boolean readOnly;

  @Option(names = "--offline", description = "With 'fail': what is in the zones is lost.")
  private boolean offline;

  private @Nullable DriveTransfer transfer;

  public ZoneCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, UsageError {
    String word = RequiredArgument.of(action);
    if (DriveTransfer.isTransfer(word)) {
      transfer = transfer(word);
      transfer.run(console(), isVerbose());
      return OK;
    }
    ZoneAction wanted = ZoneAction.of(word, failure());
    ZoneNumbers chosen = chosen();
    try (ZonedDevice device = UnmountedDrive.openToChange(RequiredArgument.of(spec), force);
        ProgressPrinter progress = console().progress()) {
      // Resolves all numbers first, so that a wrong number leaves every zone unchanged.
      apply(wanted, device, chosen.on(device, wanted), progress);
      device.flush();
    }
    return OK;
  }

  private DriveTransfer transfer(String word) throws UsageError {
    if (readOnly || offline || position != null || length != null || zones.size() != 1) {
      throw new UsageError("give " + DriveTransfer.USAGE + ", and no other option than --force");
    }
    return new DriveTransfer(word, RequiredArgument.of(spec), zones.get(0), force);
  }

  private ZoneNumbers chosen() throws UsageError {
    if (position == null && length == null) {
      if (zones.isEmpty()) {
        throw new UsageError("say which zones: numbers, a range such as 4-7, 'all' or --position");
      }
      return ZoneNumbers.parse(zones);
    }
    if (position == null || !zones.isEmpty()) {
      throw new UsageError("give zones or --position, and --length only with --position");
    }
    return ZoneNumbers.at(position.bytes(), length == null ? Long.MAX_VALUE : length.bytes());
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
    if (moment.state() == Interruption.State.ENDED) {
      return "";
    }
    DriveTransfer copying = transfer;
    return copying == null ? "all other zones are as before" : copying.whenInterrupted();
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
