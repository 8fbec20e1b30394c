// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.util.List;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.volume.VolumeStatus;

/**
 * A filesystem in use: in this process, or mounted. What it refuses is an {@link ErrnoException}, a
 * failed drive EIO. Paths are relative to its root, without a slash at the front. Thread-safe.
 */
interface SoakSubject {
  /** How a file is opened. */
  enum Mode {
    /** It must not be there. */
    CREATE,
    /** For reading and writing. */
    UPDATE,
    /** For reading and writing, and cut to nothing. */
    TRUNCATE,
    /** For reading, past the kernel's cache where there is one. */
    DIRECT
  }

  /**
   * One name of a directory.
   *
   * @param size of a file; -1 for a directory
   */
  record Entry(String name, long size) {}

  /**
   * What the filesystem says of itself.
   *
   * @param readOnlyReason empty while it can be written to
   * @param hostBytes that applications wrote since the mount
   * @param deviceBytes that the drive was given since the mount
   * @param movedBytes that the collector moved since the mount
   * @param utilization live share of the space that file data may take; 0 to 1
   * @param errors that it has met
   */
  record State(
      String readOnlyReason,
      long hostBytes,
      long deviceBytes,
      long movedBytes,
      double utilization,
      List<String> errors) {
    /** What the status says, with errors from wherever they were found. */
    static State of(VolumeStatus status, List<String> errors) {
      return new State(
          status.readOnly() ? status.readOnlyReason() : "",
          status.writes().total().applicationBytes(),
          status.writes().total().driveBytes(),
          status.collector().bytesMoved(),
          status.collector().utilization(),
          errors);
    }

    /** Bytes of the drive for one of applications. */
    double writeAmplification() {
      return hostBytes == 0 ? 0 : (double) deviceBytes / hostBytes;
    }
  }

  SoakFile open(String path, Mode mode) throws ErrnoException, IOException;

  void makeDirectory(String path) throws ErrnoException, IOException;

  void removeDirectory(String path) throws ErrnoException, IOException;

  void unlink(String path) throws ErrnoException, IOException;

  /** Replaces the target. */
  void rename(String from, String to) throws ErrnoException, IOException;

  /** All names of a directory, in no order. */
  List<Entry> list(String path) throws ErrnoException, IOException;

  /** What statfs(2) says can still be written. */
  long freeBytes() throws ErrnoException, IOException;

  State state() throws IOException;

  /**
   * What can be seen to be wrong at once, without a call that could hang: a dead daemon, too much
   * memory.
   *
   * @return empty if all is well
   */
  String ailment() throws IOException;

  /** Unmounts in order, and mounts again. */
  void remount() throws IOException;

  /** The daemon dies, whatever it is doing. Calls fail from now on. */
  void kill() throws IOException;

  /**
   * Mounts after {@link #kill}; nobody calls anything meanwhile, and no file is open.
   *
   * @param loseIndex the directory of the index is gone, too
   */
  void mountAgain(boolean loseIndex) throws IOException;

  /** Unmounts in order. */
  void unmount() throws IOException;

  /**
   * Checks the unmounted drive, every byte of it.
   *
   * @return what was found, empty if it is clean
   */
  List<String> check() throws IOException;

  /** Stacks of all threads that could be at fault for a call that does not return. */
  String threads() throws IOException;

  /** Ends it by force, so that calls that hang return if they can. */
  void abort() throws IOException;

  /** Lets go of everything, and removes it. */
  void end() throws IOException;

  /** The last that the filesystem has said of itself. */
  String lastWords() throws IOException;
}
