// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.ErrnoException;

/**
 * Overwrites many times the drive in random blocks of 4 KiB, on one shape of drive after the other.
 *
 * <p>System properties say what: {@code zonefsj.overwrite.only} which case, as {@link
 * OverwriteCase#chosen} reads it; {@code zonefsj.overwrite.times} how many times the drive (10);
 * {@code zonefsj.overwrite.megabytes} how much instead of that; {@code zonefsj.overwrite.subject}
 * {@code mount} (as by default) or {@code volume}, without a mount; {@code
 * zonefsj.overwrite.policy} of the collector.
 */
public final class OverwriteProof {
  private static final String PREFIX = "zonefsj.overwrite.";

  private OverwriteProof() {}

  /**
   * Runs case after case and prints each result.
   *
   * @param seed of the first case; the next one has the next number
   * @param count how many rounds through all cases
   * @param limit no case begins later; null for no limit
   * @return how many failed
   */
  public static long prove(long seed, long count, @Nullable Duration limit, PrintStream out)
      throws IOException, InterruptedException {
    List<OverwriteCase> cases = OverwriteCase.chosen(System.getProperty(PREFIX + "only", ""));
    long begin = System.nanoTime();
    long tried = 0;
    long failed = 0;
    for (long round = 0; round < count; round++) {
      for (OverwriteCase load : cases) {
        if (limit != null && System.nanoTime() - begin > limit.toNanos()) {
          round = count - 1;
          break;
        }
        long at = seed + tried++;
        if (!runOne(load, at, out)) {
          failed++;
        }
      }
    }
    out.printf("overwrite: tried=%d failed=%d seed=%d%n", tried, failed, seed);
    return failed;
  }

  private static boolean runOne(OverwriteCase load, long seed, PrintStream out)
      throws IOException, InterruptedException {
    SoakShape shape = SoakShape.parse(load.shape());
    long megabytes = Long.getLong(PREFIX + "megabytes", 0);
    long bytes =
        megabytes > 0 ? megabytes << 20 : shape.sizeBytes() * Long.getLong(PREFIX + "times", 10);
    String kind = System.getProperty(PREFIX + "subject", "mount");
    SoakSubject subject = subject(kind, shape);
    OverwriteRun run = new OverwriteRun(load, subject, seed, out);
    try {
      out.println(load.name() + ": " + run.run(bytes));
      return true;
    } catch (SoakFailure | ErrnoException | IOException found) {
      out.println(load.name() + ": FAILED: " + found.getMessage());
      out.println("  " + run.progress());
      out.printf(
          "repeat with: ZONEFSJ_JAVA_OPTS='-D%sonly=%s -D%ssubject=%s' tests/prove overwrite"
              + " --seed %d --count 1%n",
          PREFIX, load.name(), PREFIX, kind, seed);
      return false;
    } finally {
      subject.end();
    }
  }

  private static SoakSubject subject(String kind, SoakShape shape) throws IOException {
    Path home = Files.createTempDirectory("zj").toRealPath();
    SoakSettings settings = SoakSettings.DEFAULT.withPolicy(System.getProperty(PREFIX + "policy"));
    return SoakSubjects.open(kind, home, shape, settings, SoakFaults.NONE);
  }
}
