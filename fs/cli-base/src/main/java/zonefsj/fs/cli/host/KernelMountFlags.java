// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.host;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Mount flags that the kernel keeps, like ro and noexec. */
public final class KernelMountFlags {
  private static final Duration TIMEOUT = Duration.ofMinutes(5);

  private KernelMountFlags() {}

  /**
   * Changes flags of a live mount. The kernel writes its dirty pages back before the mount turns
   * read-only.
   */
  public static void change(Path mountPoint, List<String> flags) throws IOException {
    SystemCommand.Outcome outcome =
        SystemCommand.run(
            TIMEOUT,
            List.of(
                "mount",
                "--internal-only",
                "-o",
                "remount," + String.join(",", flags),
                "--",
                mountPoint.toString()));
    if (!outcome.succeeded()) {
      throw new UserError(
          mountPoint + " cannot be changed to " + String.join(",", flags) + ": " + outcome.words());
    }
  }
}
