// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.util.Optional;
import zonefsj.fs.HostException;
import zonefsj.fs.meta.memory.BufferingMetadataStore;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.journal.Journal;

/**
 * What the index on the host has not taken, for its disk is full or fails: changes are held in
 * memory, and the journal cannot be made shorter. The drive has everything, so the mount goes on;
 * both are bounded, and before a bound is reached no more changes are let in until the host has
 * taken what waits.
 *
 * <p>Thread-safe; {@link #drainIfDue} and {@link #applied} are called under the commit lock.
 */
public final class IndexBackpressure {
  /** Why, in status. */
  static final String REASON = "the index on the host takes no changes (the drive is well)";

  /** Of the memory for changes, half is for those that were let in before. */
  private static final int ADMISSION_SHARE = 2;

  /**
   * Part of the journal's limit by which it may grow before no more changes are let in; those that
   * were let in before are two records, each a quarter of the limit at most.
   */
  private static final int GROWTH_IN_LIMIT = 8;

  private final BufferingMetadataStore buffered;
  private final Journal journal;
  private final long journalLimitBytes;
  private final VolumeHealth health;
  private boolean toldOfHeld;
  private boolean imageFailed;

  /**
   * @param buffered the changes, beneath whatever else is in front of the index
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

  /** The changes that are held in memory; empty if the index has taken all. */
  public Optional<BufferingMetadataStore.BufferedChanges> buffered() {
    return buffered.buffered();
  }

  /** Hands on what is held, if the host takes it now, once a second at most. */
  void drainIfDue() throws IOException {
    if (buffered.drainIfDue()) {
      applied();
    }
  }

  /**
   * Hands on what is held, now.
   *
   * @throws HostException if the host does not take it
   */
  void drainNow() throws IOException {
    buffered.drainNow();
    applied();
    buffered.checkDrained();
  }

  /** A batch was applied, and may be held. */
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

  /** Whether the host failed the last image. */
  synchronized boolean imageHasFailed() {
    return imageFailed;
  }

  /** The host took no image of the index. */
  synchronized void imageFailed(HostException why) {
    if (!imageFailed && buffered.buffered().isEmpty()) {
      health.report("a checkpoint waits (the drive is well): " + why.getMessage());
    }
    imageFailed = true;
    admit();
  }

  /** The host did its part for an image, whatever became of that on the drive. */
  synchronized void imageTaken() {
    imageFailed = false;
    admit();
  }

  private void admit() {
    Optional<BufferingMetadataStore.BufferedChanges> now = buffered.buffered();
    boolean memoryIsFull =
        now.isPresent() && now.get().bytes() > now.get().mostBytes() / ADMISSION_SHARE;
    boolean journalIsFull =
        imageFailed
            && journal.lengthBytes() > journalLimitBytes + journalLimitBytes / GROWTH_IN_LIMIT;
    if (memoryIsFull || journalIsFull) {
      health.pause(REASON);
    } else if (now.isEmpty() && !imageFailed) {
      health.resume();
    }
  }
}
