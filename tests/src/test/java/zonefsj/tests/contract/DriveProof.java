// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Compares the emulated drives with the model over many seeds. */
public final class DriveProof {
  /** Accesses of one sequence. */
  private static final int STEPS = 400;

  private DriveProof() {}

  /**
   * Plays sequence after sequence and prints each that fails, with the command that repeats it.
   *
   * @param seed of the first sequence; the next one has the next number
   * @param count how many
   * @param limit stops earlier when it has passed; null for no limit
   * @return how many failed
   */
  public static long prove(long seed, long count, @Nullable Duration limit, PrintStream out)
      throws IOException {
    Path directory = Files.createTempDirectory("zonefs-j-drives");
    long begin = System.nanoTime();
    long tried = 0;
    long failed = 0;
    try {
      while (tried < count && (limit == null || System.nanoTime() - begin < limit.toNanos())) {
        String difference = DriveComparison.play(seed + tried, STEPS, directory);
        if (difference != null) {
          failed++;
          out.println(difference);
          out.println("repeat with: tests/prove contract --seed " + (seed + tried) + " --count 1");
        }
        tried++;
      }
    } finally {
      Files.delete(directory);
    }
    out.printf("contract: tried=%d failed=%d seed=%d%n", tried, failed, seed);
    return failed;
  }
}
