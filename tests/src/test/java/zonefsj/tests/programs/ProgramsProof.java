package zonefsj.tests.programs;

import java.io.PrintStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The long form: a drive is overwritten by twenty rounds of 300 MB, then daemons are killed round
 * after round; and again with the next seed.
 */
public final class ProgramsProof {
  private static final int OVERWRITE_ROUNDS = 20;
  private static final int OVERWRITE_BYTES = 300_000_000;
  private static final int KILLS = 20;

  private ProgramsProof() {}

  /**
   * Runs both, for each seed.
   *
   * @param seed of the first; the next one has the next number
   * @param count how many
   * @param limit stops earlier when it has passed; null for no limit
   * @return how many failed
   */
  @SuppressWarnings("CatchingUnchecked") // a failed assertion is one failure of many
  public static long prove(long seed, long count, @Nullable Duration limit, PrintStream out) {
    long begin = System.nanoTime();
    long tried = 0;
    long failed = 0;
    while (tried < count && (limit == null || System.nanoTime() - begin < limit.toNanos())) {
      long present = seed + tried;
      tried++;
      try {
        overwrite(present);
        kill(present);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        failed++;
        break;
      } catch (Exception | AssertionError e) {
        failed++;
        e.printStackTrace(out);
        out.println("repeat with: tests/prove programs --seed " + present + " --count 1");
      }
    }
    out.printf("programs: tried=%d failed=%d seed=%d%n", tried, failed, seed);
    return failed;
  }

  private static void overwrite(long seed) throws Exception {
    try (OverwriteProof proof = new OverwriteProof()) {
      proof.run(OVERWRITE_ROUNDS, OVERWRITE_BYTES, seed);
    }
  }

  private static void kill(long seed) throws Exception {
    try (KillProof proof = new KillProof()) {
      for (int round = 0; round < KILLS; round++) {
        proof.round(seed * KILLS + round);
      }
    }
  }
}
