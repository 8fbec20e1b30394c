// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.util.Optional;
import zonefsj.fs.HostException;
import zonefsj.fs.meta.memory.BufferingMetadataStore;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.journal.Journal;

/**
 * Tracks what the index on the host has not taken because the host's disk is full or fails: changes
 * are buffered in memory, and the journal cannot be shortened. The drive has everything, so the
 * mount goes on. Both are bounded; before a bound is reached, no more changes are admitted until
 * the host has taken the waiting ones.
 *
 * <p>Thread-safe; {@link #drainIfDue} and {@link #applied} are called under the commit lock.
 */
public final class IndexBackpressure {
  /** The reason in {@code status}. */
  static final String REASON = "the index on the host takes no changes (the drive is not affected)";

  /** Half of the memory for changes is kept for those that are already admitted. */
  private static final int ADMISSION_SHARE = 2;

  private static final int ADMITTED_RECORDS = 2;

  /**
   * Part of the journal's limit by which it may grow before no more changes are admitted. Those
   * that are already admitted take two records, each at most a quarter of the limit.
   */
  private static final int GROWTH_IN_LIMIT = 8;

  private final BufferingMetadataStore buffered;
  private final Journal journal;
  private final long journalLimitBytes;
  private final VolumeHealth health;
  private boolean toldOfHeld;

  /** Why changes are refused when the journal is full, after an image failed; empty if none did. */
  private String withoutImage = "";

  /**
   * @param buffered the buffered changes, beneath any other layer in front of the index
   * @param journalLimitBytes length from which on a checkpoint is due
   */
  public IndexBackpressure(
      BufferingMetadataStore buffered,
      Journal journal,
      long journalLimitBytes,
      VolumeHealth health) {
    this.buffered = buffered;
    this.journal = journal;
    this.journalLimitBytes = journalLimitBytes;
    this.health = health;
  }

  /** The changes that are buffered in memory; empty if the index has taken all. */
  public Optional<BufferingMetadataStore.BufferedChanges> buffered() {
    return buffered.buffered();
  }

  /**
   * Memory for the next record, if the host does not take it, and for the deletes that its batch
   * did not count. What batches count is left for this one and the one that is admitted meanwhile.
   */
  long heldBytesForDeletes(long longestRecordBytes) {
    return buffered.freeBytes() - ADMITTED_RECORDS * longestRecordBytes;
  }

  /** Whether {@link #drainIfDue} has anything to do. */
  synchronized boolean isHeldUp() {
    return toldOfHeld || buffered.hasFailed() || buffered.buffered().isPresent();
  }

  /**
   * Passes the buffered changes to the host, if it takes them now; at most once a second. Notes
   * whether it does.
   */
  void drainIfDue() throws IOException {
    buffered.drainIfDue();
    applied();
  }

  /**
   * Passes the buffered changes to the host now.
   *
   * @throws HostException if the host does not take them
   */
  void drainNow() throws IOException {
    buffered.drainNow();
    applied();
    buffered.checkDrained();
  }

  /** Notes that a batch was applied, or buffered. */
  synchronized void applied() {
    Optional<BufferingMetadataStore.BufferedChanges> now = buffered.buffered();
    if (now.isPresent() != toldOfHeld) {
      toldOfHeld = now.isPresent();
      if (now.isPresent()) {
        health.report(REASON + "; they wait in memory: " + now.get().why());
      } else {
        health.note("the index on the host takes changes again");
      }
    }
    admit();
  }

  /** Whether the last image failed, other than by a lack of zones. */
  synchronized boolean imageHasFailed() {
    return !withoutImage.isEmpty();
  }

  /** Notes that the host took no image of the index. */
  synchronized void imageFailed(HostException why) {
    if (!imageHasFailed() && buffered.buffered().isEmpty()) {
      health.report("a checkpoint waits (the drive is not affected): " + why.getMessage());
    }
    withoutImage = REASON;
    admit();
  }

  /** Notes that an image failed on a mount that continues after errors. */
  synchronized void checkpointFailed(IOException why) {
    if (!imageHasFailed()) {
      health.report("a checkpoint failed: " + why.getMessage());
    }
    withoutImage = "checkpoints fail, and the journal has no room without one";
    admit();
  }

  /** Notes that the host did its part for an image, whatever happened on the drive. */
  synchronized void imageTaken() {
    withoutImage = "";
    admit();
  }

  private void admit() {
    Optional<BufferingMetadataStore.BufferedChanges> now = buffered.buffered();
    boolean memoryIsFull =
        now.isPresent() && now.get().bytes() > now.get().mostBytes() / ADMISSION_SHARE;
    boolean journalIsFull =
        imageHasFailed()
            && journal.lengthBytes() > journalLimitBytes + journalLimitBytes / GROWTH_IN_LIMIT;
    if (memoryIsFull || journalIsFull) {
      health.pause(memoryIsFull ? REASON : withoutImage);
    } else if (now.isEmpty() && !imageHasFailed()) {
      health.resume();
    }
  }
}
