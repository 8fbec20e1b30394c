// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.guest;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import zonefsj.tests.guest.GuestRun.Summary;

/**
 * zonefs-j beside the kernel's filesystems for zoned drives, btrfs and F2FS, each in turn on the
 * same drive in a guest. The work and the table are those of {@code mount-scripts/bench}; the
 * resource {@code bench.py} runs them in the guest.
 */
public final class GuestBench {
  /** Rounds when nobody says how many. */
  public static final long ROUNDS_BY_DEFAULT = 3;

  private static final String ZONED = "size=2G,zone=16M,capacity=12M,open=8,active=12";

  /** The least that mkfs.f2fs takes for this drive: with more, F2FS would put data there, too. */
  private static final String METADATA = "size=48M";

  private static final String INDEX = "size=512M";

  /** So long a hang is waited for: on two processors, a round took 70 to 85 s. */
  private static final long ROUND_SECONDS = 1500;

  private static final String PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private GuestBench() {}

  /**
   * Measures and prints a table.
   *
   * @param seed of who begins
   * @param rounds at most so many
   * @param limit no round begins later; null for none
   * @return how many filesystems failed; figures are never a failure
   */
  public static long run(long seed, long rounds, @Nullable Duration limit, PrintStream out)
      throws IOException, InterruptedException {
    // Below the run's own directory, and it goes with that.
    Path directory = Files.createTempDirectory("zonefs-j-guests");
    GuestInstallation installation = GuestInstallation.in(directory, out);
    installation.shareClasses();
    Path table = installation.share().resolve("table.md");
    Summary summary = guest(installation, table, seed, rounds, limit).run(out);
    if (Files.exists(table)) {
      out.println();
      out.println(Files.readString(table));
    }
    out.printf(
        "guest-bench: tried=%d failed=%d seed=%d%n", summary.tried(), summary.failed(), seed);
    return summary.failed();
  }

  private static GuestRun guest(
      GuestInstallation installation, Path table, long seed, long rounds, @Nullable Duration limit)
      throws IOException {
    long limitSeconds = limit == null ? 0 : limit.toSeconds();
    long patienceSeconds = limit == null ? rounds * ROUND_SECONDS : limitSeconds + ROUND_SECONDS;
    List<String> options = new ArrayList<>();
    options.addAll(List.of("--timeout", "" + patienceSeconds, "--memory", GuestCommand.MEMORY_MIB));
    options.addAll(List.of("--over", installation.over().toString()));
    options.addAll(List.of("--share", installation.share().toString()));
    for (String drive : List.of(ZONED, METADATA, INDEX)) {
      options.addAll(List.of("--nvme", drive));
    }
    Path work = GuestCommand.root().resolve("mount-scripts/bench-files");
    List<String> command = new ArrayList<>();
    // The system's own programs, not the shims of a user's.
    command.addAll(List.of("env", "PATH=" + PATH, "PYTHONPATH=" + work, "/usr/bin/python3", "-B"));
    command.addAll(List.of(GuestCommand.resource("bench.py"), table.toString()));
    command.addAll(List.of("" + rounds, "" + limitSeconds, "" + seed));
    command.addAll(List.of("/dev/nvme0n1", "/dev/nvme1n1", "/dev/nvme2n1"));
    return new GuestRun("bench", options, Map.of(), command);
  }
}
