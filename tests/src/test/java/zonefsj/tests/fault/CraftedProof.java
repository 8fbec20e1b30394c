// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.tests.crash.LogSilencer;

/**
 * Drives that somebody crafted, with numbers that no program would write under checksums that are
 * right: see {@link CraftedCase}; and image files ({@link CraftedImageCase}), labels, layers and
 * keys ({@link CraftedStackCase}), objects of a store ({@link CraftedStoreCase}), and checkpoints
 * of an index in RocksDB ({@link CraftedIndexCase}, {@link CraftedRocksDrive}), which native code
 * reads.
 */
public final class CraftedProof {
  private static final int DRIVES = 4;

  /**
   * Of so many seeds one is an image file; one a stack of drives; one a drive on a store; and one
   * the files of an index of RocksDB.
   */
  private static final int SHARE = 32;

  /** Of so many seeds one is a drive with such an index, which takes a second. */
  private static final int DRIVE_SHARE = 256;

  private static final Duration PROGRESS_INTERVAL = Duration.ofMinutes(1);

  private final PrintStream out;
  private final List<CraftedDrive> drives = new ArrayList<>();
  private final List<byte[]> images = new ArrayList<>();
  private @Nullable CraftedStackCase stacks;
  private @Nullable CraftedStoreCase stores;

  private CraftedProof(PrintStream out) {
    this.out = out;
  }

  /**
   * Tries seed after seed. Prints each that fails, with the command that repeats it, at once, and
   * each minute how far it is.
   *
   * @param seed of the first case; the next one has the next number
   * @param count how many
   * @param limit stops earlier when it has passed; null for no limit
   * @return how many failed
   */
  public static long prove(long seed, long count, @Nullable Duration limit, PrintStream out)
      throws Exception {
    return new CraftedProof(out).run(seed, count, limit);
  }

  private long run(long seed, long count, @Nullable Duration limit) throws Exception {
    long begin = System.nanoTime();
    long told = begin;
    long tried = 0;
    long failed = 0;
    LogSilencer quiet = new LogSilencer();
    try (quiet;
        WatchedCases cases = new WatchedCases("crafted");
        CraftedProcess process = new CraftedProcess()) {
      for (int drive = 0; drive < DRIVES; drive++) {
        drives.add(new CraftedDrive(drive, drive >= DRIVES / 2));
      }
      images.add(CraftedImageCase.good(false));
      images.add(CraftedImageCase.good(true));
      stacks = new CraftedStackCase();
      stores = new CraftedStoreCase();
      while (tried < count && (limit == null || System.nanoTime() - begin < limit.toNanos())) {
        long at = seed + tried;
        String wrong = attempt(cases, process, at);
        tried++;
        if (wrong != null) {
          failed++;
          out.println(wrong);
          out.println("repeat with: tests/prove crafted --seed " + at + " --count 1");
          out.flush();
        }
        long now = System.nanoTime();
        if (now - told >= PROGRESS_INTERVAL.toNanos()) {
          told = now;
          out.printf(
              "crafted: tried=%d failed=%d seed=%d, after %d s%n",
              tried, failed, seed, Duration.ofNanos(now - begin).toSeconds());
          out.flush();
        }
        if (WatchedCases.hung(wrong)) {
          // It may go on changing its drive.
          break;
        }
      }
    }
    out.printf("crafted: tried=%d failed=%d seed=%d%n", tried, failed, seed);
    return failed;
  }

  private @Nullable String attempt(WatchedCases cases, CraftedProcess process, long seed)
      throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    if (seed % DRIVE_SHARE == 0) {
      return process.run(CraftedChild.DRIVE, seed);
    }
    if (seed % SHARE == 1) {
      return process.run(CraftedChild.INDEX, seed);
    }
    if (seed % SHARE == 2) {
      byte[] good = images.get(random.nextInt(images.size()));
      return cases.run(() -> CraftedImageCase.run(good, random));
    }
    if (seed % SHARE == 3) {
      return cases.run(() -> Objects.requireNonNull(stacks).run(random));
    }
    if (seed % SHARE == 4) {
      return cases.run(() -> Objects.requireNonNull(stores).run(random));
    }
    CraftedDrive.Forgery forgery = drives.get(random.nextInt(DRIVES)).forge(random);
    String wrong =
        cases.run(
            () ->
                new CraftedCase(forgery::drive, MemoryMetadataStores::new, "pairs-1", random)
                    .run());
    if (!WatchedCases.hung(wrong)) {
      forgery.undo();
    }
    return wrong == null ? null : wrong + "; " + forgery.what();
  }
}
