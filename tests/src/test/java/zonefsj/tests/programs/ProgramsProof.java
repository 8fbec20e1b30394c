// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import java.io.IOException;
import java.io.PrintStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The long forms: a drive is overwritten by twenty rounds of 300 MB, then daemons are killed round
 * after round; and again with the next seed. Or daemons are killed and nothing else.
 */
public final class ProgramsProof {
  private static final int OVERWRITE_ROUNDS = 20;
  private static final int OVERWRITE_BYTES = 300_000_000;
  private static final int KILLS = 20;

  /** A drive fills up: after so many kills comes a new one. */
  private static final int KILLS_A_DRIVE = 50;

  /** Of pgbench: a million accounts, 150 MB. */
  private static final int DATABASE_SCALE = 10;

  /** Between two changes of a mirror. */
  private static final int MIRROR_COMMITS = 500;

  private static final int MIRROR_FLIPS = 60;
  private static final long MIRROR_FLIP_MILLIS = 1000;

  private ProgramsProof() {}

  /**
   * Runs both, for each seed.
   *
   * @param seed of the first; the next one has the next number
   * @param count how many
   * @param limit stops earlier when it has passed; null for no limit
   * @return how many failed
   */
  public static long prove(long seed, long count, @Nullable Duration limit, PrintStream out) {
    return prove(
        "programs",
        seed,
        count,
        limit,
        out,
        present -> {
          overwrite(present);
          kill(present);
        });
  }

  /** The same with kills only: one round for each seed, many on one drive. */
  public static long proveKills(long seed, long count, @Nullable Duration limit, PrintStream out)
      throws Exception {
    try (KillSeries series = new KillSeries()) {
      return prove("kill", seed, count, limit, out, series::round);
    }
  }

  /** Kills under a database, all on one drive: one for each seed. */
  public static long proveDatabase(long seed, long count, @Nullable Duration limit, PrintStream out)
      throws Exception {
    try (DatabaseProof proof = new DatabaseProof(DATABASE_SCALE)) {
      return prove(
          "database", seed, count, limit, out, present -> out.println(proof.round(present)));
    }
  }

  /** Mirrors under databases, all on one of images and one of stores: one round for each seed. */
  public static long proveMirror(long seed, long count, @Nullable Duration limit, PrintStream out)
      throws Exception {
    try (MirrorProof proof =
            new MirrorProof(DATABASE_SCALE, MIRROR_COMMITS, MIRROR_FLIPS, MIRROR_FLIP_MILLIS);
        AwayStoreProof stores = new AwayStoreProof(DATABASE_SCALE, MIRROR_COMMITS)) {
      return prove(
          "mirror",
          seed,
          count,
          limit,
          out,
          present -> {
            out.println(proof.replace(present));
            out.println(proof.rot(present));
            out.println(proof.resize(present));
            out.println(stores.round(present));
          });
    }
  }

  /** Rounds on one drive after the other; a failed round ends its drive. */
  private static final class KillSeries implements AutoCloseable {
    private @Nullable KillProof drive;
    private int rounds;

    void round(long seed) throws Exception {
      KillProof present = drive;
      if (present == null) {
        present = new KillProof();
        drive = present;
      }
      boolean good = false;
      try {
        present.round(seed);
        good = ++rounds % KILLS_A_DRIVE != 0;
      } finally {
        if (!good) {
          close();
        }
      }
    }

    @Override
    public void close() throws IOException {
      KillProof present = drive;
      drive = null;
      if (present != null) {
        present.close();
      }
    }
  }

  /** One proof. */
  @FunctionalInterface
  private interface Proof {
    void of(long seed) throws Exception;
  }

  @SuppressWarnings("CatchingUnchecked") // a failed assertion is one failure of many
  private static long prove(
      String kind, long seed, long count, @Nullable Duration limit, PrintStream out, Proof proof) {
    long begin = System.nanoTime();
    long tried = 0;
    long failed = 0;
    while (tried < count && (limit == null || System.nanoTime() - begin < limit.toNanos())) {
      long present = seed + tried;
      tried++;
      try {
        proof.of(present);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        failed++;
        break;
      } catch (Exception | AssertionError e) {
        failed++;
        e.printStackTrace(out);
        out.println("repeat with: tests/prove " + kind + " --seed " + present + " --count 1");
      }
    }
    out.printf("%s: tried=%d failed=%d seed=%d%n", kind, tried, failed, seed);
    return failed;
  }

  private static void overwrite(long seed) throws Exception {
    try (MountOverwriteProof proof = new MountOverwriteProof()) {
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
