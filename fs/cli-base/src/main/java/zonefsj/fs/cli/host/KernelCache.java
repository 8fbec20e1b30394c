// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Data of a mount that the kernel holds and the daemon has not received: dirty pages of mapped
 * files.
 */
public final class KernelCache {
  private static final Duration TIMEOUT = Duration.ofMinutes(30);

  /** What is done while the kernel writes. */
  @FunctionalInterface
  public interface Waiting {
    /** Does it. The wait ends if this fails. */
    void step() throws IOException;
  }

  private KernelCache() {}

  /**
   * Makes the kernel write its dirty pages to the daemon. syncfs(2) does that on a FUSE mount, too,
   * but does not tell the daemon to make them durable. A daemon that is stopped receives nothing.
   *
   * @param eachSecond is called while that takes; if it fails, the wait ends
   */
  public static void writeBack(Path mountPoint, Waiting eachSecond) throws IOException {
    SystemCommand.Outcome outcome =
        SystemCommand.run(
            TIMEOUT, List.of("sync", "--file-system", "--", mountPoint.toString()), eachSecond);
    if (!outcome.succeeded()) {
      throw new UserError(
          mountPoint + ": the kernel could not write its pages back: " + outcome.words());
    }
  }
}
