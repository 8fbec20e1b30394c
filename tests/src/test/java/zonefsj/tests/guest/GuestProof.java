package zonefsj.tests.guest;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Starts the guest and prints what is run in it. */
public final class GuestProof {
  /** Sequences of accesses for each drive. */
  public static final long SEQUENCES_BY_DEFAULT = 20;

  /** For a boot and all tests on a slow machine; every sequence adds to it. */
  private static final long TIMEOUT_SECONDS = 1200;

  private static final long SEQUENCE_SECONDS = 60;
  private static final Pattern SUMMARY =
      Pattern.compile("guest: tried=(\\d+) failed=(\\d+) seed=\\d+");

  private GuestProof() {}

  /**
   * Runs all tests on all drives, and compares these with the emulation; with a time limit, boots
   * guest after guest, each with the next seeds. Then runs the whole filesystem on real drives.
   *
   * @param seed of the first sequence
   * @param count sequences for each drive
   * @param limit begins no guest later than that; null for one guest
   * @return how many tests and sequences failed; a guest that did not end well is one more
   */
  public static long prove(long seed, long count, @Nullable Duration limit, PrintStream out)
      throws IOException, InterruptedException {
    long perGuest = limit == null ? count : SEQUENCES_BY_DEFAULT;
    long begin = System.nanoTime();
    long tried = 0;
    long failed = 0;
    long done = 0;
    do {
      long timeout = TIMEOUT_SECONDS + perGuest * SEQUENCE_SECONDS;
      long now = Math.min(perGuest, count - done);
      Summary summary = run("long", seed + done, now, timeout, out);
      tried += summary.tried();
      failed += summary.failed();
      done += now;
    } while (limit != null && done < count && System.nanoTime() - begin < limit.toNanos());
    Summary filesystems = FilesystemGuests.run(seed, "", out);
    tried += filesystems.tried();
    failed += filesystems.failed();
    out.printf("guest: tried=%d failed=%d seed=%d%n", tried, failed, seed);
    return failed;
  }

  /** Only the whole filesystem; those guests whose names begin so. */
  public static long proveFilesystems(long seed, String named, PrintStream out)
      throws IOException, InterruptedException {
    Summary summary = FilesystemGuests.run(seed, named, out);
    out.printf(
        "guest-files: tried=%d failed=%d seed=%d%n", summary.tried(), summary.failed(), seed);
    return summary.failed();
  }

  /**
   * What the last line of a guest said.
   *
   * @param tried tests and sequences
   * @param failed of these, and one more for a guest that did not end well
   */
  record Summary(long tried, long failed) {}

  /** Boots one guest; its words, all but the last line, go to {@code out} as they come. */
  static Summary run(String form, long seed, long sequences, long timeoutSeconds, PrintStream out)
      throws IOException, InterruptedException {
    Process guest =
        new ProcessBuilder(GuestCommand.of(form, seed, sequences, timeoutSeconds))
            .redirectErrorStream(true)
            .start();
    // The script ends its guest when it is ended.
    Thread end = new Thread(guest::destroy, "ends the guest");
    Runtime.getRuntime().addShutdownHook(end);
    guest.getOutputStream().close();
    Summary summary = null;
    try (BufferedReader words = guest.inputReader(StandardCharsets.UTF_8)) {
      for (String line = words.readLine(); line != null; line = words.readLine()) {
        Matcher last = SUMMARY.matcher(line);
        if (last.matches()) {
          summary = new Summary(Long.parseLong(last.group(1)), Long.parseLong(last.group(2)));
        } else {
          out.println(line);
        }
      }
    } finally {
      if (!guest.waitFor(1, TimeUnit.MINUTES)) {
        guest.destroy();
      }
    }
    int status = guest.waitFor();
    Runtime.getRuntime().removeShutdownHook(end);
    if (summary == null || (summary.failed() == 0) != (status == 0)) {
      out.println("FAILED: the guest ended with status " + status + " and " + summary);
      return new Summary(
          summary == null ? 1 : summary.tried(), summary == null ? 1 : summary.failed() + 1);
    }
    return summary;
  }
}
