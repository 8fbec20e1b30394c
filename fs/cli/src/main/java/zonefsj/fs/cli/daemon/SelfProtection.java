// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.block.IoFlusher;

/**
 * Keeps a daemon alive and working when memory is short. Otherwise processes that wait for it could
 * wait forever.
 */
final class SelfProtection {
  private static final Logger LOG = LoggerFactory.getLogger(SelfProtection.class);
  private static final Path OOM_SCORE = Path.of("/proc/self/oom_score_adj");

  /**
   * The kernel kills nearly every other process first. The options of the daemon limit its memory.
   */
  private static final String LATE_VICTIM = "-900";

  private SelfProtection() {}

  /**
   * Call this before the start of a daemon. All its threads inherit the setting, including those of
   * the Java virtual machine, which the daemon could not reach later.
   */
  static void beforeStart() {
    IoFlusher.become();
  }

  /** Call this in the daemon, before it starts threads. */
  static void protect() {
    if (!IoFlusher.become()) {
      LOG.info(
          "without CAP_SYS_RESOURCE the kernel may make this process wait for itself when memory is"
              + " short");
    }
    try {
      Files.writeString(OOM_SCORE, LATE_VICTIM);
    } catch (IOException notPermitted) {
      LOG.info(
          "the kernel may kill this process when memory is short: {}", notPermitted.toString());
    }
  }
}
