// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Fills a drive and deletes everything, round after round: what statfs promises must come back, and
 * so much must fit again.
 *
 * <p>System properties say what: {@code zonefsj.filldelete.only} the beginning of the name of a
 * case, like {@code 64x1M-tiny}; {@code zonefsj.filldelete.subject} {@code mount} (as by default)
 * or {@code volume}. {@code --count} is rounds for each case.
 */
public final class FillDeleteProof {
  /** Rounds of each case. */
  public static final long ROUNDS_BY_DEFAULT = 5;

  private static final String PREFIX = "zonefsj.filldelete.";

  /**
   * The smallest drive that a filesystem fits with such zones, also with a short last zone, one of
   * 256 MiB, one of 1 GiB.
   */
  private static final List<String> SHAPES = List.of("24x1M", "24x1M+64K", "256x1M", "64x16M");

  private FillDeleteProof() {}

  /** One drive and one kind of files. */
  private record Case(String shape, FillDeleteRun.Kind kind) {
    String name() {
      return shape + "-" + kind.label();
    }
  }

  /**
   * Runs case after case and prints each result.
   *
   * @param seed of the first case; the next one has the next number
   * @param rounds of each case
   * @param limit no case begins later; null for no limit
   * @return how many cases failed
   */
  public static long prove(long seed, long rounds, @Nullable Duration limit, PrintStream out)
      throws IOException, InterruptedException {
    return prove(
        System.getProperty(PREFIX + "subject", "mount"),
        System.getProperty(PREFIX + "only", ""),
        seed,
        rounds,
        limit,
        out);
  }

  static long prove(
      String subject,
      String only,
      long seed,
      long rounds,
      @Nullable Duration limit,
      PrintStream out)
      throws IOException, InterruptedException {
    long begin = System.nanoTime();
    long tried = 0;
    long failed = 0;
    for (Case one : chosen(only)) {
      if (limit != null && System.nanoTime() - begin > limit.toNanos()) {
        break;
      }
      long at = seed + tried++;
      long times = rounds == Long.MAX_VALUE ? ROUNDS_BY_DEFAULT : rounds;
      failed += runOne(subject, one, at, times, out) ? 0 : 1;
    }
    out.printf("filldelete: tried=%d failed=%d seed=%d%n", tried, failed, seed);
    return failed;
  }

  private static List<Case> chosen(String only) {
    List<Case> all = new ArrayList<>();
    for (String shape : SHAPES) {
      for (FillDeleteRun.Kind kind : FillDeleteRun.Kind.values()) {
        all.add(new Case(shape, kind));
      }
    }
    return all.stream().filter(one -> one.name().startsWith(only)).toList();
  }

  private static boolean runOne(
      String subjectKind, Case one, long seed, long rounds, PrintStream out)
      throws IOException, InterruptedException {
    Path home = Files.createTempDirectory("zj").toRealPath();
    SoakShape shape = SoakShape.parse(one.shape());
    SoakSubject subject =
        SoakSubjects.open(subjectKind, home, shape, SoakSettings.DEFAULT, SoakFaults.NONE);
    Stopwatch stopwatch = new Stopwatch();
    try {
      FillDeleteRun run =
          new FillDeleteRun(subject, stopwatch, one.kind(), shape.zoneSizeBytes(), seed);
      String[] words = new String[1];
      new WorkerGroup(subject, stopwatch).run(List.of(() -> words[0] = run.run(rounds)), () -> {});
      out.println(one.name() + ": " + words[0]);
      return true;
    } catch (SoakFailure found) {
      out.println(one.name() + ": FAILED: " + found.getMessage());
      out.println("  " + stopwatch.table());
      out.printf(
          "repeat with: ZONEFSJ_JAVA_OPTS='-D%sonly=%s -D%ssubject=%s' tests/prove filldelete"
              + " --seed %d --count %d%n",
          PREFIX, one.name(), PREFIX, subjectKind, seed, rounds);
      return false;
    } finally {
      subject.end();
    }
  }
}
