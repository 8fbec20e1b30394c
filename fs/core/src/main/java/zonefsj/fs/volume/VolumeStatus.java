// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * A live volume at one instant, for {@code zonefs-j status}.
 *
 * @param uuid of the filesystem
 * @param label of the filesystem, may be empty
 * @param readOnly mounted or remounted read-only, turned read-only by an error, or paused
 * @param readOnlyAsked only because it was mounted or remounted so
 * @param readOnlyReason why it is read-only; empty if it is not
 * @param capacityBytes bytes that file data can ever take
 * @param liveBytes bytes in zones that extents need
 * @param freeBytes bytes of file data that can still be accepted, in pieces of at least {@link
 *     zonefsj.fs.SpaceStatistics#PIECE_BYTES}
 * @param reclaimableBytes dead bytes in written zones, which the collector can free
 * @param reservedBytes bytes accepted whose batch is not applied yet
 * @param writes what was written since the mount
 * @param zonesByRole number of zones by stream or state, also of those that no zone has:
 *     superblock, journal, checkpoint, hot, cold, gc, free, read-only, offline, conventional, …
 * @param zonesByCondition number of zones by what the volume may do with them, also of conditions
 *     that no zone has: empty, active, full, changing, read-only, offline, conventional
 * @param commits commits since the mount
 * @param journalBytes journal that a mount would replay now
 * @param checkpoints checkpoints since the mount
 * @param collector the collector, and what it works on
 * @param scrub progress and findings of the newest scrub, as text
 * @param repairs what was repaired from another copy of the drive
 * @param caches names of caches, and their hit rate and size as text
 * @param errors errors since the mount: the newest of the volume, then the newest of files; each
 *     newest last
 * @param lostRanges number of known lost ranges of files, found in this mount or earlier ones
 * @param lostData these ranges as text, the newest last; with many, not all of them
 */
public record VolumeStatus(
    UUID uuid,
    String label,
    boolean readOnly,
    boolean readOnlyAsked,
    String readOnlyReason,
    long capacityBytes,
    long liveBytes,
    long freeBytes,
    long reclaimableBytes,
    long reservedBytes,
    WriteStatus writes,
    Map<String, Integer> zonesByRole,
    Map<String, Integer> zonesByCondition,
    long commits,
    long journalBytes,
    long checkpoints,
    CollectorStatus collector,
    String scrub,
    RepairStatus repairs,
    Map<String, String> caches,
    List<String> errors,
    long lostRanges,
    List<String> lostData) {}
