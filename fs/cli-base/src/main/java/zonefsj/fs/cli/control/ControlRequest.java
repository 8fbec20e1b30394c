// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.util.Map;

/**
 * What a command asks of a daemon.
 *
 * @param action what to do
 * @param settings what {@link Action#SET} and {@link Action#SCRUB} are to do; otherwise empty
 */
public record ControlRequest(Action action, Map<String, String> settings) {
  /** Keeps a copy. */
  public ControlRequest {
    settings = Map.copyOf(settings);
  }

  /** A request without settings. */
  public ControlRequest(Action action) {
    this(action, Map.of());
  }

  /** What a daemon can do. */
  public enum Action {
    /** Answers with the status. */
    STATUS,
    /** Answers with every zone, an item each, and with the facts of the drive. */
    ZONES,
    /** Makes everything durable. */
    SYNC,
    /** Collects what there is to collect. */
    GC,
    /**
     * Verifies all checksums; settings {@code rate}, bytes a second, and {@code start_over}. It is
     * stopped when whoever asked goes away.
     */
    SCRUB,
    /** Changes options of the collector. */
    SET,
    /** Makes everything durable, and lets no change in any more. */
    FREEZE,
    /** Lets changes in again. */
    THAW,
    /**
     * Makes everything durable, answers with an item {@code durable}, and answers for good when
     * somebody has unmounted the filesystem and it is closed; until the kernel has ended it, with
     * an item {@code held_by} each second.
     */
    UMOUNT
  }
}
