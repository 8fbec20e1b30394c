// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.device.ByteSize;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.control.ControlRequest;
import zonefsj.fs.cli.control.Json;
import zonefsj.fs.cli.control.LiveCommand;
import zonefsj.fs.cli.control.StatusCodec;
import zonefsj.fs.cli.drive.MountedDrive;
import zonefsj.fs.cli.host.LiveMount;
import zonefsj.fs.cli.host.MountEntry;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.cli.terminal.ProgressPrinter;
import zonefsj.fs.volume.VolumeStatus;

/** Runs garbage collection now. */
@Command(
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {"0:done", "1:failure; with --defrag also: some files were left as they are"})
final class GcCommand extends Subcommand {
  private static final int MOST_PERCENT = 100;
  private static final int NOT_ALL = 1;

  @Parameters(paramLabel = "SPEC|DIR", description = "The drive or its mount point.")
  private @Nullable String specOrDirectory;

  @Option(
      names = "--until",
      paramLabel = "PERCENT",
      description =
          "Ends as soon as this share of the zones is free, 1 to 100. Default: collects all"
              + " full data zones that are less than 80 % live.")
  private @Nullable Integer until;

  @Option(
      names = "--defrag",
      description =
          "Rewrites files that lie scattered on the drive in the order in which they are read."
              + " Needs free zones, and collects zones if it has too few.")
  private boolean defragments;

  private volatile boolean isFinished;

  GcCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, UsageError {
    Map<String, String> settings = new HashMap<>();
    Integer percent = until;
    if (percent != null) {
      if (percent < 1 || percent > MOST_PERCENT) {
        throw new UsageError("--until=" + percent + ": not a share from 1 to " + MOST_PERCENT);
      }
      settings.put("until", percent.toString());
    }
    if (defragments && percent != null) {
      throw new UsageError("--defrag and --until do not go together");
    }
    MountEntry entry =
        MountedDrive.require(RequiredArgument.of(specOrDirectory), LiveMount.Scope.ANYWHERE);
    return defragments ? defragment(entry) : collect(entry, settings);
  }

  private int defragment(MountEntry entry) throws IOException {
    Json.JsonObject done;
    try (ProgressPrinter progress = console().progress()) {
      done =
          LiveCommand.work(
              entry,
              new ControlRequest(ControlRequest.Action.DEFRAG),
              progress,
              progress.interruption());
    }
    isFinished = done.truth("finished") || done.truth("lacks_room");
    console()
        .print(
            ByteSize.approximate(done.whole("examined_bytes"))
                + " examined, "
                + ByteSize.approximate(done.whole("rewritten_bytes"))
                + " rewritten"
                + (done.truth("lacks_room")
                    ? "; too few free zones for the rest"
                    : done.truth("finished") ? "" : "; stopped before the end"));
    return done.truth("finished") ? OK : NOT_ALL;
  }

  private int collect(MountEntry entry, Map<String, String> settings) throws IOException {
    VolumeStatus before = status(entry);
    try (ProgressPrinter progress = console().progress()) {
      Json.JsonObject end =
          LiveCommand.work(
              entry,
              new ControlRequest(ControlRequest.Action.GC, settings),
              progress,
              progress.interruption());
      // A daemon may be older than the command.
      isFinished = !end.has("finished") || end.truth("finished");
    }
    VolumeStatus after = status(entry);
    console()
        .print(
            (after.collector().zonesReset() - before.collector().zonesReset())
                + " zones reset, "
                + ByteSize.approximate(
                    after.collector().bytesMoved() - before.collector().bytesMoved())
                + " copied, "
                + ByteSize.approximate(after.freeBytes())
                + " free");
    return OK;
  }

  @Override
  protected String whenInterrupted(Interruption.Moment moment) {
    if (isFinished) {
      return "";
    }
    return (moment.state() == Interruption.State.RUNNING
            ? "its daemon ends it after its current step; "
            : "")
        + (defragments
            ? "all other files lie as before"
            : "the filesystem is as before in everything else");
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
