// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.PassProgress;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Size;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.HexDump;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.cli.terminal.ProgressPrinter;

/** Shows bytes of an unmounted drive. */
@Command
public final class ReadCommand extends Subcommand {
  private static final int CHUNK_BYTES = 1 << 20;

  @Parameters(paramLabel = "SPEC", description = "Drive to read; it must not be mounted.")
  private @Nullable String spec;

  @Option(
      names = "--zone",
      paramLabel = "ZONE",
      description = "Number of the zone to read; the first is 0.")
  private @Nullable Integer zone;

  @Option(
      names = "--offset",
      paramLabel = "SIZE",
      description = "Start offset in the zone; need not be aligned. Default: 0.")
  private @Nullable Size offset;

  @Option(
      names = "--position",
      paramLabel = "SIZE",
      description = "Start position on the drive, instead of a zone and an offset.")
  private @Nullable Size position;

  @Option(
      names = "--length",
      paramLabel = "SIZE",
      description = "Number of bytes. Default: up to the write pointer of the zone.")
  private @Nullable Size length;

  @Option(
      names = "--raw",
      description =
          "Writes the raw bytes. Without it, prints a dump like 'hexdump -C', with positions on the"
              + " drive.")
  private boolean raw;

  public ReadCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, UsageError {
    if ((zone == null) == (position == null)) {
      throw new UsageError("say where to read, with either --zone or --position");
    }
    if (position != null && offset != null) {
      throw new UsageError("--offset is within a zone: it goes with --zone, not --position");
    }
    if (length != null && length.bytes() == 0) {
      throw new UsageError("--length 0: give 1 or more");
    }
    try (ZonedDevice device = UnmountedDrive.openToRead(RequiredArgument.of(spec));
        ProgressPrinter progress = console().progressBesidesOutput()) {
      ByteRange range = range(device);
      if (!range.remark().isEmpty()) {
        console().remark(range.remark());
      }
      copy(device, range, progress);
    }
    return OK;
  }

  private ByteRange range(ZonedDevice device) throws IOException, UsageError {
    Long bytes = length == null ? null : length.bytes();
    return zone == null
        ? ByteRange.at(device, RequiredArgument.of(position).bytes(), bytes)
        : ByteRange.inZone(device, zone, offset == null ? 0 : offset.bytes(), bytes);
  }

  private void copy(ZonedDevice device, ByteRange range, ProgressListener progress)
      throws IOException {
    PrintStream out = console().out();
    HexDump dump = new HexDump(out, range.positionBytes());
    int block = device.geometry().blockSizeBytes();
    ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK_BYTES + block).alignedSlice(block);
    long next = range.positionBytes();
    long end = next + range.lengthBytes();
    PassProgress pass = new PassProgress(progress, "reading, in bytes", range.lengthBytes());
    while (next < end) {
      long first = next - next % block;
      long wanted = Math.min(CHUNK_BYTES, (end - first + block - 1) / block * block);
      buffer.clear().limit((int) wanted);
      device.read(first, buffer);
      buffer.flip().position((int) (next - first));
      buffer.limit((int) Math.min(wanted, end - first));
      next += buffer.remaining();
      pass.add(buffer.remaining());
      show(buffer, dump, out);
      if (out.checkError()) {
        // The reader is gone, or the disk is full. The owner of the output reports which.
        return;
      }
    }
    if (!raw) {
      dump.end();
    }
    out.flush();
  }

  @Override
  protected String whenInterrupted(Interruption.Moment moment) {
    return moment.state() == Interruption.State.ENDED ? "" : "the output is not complete";
  }

  private void show(ByteBuffer bytes, HexDump dump, PrintStream out) {
    if (raw) {
      byte[] copy = new byte[bytes.remaining()];
      bytes.get(copy);
      out.write(copy, 0, copy.length);
    } else {
      dump.put(bytes);
    }
  }
}
