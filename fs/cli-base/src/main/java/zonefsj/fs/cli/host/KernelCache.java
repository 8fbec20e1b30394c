// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import zonefsj.fs.ProgressListener;

/**
 * Data of a mount that the kernel holds and the daemon has not received: dirty pages of mapped
 * files.
 */
public final class KernelCache {
  private static final Duration TIMEOUT = Duration.ofMinutes(30);

  private KernelCache() {}

  /**
   * Makes the kernel write its dirty pages to the daemon. syncfs(2) does that on a FUSE mount, too,
   * but does not tell the daemon to make them durable.
   */
  public static void writeBack(Path mountPoint, ProgressListener progress) throws IOException {
    SystemCommand.Outcome outcome =
        SystemCommand.run(
            TIMEOUT,
            List.of("sync", "--file-system", "--", mountPoint.toString()),
            () -> progress.progress("waiting for what the kernel holds", -1, -1));
    if (!outcome.succeeded()) {
      throw new UserError(
          mountPoint + ": the kernel could not write its pages back: " + outcome.words());
    }
  }
}
