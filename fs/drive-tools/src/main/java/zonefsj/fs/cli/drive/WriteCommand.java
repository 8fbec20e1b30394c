// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.command.RequiredArgument;
import zonefsj.fs.cli.command.Size;
import zonefsj.fs.cli.command.Subcommand;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.Interruption;
import zonefsj.fs.cli.terminal.ProgressPrinter;

/** Writes data to a zone of an unmounted drive. */
@Command
public final class WriteCommand extends Subcommand {
  private static final String STANDARD_INPUT = "-";

  @Parameters(
      index = "0",
      paramLabel = "SPEC",
      description = "Drive to write to; it must not be mounted.")
  private @Nullable String spec;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "FILE",
      defaultValue = STANDARD_INPUT,
      description = "Data to write. Default, and -: standard input.")
  private String file = STANDARD_INPUT;

  @Option(
      names = "--zone",
      required = true,
      paramLabel = "ZONE",
      description = "Number of the zone to write to; the first is 0.")
  private int zone;

  @Option(
      names = "--offset",
      paramLabel = "SIZE",
      description =
          "Expected offset of the write pointer in the zone: refuses to write if it differs. In a"
              + " conventional zone: the offset to write at.")
  private @Nullable Size offset;

  @Option(
      names = "--pad",
      description = "Pads the last block with zeros; without it, only whole blocks are accepted.")
  private boolean pad;

  @Option(
      names = "--force",
      description = "Also writes to a drive that holds a filesystem; not to one that is in use.")
  private boolean force;

  public WriteCommand(Console console) {
    super(console);
  }

  @Override
  protected int run() throws IOException, UsageError {
    try (ZonedDevice device = UnmountedDrive.openToChange(RequiredArgument.of(spec), force)) {
      ZoneWrite write = ZoneWrite.at(device, zone, offset == null ? null : offset.bytes());
      try (WriteSource source = source(write.roomBytes())) {
        long written = run(write, source);
        console()
            .print(
                "zone "
                    + zone
                    + ": "
                    + written
                    + " bytes at offset "
                    + write.offsetBytes()
                    + ", position "
                    + write.positionBytes());
      }
    }
    return OK;
  }

  private long run(ZoneWrite write, WriteSource source) throws IOException {
    try (ProgressPrinter progress = console().progress()) {
      return write.run(source, pad, progress);
    }
  }

  @Override
  protected String whenInterrupted(Interruption.Moment moment) {
    return moment.state() == Interruption.State.ENDED
        ? ""
        : "what was written is in zone " + zone + ", which can be written on from there";
  }

  private WriteSource source(long mostBytes) throws IOException {
    return file.equals(STANDARD_INPUT)
        ? WriteSource.of(System.in, mostBytes)
        : WriteSource.of(Path.of(file), mostBytes);
  }
}
