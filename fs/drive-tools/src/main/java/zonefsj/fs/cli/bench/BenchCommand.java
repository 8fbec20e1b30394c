// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.device.ByteSize;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Size;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.control.JsonWriter;
import zonefsj.fs.cli.drive.UnmountedDrive;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.cli.terminal.ProgressPrinter;

/** Measures the write and read speed of zones. */
@Command
public final class BenchCommand extends Subcommand {
  private static final int DEFAULT_BLOCK_BYTES = 1 << 20;

  @Parameters(paramLabel = "SPEC", description = "Drive to measure; it must not be mounted.")
  private @Nullable String spec;

  @Option(
      names = "--read",
      description = "Reads sequential zones that hold data; the default without --write.")
  private boolean read;

  @Option(
      names = "--write",
      description = "Writes random data to sequential zones; with --read, then reads them.")
  private boolean write;

  @Option(
      names = "--zones",
      paramLabel = "N",
      defaultValue = "1",
      description = "Number of zones at once, with a thread for each. Default: 1.")
  private int zones;

  @Option(
      names = "--from",
      paramLabel = "ZONE",
      defaultValue = "0",
      description = "Uses the first suitable zones from this one on. Default: 0.")
  private int from;

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      description =
          "Bytes of each zone, from its start. Default: all of it. A zone that is not filled stays"
              + " active.")
  private @Nullable Size size;

  @Option(
      names = "--block-size",
      paramLabel = "SIZE",
      description = "Bytes of one access. Default: 1M, less in smaller zones.")
  private @Nullable Size blockSize;

  @Option(
      names = "--reset",
      description =
          "Also writes zones that are not empty, after a reset: their content is lost. Without it,"
              + " writes only empty zones.")
  private boolean reset;

  @Option(
      names = "--force",
      description = "Also writes to a drive that holds a filesystem; not to one that is in use.")
  private boolean force;

  @Option(names = "--json", description = "Prints JSON; times are in nanoseconds.")
  private boolean json;

  public BenchCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, UsageError, InterruptedException {
    if (reset && !write) {
      throw new UsageError("--reset goes with --write");
    }
    String drive = RequiredArgument.of(spec);
    List<BenchResult> results = new ArrayList<>();
    try (ZonedDevice device =
            write ? UnmountedDrive.openToChange(drive, force) : UnmountedDrive.openToRead(drive);
        ProgressPrinter progress = console().progress()) {
      BenchPlan plan =
          BenchPlan.of(
              device.geometry(),
              device.report(0, device.geometry().zoneCount()),
              new BenchRequest(
                  zones, from, size == null ? null : size.bytes(), block(device), write, reset));
      if (write) {
        results.add(new ZoneBench(device, plan, progress).run(true));
      }
      if (read || !write) {
        results.add(new ZoneBench(device, plan, progress).run(false));
      }
    }
    if (json) {
      console().out().println(JsonWriter.pretty(BenchCodec.encode(results)));
    } else {
      for (BenchResult result : results) {
        BenchText.of(result).forEach(console()::print);
      }
    }
    return OK;
  }

  @Override
  protected String whenInterrupted(Interruption.Moment moment) {
    if (moment.state() == Interruption.State.ENDED) {
      return "";
    }
    return write
        ? "nothing is measured; the zones hold what was written to them until now"
        : "nothing is measured";
  }

  private int block(ZonedDevice device) throws UsageError {
    if (blockSize == null) {
      return (int) Math.min(DEFAULT_BLOCK_BYTES, device.geometry().zoneSizeBytes());
    }
    if (blockSize.bytes() > Integer.MAX_VALUE) {
      throw new UsageError("--block-size " + ByteSize.format(blockSize.bytes()) + " is too large");
    }
    return (int) blockSize.bytes();
  }
}
