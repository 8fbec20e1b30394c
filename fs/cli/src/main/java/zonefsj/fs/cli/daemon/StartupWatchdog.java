// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.daemon;

import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.cli.control.ControlReply;

/**
 * Notices that a mount makes no progress: the command then repeats the last step with its age, and
 * each minute the log has the stack of the thread that mounts. Nothing is ended: a drive may take
 * any time for a flush, and the user can cancel the command.
 *
 * <p>Thread-safe.
 */
final class StartupWatchdog {
  private static final Logger LOG = LoggerFactory.getLogger(StartupWatchdog.class);
  private static final Duration REPEATED_AFTER = Duration.ofSeconds(5);
  private static final Duration LOG_INTERVAL = Duration.ofMinutes(1);
  private static final int MOST_FRAMES = 40;

  private final Thread mounting;
  private ControlReply.Progress step = new ControlReply.Progress("starting", -1, -1);
  private long stepNanos = System.nanoTime();
  private long loggedNanos = stepNanos;

  /**
   * @param mounting the thread that mounts
   */
  StartupWatchdog(Thread mounting) {
    this.mounting = mounting;
  }

  /** The mount made progress. */
  synchronized void step(ControlReply.Progress progress) {
    step = progress;
    stepNanos = System.nanoTime();
    loggedNanos = stepNanos;
  }

  /** The last step, if it is to be repeated now. Call it about once a second. */
  synchronized Optional<ControlReply.Progress> repeated() {
    long now = System.nanoTime();
    if (now - loggedNanos >= LOG_INTERVAL.toNanos()) {
      loggedNanos = now;
      long seconds = Duration.ofNanos(now - stepNanos).toSeconds();
      LOG.warn("{}: no progress for {} s, at {}", step.what(), seconds, stack());
    }
    return now - stepNanos >= REPEATED_AFTER.toNanos() ? Optional.of(step) : Optional.empty();
  }

  private String stack() {
    return Arrays.stream(mounting.getStackTrace())
        .limit(MOST_FRAMES)
        .map(StackTraceElement::toString)
        .collect(Collectors.joining(" < "));
  }
}
