// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import zonefsj.device.ByteSize;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;

/** Rounds of filling and deleting on one filesystem. */
final class FillDeleteRun {
  private static final int CHUNK_BYTES = 1 << 20;

  /**
   * What statfs may keep of deleted files: a table of names that no checkpoint has left out yet.
   */
  static final int KEPT_SHIFT = 5;

  /** Several files of a directory, so that it does not become the point. */
  private static final int FILES_IN_A_DIRECTORY = 1000;

  private static final int MOST_WAITS = 100;
  private static final long WAIT_NANOS = 100_000_000;

  private final SoakSubject subject;
  private final long zoneBytes;
  private final Stopwatch stopwatch;
  private final Kind kind;
  private final SplittableRandom random;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(CHUNK_BYTES);
  private final List<String> files = new ArrayList<>();
  private final List<String> directories = new ArrayList<>();
  private long bytes;

  /** What files there are. */
  enum Kind {
    TINY(1024, 0),
    MIXED(32 << 10, 2),
    /** One, as long as the drive takes it. */
    LARGE(Long.MAX_VALUE, 0);

    private final long medianBytes;
    private final double sigma;

    Kind(long medianBytes, double sigma) {
      this.medianBytes = medianBytes;
      this.sigma = sigma;
    }

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    private long drawBytes(SplittableRandom random) {
      double size = medianBytes * Math.exp(sigma * random.nextGaussian());
      return this == LARGE ? medianBytes : Math.max(1, (long) Math.min(size, 64 << 20));
    }
  }

  /**
   * @param zoneBytes size of a zone of the drive: the index gets and gives whole ones
   */
  FillDeleteRun(SoakSubject subject, Stopwatch stopwatch, Kind kind, long zoneBytes, long seed) {
    this.zoneBytes = zoneBytes;
    this.subject = subject;
    this.stopwatch = stopwatch;
    this.kind = kind;
    random = new SplittableRandom(seed);
  }

  /** Runs rounds, and answers in words how much fitted. */
  String run(long rounds) throws SoakFailure {
    try {
      long free = subject.freeBytes();
      FittedRounds fitted = new FittedRounds(free, zoneBytes);
      for (long round = 0; round < rounds; round++) {
        fill();
        fitted.add(bytes);
        requireRoomAfterHalf(round);
        delete(0);
        stopwatch.run("sync", this::sync);
        long back = freeAgain(free - (free >> KEPT_SHIFT));
        SoakFailure.unless(
            back >= free - (free >> KEPT_SHIFT),
            "round %d: statfs says free %s after everything was deleted, %s at first",
            round + 1,
            ByteSize.approximate(back),
            ByteSize.approximate(free));
      }
      SoakSubject.State state = subject.state();
      SoakFailure.unless(
          state.readOnlyReason().isEmpty(), "the mount is read-only: %s", state.readOnlyReason());
      SoakFailure.unless(state.errors().isEmpty(), "errors: %s", state.errors());
      stopwatch.run("umount", subject::unmount);
      List<String> findings = subject.check();
      SoakFailure.unless(findings.isEmpty(), "fsck is not clean: %s", findings);
      return String.format(
          Locale.ROOT,
          "ok, %s, write amplification %.2f, slowest %s",
          fitted,
          state.writeAmplification(),
          stopwatch.slowest());
    } catch (ErrnoException | IOException failed) {
      throw new SoakFailure("unexpected with " + ByteSize.approximate(bytes) + " written", failed);
    }
  }

  /** The index is compacted soon after much was deleted: a little time is given for that. */
  private long freeAgain(long expected) throws ErrnoException, IOException {
    long back = subject.freeBytes();
    for (int tries = 0; tries < MOST_WAITS && back < expected; tries++) {
      LockSupport.parkNanos(WAIT_NANOS);
      back = subject.freeBytes();
    }
    return back;
  }

  private void fill() throws ErrnoException, IOException {
    bytes = 0;
    try {
      for (int number = 0; ; number++) {
        if (number % FILES_IN_A_DIRECTORY == 0) {
          String directory = "d" + number / FILES_IN_A_DIRECTORY;
          stopwatch.run("mkdir", () -> subject.makeDirectory(directory));
          directories.add(directory);
        }
        create(directories.get(directories.size() - 1) + "/f" + number);
      }
    } catch (ErrnoException refused) {
      if (refused.errno() != Errno.ENOSPC) {
        throw refused;
      }
    }
  }

  private void create(String path) throws ErrnoException, IOException {
    SoakFile file = stopwatch.time("create", () -> subject.open(path, SoakSubject.Mode.CREATE));
    files.add(path);
    long size = kind.drawBytes(random);
    long seed = random.nextLong();
    try {
      for (long at = 0; at < size; ) {
        long from = at;
        buffer.clear().limit((int) Math.min(CHUNK_BYTES, size - at));
        Pattern.fill(buffer, seed, at);
        int done = stopwatch.time("write", () -> file.write(from, buffer.rewind()));
        at += done;
        bytes += done;
      }
    } finally {
      stopwatch.run("close", file::release);
    }
  }

  /** Deletes files until some are left, and their directories when none is. */
  private void delete(int left) throws ErrnoException, IOException {
    while (files.size() > left) {
      String path = files.remove(files.size() - 1);
      stopwatch.run("unlink", () -> subject.unlink(path));
    }
    while (left == 0 && !directories.isEmpty()) {
      String path = directories.remove(directories.size() - 1);
      stopwatch.run("rmdir", () -> subject.removeDirectory(path));
    }
  }

  /** What is deleted must be room for names, too. */
  private void requireRoomAfterHalf(long round) throws SoakFailure, ErrnoException, IOException {
    delete(files.size() / 2);
    try {
      String path = "half" + round;
      stopwatch.run("mkdir", () -> subject.makeDirectory(path));
      directories.add(path);
      create(path + "/small", 1000);
    } catch (ErrnoException refused) {
      throw new SoakFailure(
          String.format(
              Locale.ROOT,
              "round %d: %s for the first mkdir or file of 1000 bytes after half of the files were"
                  + " deleted; statfs says free %s",
              round + 1,
              refused.errno(),
              ByteSize.approximate(subject.freeBytes())));
    }
  }

  private void create(String path, int length) throws ErrnoException, IOException {
    SoakFile file = stopwatch.time("create", () -> subject.open(path, SoakSubject.Mode.CREATE));
    files.add(path);
    try {
      buffer.clear().limit(length);
      Pattern.fill(buffer, 1, 0);
      stopwatch.time("write", () -> file.write(0, buffer.rewind()));
    } finally {
      stopwatch.run("close", file::release);
    }
  }

  /** Everything is durable after an fsync of anything. */
  private void sync() throws ErrnoException, IOException {
    SoakFile file = subject.open("sync", SoakSubject.Mode.CREATE);
    file.sync(false);
    file.release();
    subject.unlink("sync");
  }
}
