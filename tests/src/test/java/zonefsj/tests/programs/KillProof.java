// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;

/**
 * Kills the daemon in the middle of a copy and of many small operations, and looks at what is there
 * afterwards, round after round on one drive.
 */
final class KillProof implements AutoCloseable {
  private static final int SOURCE_BYTES = 40 << 20;

  /** At least so many fsyncs before the kill, so that each round has something to lose. */
  private static final int MIN_SYNCS = 10;

  private static final Duration START_TIMEOUT = Duration.ofSeconds(30);
  private static final long POLL_MILLIS = 20;
  private static final int MAX_DELAY_MILLIS = 2500;

  private final Sandbox sandbox = new Sandbox(false);

  KillProof() throws IOException, InterruptedException {
    boolean ready = false;
    try {
      sandbox.open();
      sandbox.createDrive();
      byte[] bytes = new byte[SOURCE_BYTES];
      new Random(SOURCE_BYTES).nextBytes(bytes);
      Files.write(source(), bytes);
      sandbox.mount();
      ready = true;
    } finally {
      if (!ready) {
        sandbox.close();
      }
    }
  }

  private Path source() {
    return sandbox.keep().resolve("source");
  }

  /** Mounted before and after; answers how many operations were there. */
  String round(long seed) throws IOException, InterruptedException {
    Path directory = Files.createDirectory(sandbox.mountPoint().resolve("round-" + seed));
    Path target = sandbox.mountPoint().resolve("copy-" + seed);
    Path log = Files.createFile(sandbox.keep().resolve("log-" + seed));
    Path copyLog = Files.createFile(sandbox.keep().resolve("copy-log-" + seed));
    String number = Long.toString(seed);
    try (Child work =
            sandbox.start(
                sandbox.home(),
                sandbox.pythonCommand(
                    "prefix.py", "work", directory.toString(), number, log.toString()));
        Child copy =
            sandbox.start(
                sandbox.home(),
                sandbox.pythonCommand(
                    "copy.py", source().toString(), target.toString(), copyLog.toString()))) {
      awaitLines(log);
      awaitLines(copyLog);
      Thread.sleep(new Random(seed).nextInt(MAX_DELAY_MILLIS));
      sandbox.killDaemon();
      work.await(Sandbox.COMMAND_TIMEOUT).orFail();
      copy.await(Sandbox.COMMAND_TIMEOUT).orFail();
    }
    sandbox.zonefsj("umount", sandbox.mountPoint().toString()).orFail();
    assertThat(sandbox.isMounted()).isFalse();
    sandbox.fsck();
    sandbox.mount();
    String answer =
        sandbox
            .run(
                sandbox.pythonCommand(
                    "prefix.py", "verify", directory.toString(), number, log.toString()))
            .orFail();
    verifyCopy(target, copyLog);
    Files.delete(target);
    return answer;
  }

  private static void awaitLines(Path log) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + START_TIMEOUT.toNanos();
    while (Files.readAllLines(log).size() < MIN_SYNCS) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("only " + Files.readAllLines(log).size() + " fsyncs: " + log);
      }
      Thread.sleep(POLL_MILLIS);
    }
  }

  /** All that was synced is there, and what follows is of the source or not there. */
  private void verifyCopy(Path target, Path copyLog) throws IOException, InterruptedException {
    List<String> lines = Files.readAllLines(copyLog);
    long synced = Long.parseLong(lines.get(lines.size() - 1));
    String script =
        """
        set -eu
        size=$(stat -c %%s "$1")
        # The last truncate may be in, and nothing after it.
        [ "$size" -ge %d ] || [ "$size" -lt 3145728 ]
        while :; do cat "$2" 2> /dev/null || break; done | head -c "$size" | cmp - "$1"
        """
            .formatted(synced);
    sandbox
        .run(List.of("bash", "-c", script, "test", target.toString(), source().toString()))
        .orFail();
  }

  @Override
  public void close() throws IOException {
    sandbox.end();
  }
}
