// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ByteSize;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.cli.bench.LatencyHistogram;
import zonefsj.tests.simulate.Workload;

/**
 * Overwrites blocks of files as a {@link Workload} draws them, then reads all of it. What it
 * accepts: no error, no read-only mount, no write longer than {@link Stopwatch#SLOW_SECONDS}.
 */
final class OverwriteRun {
  private static final int BLOCK = 4096;
  private static final int DRAWN_BLOCKS = 256;
  private static final int FILL_BYTES = 1 << 20;
  private static final long TELL_NANOS = 30_000_000_000L;

  private final OverwriteCase load;
  private final Workload workload;
  private final SoakSubject subject;
  private final long seed;
  private final PrintStream out;
  private final Stopwatch stopwatch = new Stopwatch();
  private final AtomicLong written = new AtomicLong();
  private final WorkerGroup crew;
  private final List<Writer> writers = new ArrayList<>();
  private @Nullable Cost cost;

  /**
   * What the second half of the overwrites cost.
   *
   * @param amplification bytes written by users and the collector for each byte of users
   * @param utilization at its end, as {@code status} shows it
   */
  record Cost(double amplification, double utilization) {}

  /** Blocks are drawn uniformly. */
  OverwriteRun(OverwriteCase load, SoakSubject subject, long seed, PrintStream out) {
    this(load, new Workload.Uniform(), subject, seed, out);
  }

  OverwriteRun(
      OverwriteCase load, Workload workload, SoakSubject subject, long seed, PrintStream out) {
    this.load = load;
    this.workload = workload;
    this.subject = subject;
    this.seed = seed;
    this.out = out;
    this.crew = new WorkerGroup(subject, stopwatch);
  }

  /** What one writer knows of its file: how often each block was written. */
  private final class Writer {
    private final String path;
    private final long seedOfFile;
    private final int[] versions;
    private final SplittableRandom random;
    private final int[] drawn = new int[DRAWN_BLOCKS];
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(FILL_BYTES);

    Writer(int number, long bytes) {
      path = "file-" + number;
      seedOfFile = Pattern.mix(seed, number);
      versions = new int[Math.toIntExact(bytes / BLOCK)];
      random = new SplittableRandom(seedOfFile);
    }

    private void putBlock(int block) {
      buffer.limit(buffer.position() + BLOCK);
      Pattern.fill(buffer, Pattern.mix(seedOfFile, versions[block]), (long) block * BLOCK);
    }

    private void writeAll(SoakFile file, long at) throws ErrnoException, IOException {
      buffer.flip();
      if (file.write(at, buffer) < buffer.limit()) {
        throw new IOException("not all was written");
      }
    }

    void fill() throws SoakFailure {
      guarded(
          "the file is filled",
          () -> {
            SoakFile file =
                stopwatch.time("create", () -> subject.open(path, SoakSubject.Mode.CREATE));
            for (int block = 0; block < versions.length && !crew.isStopped(); ) {
              long at = (long) block * BLOCK;
              buffer.clear();
              while (buffer.position() < FILL_BYTES && block < versions.length) {
                putBlock(block++);
              }
              stopwatch.run("fill", () -> writeAll(file, at));
            }
            stopwatch.run("fsync", () -> file.sync(false));
            file.release();
          });
    }

    void overwrite(long count) throws SoakFailure {
      guarded(
          "blocks are overwritten",
          () -> {
            SoakFile file = subject.open(path, SoakSubject.Mode.UPDATE);
            for (long done = 1; done <= count && !crew.isStopped(); done++) {
              int next = (int) ((done - 1) % DRAWN_BLOCKS);
              if (next == 0) {
                workload.draw(random, versions.length, drawn);
              }
              int block = drawn[next];
              versions[block]++;
              buffer.clear();
              putBlock(block);
              stopwatch.run("write", () -> writeAll(file, (long) block * BLOCK));
              written.addAndGet(BLOCK);
              if (done % load.fsyncEvery() == 0) {
                stopwatch.run("fsync", () -> file.sync(false));
              }
            }
            stopwatch.run("fsync", () -> file.sync(false));
            file.release();
          });
    }

    void verify() throws SoakFailure {
      ByteBuffer found = ByteBuffer.allocateDirect(FILL_BYTES);
      guarded(
          "the file is read",
          () -> {
            SoakFile file = subject.open(path, SoakSubject.Mode.DIRECT);
            for (int block = 0; block < versions.length; ) {
              int first = block;
              buffer.clear();
              while (buffer.position() < FILL_BYTES && block < versions.length) {
                putBlock(block++);
              }
              buffer.flip();
              found.clear().limit(buffer.limit());
              stopwatch.time("read", () -> file.read((long) first * BLOCK, found));
              found.flip();
              int wrong = buffer.mismatch(found);
              if (wrong >= 0) {
                throw new SoakFailure(path + ": a wrong byte at " + ((long) first * BLOCK + wrong));
              }
            }
            file.release();
          });
    }

