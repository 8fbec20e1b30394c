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
 * @param readOnly mounted read-only, or turned so by an error
 * @param readOnlyReason why it was turned read-only; empty otherwise
 * @param capacityBytes bytes that file data can ever take
 * @param liveBytes bytes that files take
 * @param freeBytes bytes that can be written at once, in empty zones
 * @param reclaimableBytes dead bytes in written zones, the collector's to free
 * @param reservedBytes bytes accepted but not yet on the drive
 * @param hostBytesWritten bytes that applications wrote since the mount
 * @param deviceBytesWritten bytes that the drive was given since the mount, everything counted
 * @param zonesByRole how many zones serve what: superblock, journal, checkpoint, hot, cold, gc,
 *     free, read-only, offline
 * @param commits commits since the mount
 * @param journalBytes journal that a mount would replay now
 * @param checkpoints checkpoints since the mount
 * @param gcState idle, working, urgent
 * @param gcBytesCopied live bytes that the collector moved since the mount
 * @param gcZonesReset zones that were reset since the mount
 * @param gcLastVictims one line each: zone, live bytes, reason
 * @param scrub how far the newest scrub is and what it found, in words
 * @param caches name of a cache, and its hit rate and size in words
 * @param errors what went wrong since the mount: the newest with the volume, then the newest with
 *     files; each newest last
 * @param lostData which ranges of files are lost, as far as anybody tried to read them, in this
 *     mount or earlier ones; newest last
 */
public record VolumeStatus(
    UUID uuid,
    String label,
    boolean readOnly,
    String readOnlyReason,
    long capacityBytes,
    long liveBytes,
    long freeBytes,
    long reclaimableBytes,
    long reservedBytes,
    long hostBytesWritten,
    long deviceBytesWritten,
    Map<String, Integer> zonesByRole,
    long commits,
    long journalBytes,
    long checkpoints,
    String gcState,
    long gcBytesCopied,
    long gcZonesReset,
    List<String> gcLastVictims,
    String scrub,
    Map<String, String> caches,
    List<String> errors,
    List<String> lostData) {

  /** Bytes written to the drive per byte written by applications; 0 before the first write. */
  public double writeAmplification() {
    return hostBytesWritten == 0 ? 0 : (double) deviceBytesWritten / hostBytesWritten;
  }
}
