// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.block.IoFlusher;

/**
 * Keeps a daemon alive and able to work when memory is short: whoever waits for it could otherwise
 * wait for ever.
 */
final class SelfProtection {
  private static final Logger LOG = LoggerFactory.getLogger(SelfProtection.class);
  private static final Path OOM_SCORE = Path.of("/proc/self/oom_score_adj");

  /** Killed only after nearly everything else; its memory is bounded by its options. */
  private static final String LATE_VICTIM = "-900";

  private SelfProtection() {}

  /**
   * Before a daemon is started: every thread of it inherits what this one is, those of the Java
   * machine itself included, which a daemon could not reach any more.
   */
  static void beforeStart() {
    IoFlusher.become();
  }

  /** In the daemon, before it starts threads. */
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
