// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.programs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Overwrites a file of 300 MB at random offsets on the drive of 2 GB, which other files fill, so
 * that the collector has to work all the time.
 */
final class MountOverwriteProof implements AutoCloseable {
  private static final int FILE_BYTES = 300_000_000;
  private static final int BALLAST_BYTES = 600_000_000;
  private static final Duration ROUND_TIMEOUT = Duration.ofMinutes(2);

  /** One byte of an application may cost so many of the drive, when it is this full. */
  private static final double MAX_AMPLIFICATION = 6;

  private final Sandbox sandbox = new Sandbox(false);

  MountOverwriteProof() throws IOException, InterruptedException {
    boolean ready = false;
    try {
      sandbox.open();
      sandbox.createDrive();
      sandbox.mount();
      sandbox
          .run(
              List.of(
                  "bash",
                  "-c",
                  "head -c "
                      + BALLAST_BYTES
                      + " /dev/urandom > mnt/ballast && sha256sum < mnt/ballast > keep/ballast.sum"))
          .orFail();
      ready = true;
    } finally {
      if (!ready) {
        sandbox.close();
      }
    }
  }

  /**
   * Runs rounds, each compared with a model, then looks at the drive as a whole.
   *
   * @param roundBytes that each overwrites
   */
  void run(int rounds, int roundBytes, long seed) throws IOException, InterruptedException {
    Path file = sandbox.mountPoint().resolve("file");
    Path model = sandbox.keep().resolve("model");
    try (Child work =
        sandbox.start(
            sandbox.home(),
            sandbox.pythonCommand(
                "overwrite.py",
                file.toString(),
                model.toString(),
                Integer.toString(FILE_BYTES),
                Integer.toString(rounds),
                Integer.toString(roundBytes),
                Long.toString(seed)))) {
      work.await(ROUND_TIMEOUT.multipliedBy(rounds)).orFail();
    }
    assertThat(sandbox.status("gc_zones_reset")).as("zones that gc has reset").isPositive();
    assertThat(sandbox.status("write_amplification"))
        .isGreaterThanOrEqualTo(1)
        .isLessThan(MAX_AMPLIFICATION);
    String status = sandbox.zonefsj("status", sandbox.mountPoint().toString()).orFail();
    assertThat(status).contains("amplification").contains("zones reset");
    sandbox.umount();
    sandbox.fsck();
    sandbox.mount();
    sandbox
        .run(
            List.of(
                "bash",
                "-c",
                "cmp mnt/file keep/model && sha256sum -c keep/ballast.sum < mnt/ballast"))
        .orFail();
  }

  @Override
  public void close() throws IOException {
    sandbox.end();
  }
}