    private void guarded(String when, Work work) throws SoakFailure {
      try {
        work.run();
      } catch (ErrnoException refused) {
        throw new SoakFailure(
            String.format(
                Locale.ROOT,
                "%s while %s, %s of overwrites done: %s",
                refused.errno(),
                when,
                ByteSize.approximate(written.get()),
                readOnlyReason()),
            refused);
      } catch (IOException failed) {
        throw new SoakFailure(
            "EIO while "
                + when
                + ", "
                + ByteSize.approximate(written.get())
                + " of overwrites done: "
                + readOnlyReason(),
            failed);
      }
    }
  }

  @FunctionalInterface
  private interface Work {
    void run() throws ErrnoException, IOException, SoakFailure;
  }

  private String readOnlyReason() {
    try {
      SoakSubject.State state = subject.state();
      return state.readOnlyReason().isEmpty()
          ? "not read-only"
          : "read-only, " + state.readOnlyReason();
    } catch (IOException unknown) {
      return "no status, " + unknown;
    }
  }

  /**
   * Runs it.
   *
   * @param totalBytes to be overwritten
   * @return in words how it went
   */
  String run(long totalBytes)
      throws SoakFailure, ErrnoException, IOException, InterruptedException {
    long free = subject.freeBytes();
    long fileBytes = free / 100 * load.percent() / load.writers() / BLOCK * BLOCK;
    for (int number = 0; number < load.writers(); number++) {
      writers.add(new Writer(number, fileBytes));
    }
    crew.run(writers.stream().<WorkerGroup.Task>map(writer -> writer::fill).toList(), () -> {});
    long begin = System.nanoTime();
    SoakSubject.State filled = subject.state();
    long count = totalBytes / BLOCK / load.writers();
    long[] told = {begin, 0};
    overwrite(count / 2, told);
    SoakSubject.State half = subject.state();
    overwrite(count - count / 2, told);
    double seconds = (System.nanoTime() - begin) / 1e9;
    SoakSubject.State state = subject.state();
    long hostBytes = Math.max(1, state.hostBytes() - half.hostBytes());
    cost =
        new Cost(
            1 + (double) (state.movedBytes() - half.movedBytes()) / hostBytes, state.utilization());
    if (!state.readOnlyReason().isEmpty()) {
      throw new SoakFailure("the mount is read-only: " + state.readOnlyReason());
    }
    if (!state.errors().isEmpty()) {
      throw new SoakFailure("errors: " + state.errors());
    }
    for (Writer writer : writers) {
      writer.verify();
    }
    stopwatchOfUnmount();
    List<String> findings = subject.check();
    if (!findings.isEmpty()) {
      throw new SoakFailure("fsck is not clean: " + findings);
    }
    double amplification =
        (double) (state.deviceBytes() - filled.deviceBytes())
            / Math.max(1, state.hostBytes() - filled.hostBytes());
    String words =
        String.format(
            Locale.ROOT,
            "%.1f MB/s, write amplification %.2f, slowest write %.3f s, fsync %.3f s, umount %.1f s",
            written.get() / 1e6 / seconds,
            amplification,
            stopwatch.slowestSeconds("write"),
            stopwatch.slowestSeconds("fsync"),
            stopwatch.slowestSeconds("umount"));
    if (stopwatch.slowestSeconds("write") > Stopwatch.SLOW_SECONDS
        || stopwatch.slowestSeconds("umount") > Stopwatch.HANG_SECONDS) {
      throw new SoakFailure("too slow: " + words);
    }
    return words;
  }

  private void overwrite(long count, long[] told)
      throws SoakFailure, IOException, InterruptedException {
    crew.run(
        writers.stream().<WorkerGroup.Task>map(writer -> () -> writer.overwrite(count)).toList(),
        () -> {
          checkUp();
          tell(told);
        });
  }

  private void checkUp() throws SoakFailure {
    try {
      String ailment = subject.ailment();
      if (!ailment.isEmpty()) {
        throw new SoakFailure(ailment);
      }
    } catch (IOException unknown) {
      throw new SoakFailure("no sign of the daemon", unknown);
    }
  }

  private void stopwatchOfUnmount() throws ErrnoException, IOException {
    stopwatch.run("umount", subject::unmount);
  }

  private void tell(long[] told) {
    long now = System.nanoTime();
    if (now - told[0] > TELL_NANOS) {
      long bytes = written.get();
      out.printf(
          Locale.ROOT,
          "  %s: %s overwritten, %.1f MB/s now, slowest write %.3f s%n",
          load.name(),
          ByteSize.approximate(bytes),
          (bytes - told[1]) / 1e6 / ((now - told[0]) / 1e9),
          stopwatch.slowestSeconds("write"));
      told[0] = now;
      told[1] = bytes;
    }
  }

  /** The times of all overwrites. */
  LatencyHistogram writes() {
    return stopwatch.times("write");
  }

  /** The cost of a run that went well. */
  Cost cost() {
    return Objects.requireNonNull(cost, "not run");
  }

  /** For a failed run: how far it came. */
  String progress() {
    return stopwatch.table() + (stopwatch.slow().isEmpty() ? "" : "; slow: " + stopwatch.slow());
  }
}
