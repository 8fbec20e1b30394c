// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.device.ZonedDevice;
import zonefsj.device.layer.DiffLayer;
import zonefsj.device.layer.DriveLayerSpec;
import zonefsj.device.layer.FileLayerSpec;
import zonefsj.device.layer.LayerMerge;
import zonefsj.device.layer.LayerSpec;
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

/** Begins a layer; ends it: writes its changes to the drive below, or drops them. */
@Command
public final class LayerCommand extends Subcommand {
  @Parameters(
      index = "0",
      paramLabel = "create|commit|drop",
      description =
          "create: begins a layer that has no changes. commit: writes the changes to the drive below"
              + " and removes the layer; can be repeated if it is interrupted. drop: removes the"
              + " layer with its changes; a drive that kept it is empty then.")
  private @Nullable String action;

  @Parameters(
      index = "1",
      paramLabel = "diff(TOP,SPEC)",
      description = "The layer, in the file or on the drive TOP, and the drive below; none in use.")
  private @Nullable String spec;

  @Option(
      names = "--force",
      description = "With 'create': begins it also on a drive TOP that holds something.")
  private boolean force;

  public LayerCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, UsageError {
    String text = RequiredArgument.of(spec);
    if (!(DeviceSpec.parse(text) instanceof LayerSpec layer)) {
      throw new UsageError("'" + text + "' is no layer: give diff(FILE,SPEC) or diff(TOP,SPEC)");
    }
    MountEntry mounted = MountedDrive.find(text).orElse(null);
    if (mounted != null) {
      throw new UserError(
          mounted.source() + " is mounted at " + mounted.mountPoint() + ": unmount it first");
    }
    switch (RequiredArgument.of(action)) {
      case "create" -> create(layer);
      case "commit" -> forgetIndex(commit(layer));
      case "drop" -> forgetIndex(drop(layer));
      default -> throw new UsageError("'" + action + "' is not known: give create, commit or drop");
    }
    return OK;
  }

  @Override
  protected String whenInterrupted(Interruption.Moment moment) {
    if (moment.state() == Interruption.State.ENDED || "create".equals(action)) {
      return "";
    }
    return "the layer is still there: run the "
        + action
        + " again; until then the drive below is used only with the layer";
  }

  private static void forgetIndex(UUID identity) throws IOException {
    IndexPlace.removeOfLayer(Directories.ofCurrentUser().index(), identity);
  }

  private void create(LayerSpec spec) throws IOException {
    DriveOpener opener = new DriveOpener();
    if (spec instanceof FileLayerSpec inFile) {
      try (ZonedDevice base = opener.openToRead(inFile.part().toString())) {
        DiffLayer.create(inFile.file(), base);
      }
    } else if (spec instanceof DriveLayerSpec onDrive) {
      String over = onDrive.top().toString();
      String below = onDrive.part().toString();
      DriveOpener.refuseShared(over, below);
      try (ZonedDevice base = opener.openToRead(below)) {
        if (!onDrive.top().parts().isEmpty()) {
          // Its parts are written before it can be checked.
          try (ZonedDevice trial = opener.openTrial(over, force)) {
            DiffLayer.create(trial, base, force);
          }
        }
        try (ZonedDevice top = opener.openToFormat(over, force)) {
          DiffLayer.create(top, base, force);
        }
      }
    }
  }

  private UUID drop(LayerSpec spec) throws IOException {
    if (spec instanceof FileLayerSpec inFile) {
      UUID identity = DiffLayer.identity(inFile.file());
      DiffLayer.drop(inFile.file());
      return identity;
    }
    DriveLayerSpec onDrive = (DriveLayerSpec) spec;
    try (ZonedDevice top = new DriveOpener().openToWrite(onDrive.top().toString())) {
      return DiffLayer.drop(top);
    }
  }

  private UUID commit(LayerSpec spec) throws IOException {
    DriveOpener opener = new DriveOpener();
    try (ProgressPrinter progress = console().progress()) {
      LayerMerge.Progress told =
          (done, total) -> progress.progress("writing the changes to the drive below", done, total);
      if (spec instanceof FileLayerSpec inFile) {
        UUID identity = DiffLayer.identity(inFile.file());
        try (ZonedDevice base = opener.openToWrite(inFile.part().toString())) {
          LayerMerge.commit(inFile.file(), base, told);
        }
        return identity;
      }
      DriveLayerSpec onDrive = (DriveLayerSpec) spec;
      DriveOpener.refuseShared(onDrive.top().toString(), onDrive.part().toString());
      try (ZonedDevice top = opener.openToWrite(onDrive.top().toString());
          ZonedDevice base = opener.openToWrite(onDrive.part().toString())) {
        return LayerMerge.commit(top, base, told);
      }
    }
  }
}
