// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.drive;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import zonefsj.device.ByteSize;
import zonefsj.device.StackedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.drives.ImageSpec;
import zonefsj.device.drives.PathSpec;
import zonefsj.device.dump.CopyListener;
import zonefsj.device.dump.DriveDump;
import zonefsj.device.dump.DriveRestore;
import zonefsj.device.spec.DeviceSpec;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.command.Console;
import zonefsj.fs.cli.host.UserError;
import zonefsj.fs.cli.options.UsageError;
import zonefsj.fs.cli.terminal.ProgressPrinter;

/**
 * A copy of a whole drive: {@code dump} to a file, {@code restore} from one.
 *
 * @param word what is done
 * @param from the drive of a dump, or the file of a restore
 * @param to the file of a dump, or the drive of a restore
 * @param force puts zeros where bytes cannot be read, or empties the drive
 */
record DriveTransfer(String word, String from, String to, boolean force) {
  static final String USAGE = "'zone dump SPEC FILE' or 'zone restore FILE SPEC'";

  static final String DUMP = "dump";
  static final String RESTORE = "restore";

  static boolean isTransfer(String word) {
    return word.equals(DUMP) || word.equals(RESTORE);
  }

  void run(Console console, boolean isVerbose) throws IOException, UsageError {
    List<String> remarks = new ArrayList<>();
    long bytes;
    try (ProgressPrinter progress = console.progressOnTerminal(isVerbose)) {
      bytes = word.equals(DUMP) ? dump(progress, remarks) : restore(progress, remarks);
    }
    remarks.forEach(console::remark);
    console.print(from + ": " + ByteSize.approximate(bytes) + " copied to " + to);
  }

  private long dump(ProgressListener progress, List<String> remarks)
      throws IOException, UsageError {
    Path file = file();
    UnmountedDrive.refuseUsed(from);
    try (ZonedDevice drive = UnmountedDrive.openToRead(from)) {
      String missing = StackedDevice.mayBeOlderThan(drive);
      if (!missing.isEmpty()) {
        remarks.add("this is missing, and may have newer data than the dump: " + missing);
      }
      return DriveDump.write(drive, file, force, new Told("dumping", progress, remarks));
    }
  }

  private Path file() throws IOException, UsageError {
    DeviceSpec parsed = DeviceSpec.parse(to);
    if (parsed instanceof PathSpec at) {
      return at.path();
    }
    if (parsed instanceof ImageSpec at) {
      return at.path();
    }
    throw new UsageError("'" + to + "' is no file: give " + USAGE);
  }

  private long restore(ProgressListener progress, List<String> remarks) throws IOException {
    DriveOpener.refuseShared(from, to);
    try (ZonedDevice dump = UnmountedDrive.openToRead(from);
        ZonedDevice drive = UnmountedDrive.openToChange(to, force)) {
      DriveRestore restore = DriveRestore.of(dump, drive);
      OptionalInt inUse = restore.zoneInUse();
      if (inUse.isPresent() && !force) {
        throw new UserError(
            to
                + " is not empty: zone "
                + inUse.getAsInt()
                + " holds something; --force overwrites the whole drive");
      }
      return restore.run(new Told("restoring", progress, remarks));
    }
  }

  /** What a signal leaves. */
  String whenInterrupted() {
    return word.equals(DUMP)
        ? "there is no dump; run it again"
        : "the drive holds a part of the dump, and cannot be mounted: run it again with --force";
  }

  /** Shows the progress, and keeps what is to be said at the end. */
  private record Told(String work, ProgressListener progress, List<String> remarks)
      implements CopyListener {
    @Override
    public void copied(long doneBytes, long totalBytes) {
      progress.progress(work + ", in bytes", doneBytes, totalBytes);
    }

    @Override
    public void differs(int zone, String what) {
      remarks.add("zone " + zone + ": " + what);
    }
  }
}
