package zonefsj.fs.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.cli.drive.UnmountedDrive;
import zonefsj.fs.cli.drive.WriteSource;
import zonefsj.fs.cli.drive.ZoneWrite;
import zonefsj.fs.cli.options.UsageError;

/** Writes to a zone by hand. */
@Command
final class WriteCommand extends Subcommand {
  private static final String STANDARD_INPUT = "-";

  @Parameters(
      index = "0",
      paramLabel = "SPEC",
      description = "Drive to be written; it must not be mounted.")
  private @Nullable String spec;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "FILE",
      defaultValue = STANDARD_INPUT,
      description = "What to write; default, and -: standard input.")
  private String file = STANDARD_INPUT;

  @Option(
      names = "--zone",
      required = true,
      paramLabel = "ZONE",
      description = "Zone to be written at its write pointer, from 0.")
  private int zone;

  @Option(
      names = "--offset",
      paramLabel = "SIZE",
      description =
          "Where in the zone the write pointer has to be: refuses to write if it is elsewhere. In a"
              + " conventional zone, where to write.")
  private @Nullable Size offset;

  @Option(
      names = "--pad",
      description = "Fills the last block up with zeros; otherwise only whole blocks are taken.")
  private boolean pad;

  @Option(
      names = "--force",
      description = "Also on a drive that holds a filesystem; not on one that is in use.")
  private boolean force;

  WriteCommand(Console console) {
    super(console);
  }

  @Override
  int run() throws IOException, UsageError {
    try (ZonedDevice device = UnmountedDrive.openToChange(Given.of(spec), force)) {
      ZoneWrite write = ZoneWrite.at(device, zone, offset == null ? null : offset.bytes());
      try (WriteSource source = source(write.roomBytes())) {
        long written = write.run(source, pad);
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

  private WriteSource source(long mostBytes) throws IOException {
    return file.equals(STANDARD_INPUT)
        ? WriteSource.of(System.in, mostBytes)
        : WriteSource.of(Path.of(file), mostBytes);
  }
}
