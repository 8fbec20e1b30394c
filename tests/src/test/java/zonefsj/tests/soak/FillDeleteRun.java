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
  private static final int KEPT_SHIFT = 5;

  /** An image of the index has two copies, in zones of their own: two zones come and go at once. */
  private static final int ZONES_OF_AN_IMAGE = 2;

  /**
   * Among so many rounds one must fit as much as one of the first of them, about: else room is lost
   * for good. The very first does not count, for a new drive has no image yet.
   */
  private static final int LAST_ROUNDS = 10;

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
      long first = 0;
      long least = Long.MAX_VALUE;
      long mostOfFirst = 0;
      long mostOfLast = 0;
      for (long round = 0; round < rounds; round++) {
        fill();
        first = round == 0 ? bytes : first;
        least = Math.min(least, bytes);
        require(
            round > 0 || first >= free / 2,
            "only %s fitted, and statfs said %s",
            ByteSize.approximate(first),
            ByteSize.approximate(free));
        require(
            least >= first - Math.max(first >> KEPT_SHIFT, ZONES_OF_AN_IMAGE * zoneBytes),
            "round %d: %s fitted, %s in the first",
            round + 1,
            ByteSize.approximate(bytes),
            ByteSize.approximate(first));
        mostOfLast = round % LAST_ROUNDS == 0 ? 0 : Math.max(mostOfLast, bytes);
        if (round % LAST_ROUNDS == LAST_ROUNDS - 1) {
          mostOfFirst = round < LAST_ROUNDS ? mostOfLast : mostOfFirst;
          require(
              mostOfLast >= mostOfFirst - Math.max(mostOfFirst >> KEPT_SHIFT, zoneBytes / 2),
              "rounds to %d: at most %s fitted, %s in the first ten",
              round + 1,
              ByteSize.approximate(mostOfLast),
              ByteSize.approximate(mostOfFirst));
        }
        requireRoomAfterHalf(round);
        delete(0);
        stopwatch.run("sync", this::sync);
        long back = freeAgain(free - (free >> KEPT_SHIFT));
        require(
            back >= free - (free >> KEPT_SHIFT),
            "round %d: statfs says free %s after everything was deleted, %s at first",
            round + 1,
            ByteSize.approximate(back),
            ByteSize.approximate(free));
      }
      SoakSubject.State state = subject.state();
      require(
          state.readOnlyReason().isEmpty(), "the mount is read-only: %s", state.readOnlyReason());
      require(state.errors().isEmpty(), "errors: %s", state.errors());
      stopwatch.run("umount", subject::unmount);
      List<String> findings = subject.check();
      require(findings.isEmpty(), "fsck is not clean: %s", findings);
      return String.format(
          Locale.ROOT,
          "ok, of %s that are free at first %s to %s fitted (%.1f%%), write amplification %.2f,"
              + " slowest %s",
          ByteSize.approximate(free),
          ByteSize.approximate(least),
          ByteSize.approximate(first),
          100.0 * first / free,
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

  private static void require(boolean holds, String format, Object... values) throws SoakFailure {
    if (!holds) {
      throw new SoakFailure(String.format(Locale.ROOT, format, values));
    }
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
