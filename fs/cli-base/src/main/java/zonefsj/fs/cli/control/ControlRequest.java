// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.control;

import java.util.Map;

/**
 * A request of a command to a daemon.
 *
 * @param action what to do
 * @param settings of the action; empty for most
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

  /** The actions of a daemon. */
  public enum Action {
    /** Answers with the status. */
    STATUS,
    /** Answers with one item for each zone, and with the facts of the drive. */
    ZONES,
    /** Makes everything durable. */
    SYNC,
    /**
     * Runs garbage collection now. Setting: {@code until}, the share of free zones in per cent at
     * which it ends. The collection stops when the client disconnects.
     */
    GC,
    /**
     * Rewrites files that lie scattered on the drive. Answers with {@code examined_bytes}, {@code
     * rewritten_bytes}, {@code finished} and {@code lacks_room}. It stops when the client
     * disconnects.
     */
    DEFRAG,
    /**
     * Verifies all checksums. Settings: {@code rate}, in bytes per second, and {@code start_over}.
     * The scrub stops when the client disconnects.
     */
    SCRUB,
    /**
     * Opens the drive again, and takes all its zones into use. Settings: {@code spec}, the drive
     * from now on, and {@code force}. Answers with the numbers of zones {@code before} and {@code
     * after}.
     */
    GROW,
    /**
     * Empties the last zones and gives them up. Setting: {@code zones}, the number to keep. The
     * filesystem keeps all when the client disconnects before the end. Answers as {@link #GROW}.
     */
    SHRINK,
    /** Changes options: values by name, a flag has an empty one. All are changed, or none. */
    SET,
    /**
     * Lets go of a member of a mirror, or of the whole drive. Setting: {@code member}, the SPEC of
     * the member; without it, the drive.
     */
    EJECT,
    /** Takes back what was ejected: members of mirrors, the drive. */
    ADMIT,
    /** Answers with counters and latencies. */
    COUNTERS,
    /** Answers with a picture of the zones. Setting: {@code cells}, how many at most. */
    ZONE_MAP,
    /** Answers with {@code text}: the metrics in the format of Prometheus. */
    METRICS,
    /** Makes everything durable, and refuses changes from then on. */
    FREEZE,
    /** Admits changes again. */
    THAW,
    /**
     * Makes everything durable and sends an item {@code durable}. Sends the end of the answer when
     * the filesystem has been unmounted and is closed. Until the kernel has ended the mount, sends
     * an item {@code held_by} every second.
     */
    UMOUNT
  }
}
