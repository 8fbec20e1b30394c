// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;
import zonefsj.device.ZonedDevice;
import zonefsj.device.layer.DiffLayer;
import zonefsj.device.layer.FileLayerSpec;
import zonefsj.device.layer.LayerMerge;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.host.Directories;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.cli.terminal.ProgressPrinter;

/** Ends a layer: writes its changes to the drive below, or drops them. */
@Command
public final class LayerCommand extends Subcommand {
  @Parameters(
      index = "0",
      paramLabel = "commit|drop",
      description =
          "commit: writes the changes to the drive below and removes the layer; can be repeated"
              + " if it is interrupted. drop: removes the layer with its changes.")
  private @Nullable String action;

  @Parameters(
      index = "1",
      paramLabel = "diff(FILE,SPEC)",
      description = "The layer and the drive below; neither may be in use.")
  private @Nullable String spec;

  public LayerCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, UsageError {
    String text = RequiredArgument.of(spec);
    if (!(DeviceSpec.parse(text) instanceof FileLayerSpec layer)) {
      throw new UsageError("'" + text + "' is no layer: give diff(FILE,SPEC)");
    }
    MountEntry mounted = MountedDrive.find(text).orElse(null);
    if (mounted != null) {
      throw new UserError(
          mounted.source() + " is mounted at " + mounted.mountPoint() + ": unmount it first");
    }
    LayerEnd end =
        switch (RequiredArgument.of(action)) {
          case "commit" -> this::commit;
          case "drop" -> dropped -> DiffLayer.drop(dropped.file());
          default -> throw new UsageError("'" + action + "' is not known: give commit or drop");
        };
    UUID identity = DiffLayer.identity(layer.file());
    end.of(layer);
    IndexPlace.removeOfLayer(Directories.ofCurrentUser().index(), identity);
    return OK;
  }

  @Override
  protected String whenInterrupted(Interruption.Moment moment) {
    return moment.state() == Interruption.State.ENDED
        ? ""
        : "the layer is still there: run the commit again; until then the drive below is used only"
            + " with the layer";
  }

  /** Ends a layer in one of the two ways. */
  @FunctionalInterface
  private interface LayerEnd {
    void of(FileLayerSpec layer) throws IOException;
  }

  private void commit(FileLayerSpec layer) throws IOException {
    try (ZonedDevice base = new DriveOpener().openToWrite(layer.part().toString());
        ProgressPrinter progress = console().progress()) {
      LayerMerge.commit(
          layer.file(),
          base,
          (done, total) ->
              progress.progress("writing the changes to the drive below", done, total));
    }
  }
}
