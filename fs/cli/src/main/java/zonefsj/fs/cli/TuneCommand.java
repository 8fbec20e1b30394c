// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.HostException;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.drive.DriveOpener;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.cli.terminal.ProgressPrinter;
import zonefsj.fs.volume.VolumeIdentity;
import zonefsj.fs.volume.check.Scratch;
import zonefsj.fs.volume.stored.VolumeFormatException;
import zonefsj.fs.volume.tune.VolumeTune;

/** Changes label or UUID of an unmounted filesystem. */
@Command
final class TuneCommand extends Subcommand {
  @Parameters(paramLabel = "SPEC", description = "Drive to change; it must not be mounted.")
  private @Nullable String spec;

  @Option(
      names = "--label",
      paramLabel = "LABEL",
      description = "New label of the filesystem; an empty value removes it.")
  private @Nullable String label;

  @Option(
      names = "--new-uuid",
      description =
          "Sets a new random UUID, so that a copy of a drive can be mounted at the same time as the"
              + " original.")
  private boolean newUuid;

  @Option(
      names = ScratchOption.NAME,
      paramLabel = ScratchOption.LABEL,
      description = ScratchOption.DESCRIPTION)
  private @Nullable String scratch;

  TuneCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, UsageError {
    if (label == null && !newUuid) {
      throw new UsageError("say what to change: --label LABEL or --new-uuid");
    }
    Scratch place = ScratchOption.scratch(scratch);
    VolumeIdentity identity;
    try (ZonedDevice device = new DriveOpener().openToWrite(RequiredArgument.of(spec));
        ProgressPrinter progress = console().progress()) {
      identity =
          new VolumeTune(label, newUuid ? UUID.randomUUID() : null).apply(device, place, progress);
    } catch (HostException e) {
      throw ScratchOption.advised(e);
    } catch (VolumeFormatException e) {
      throw DriveOpener.named(RequiredArgument.of(spec), e);
    }
    console()
        .print(
            "UUID "
                + identity.uuid()
                + (identity.label().isEmpty() ? ", no label" : ", label " + identity.label()));
    return OK;
  }

  @Override
  protected String whenInterrupted(Interruption.Moment moment) {
    return moment.state() == Interruption.State.ENDED
        ? ""
        : "the filesystem has its old or its new names, and is whole";
  }
}
