package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.util.Optional;
import zonefsj.fs.HostException;
import zonefsj.fs.meta.memory.HoldingMetadataStore;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.journal.Journal;

/**
 * What the index on the host has not taken, for its disk is full or fails: changes are held in
 * memory, and the journal cannot be made shorter. The drive has everything, so the mount goes on;
 * both are bounded, and before a bound is reached no more changes are let in until the host has
 * taken what waits.
 *
 * <p>Thread-safe; {@link #handOn} and {@link #applied} are called under the commit lock.
 */
public final class IndexBacklog {
  /** Why, in status. */
  static final String REASON = "the index on the host takes no changes (the drive is well)";

  /** Of the memory for changes, half is for those that were let in before. */
  private static final int LET_IN_SHARE = 2;

  /**
   * Part of the journal's limit by which it may grow before no more changes are let in; those that
   * were let in before are two records, each a quarter of the limit at most.
   */
  private static final int GROWTH_IN_LIMIT = 8;

  private final HoldingMetadataStore held;
  private final Journal journal;
  private final long journalLimitBytes;
  private final VolumeHealth health;
  private boolean toldOfHeld;
  private boolean imageFailed;

  /**
   * @param held the changes, beneath whatever else is in front of the index
   * @param journalLimitBytes length from which on a checkpoint is due
   */
  public IndexBacklog(
      HoldingMetadataStore held, Journal journal, long journalLimitBytes, VolumeHealth health) {
    this.held = held;
    this.journal = journal;
    this.journalLimitBytes = journalLimitBytes;
    this.health = health;
  }

  /** The changes that are held in memory; empty if the index has taken all. */
  public Optional<HoldingMetadataStore.Held> held() {
    return held.held();
  }

  /** Hands on what is held, if the host takes it now, once a second at most. */
  void handOn() throws IOException {
    if (held.handOn()) {
      applied();
    }
  }

  /**
   * Hands on what is held, now.
   *
   * @throws HostException if the host does not take it
   */
  void handOnNow() throws IOException {
    held.handOnNow();
    applied();
    held.checkNothingIsHeld();
  }

  /** A batch was applied, and may be held. */
  synchronized void applied() {
    Optional<HoldingMetadataStore.Held> now = held.held();
    if (now.isPresent() != toldOfHeld) {
      toldOfHeld = now.isPresent();
      if (now.isPresent()) {
        health.report(REASON + "; they wait in memory: " + now.get().why());
      } else {
        health.note("the index on the host takes changes again");
      }
    }
    letIn();
  }

  /** Whether the host failed the last image. */
  synchronized boolean imageHasFailed() {
    return imageFailed;
  }

  /** The host took no image of the index. */
  synchronized void imageFailed(HostException why) {
    if (!imageFailed && held.held().isEmpty()) {
      health.report("a checkpoint waits (the drive is well): " + why.getMessage());
    }
    imageFailed = true;
    letIn();
  }

  /** The host did its part for an image, whatever became of that on the drive. */
  synchronized void imageTaken() {
    imageFailed = false;
    letIn();
  }

  private void letIn() {
    Optional<HoldingMetadataStore.Held> now = held.held();
    boolean memoryIsFull =
        now.isPresent() && now.get().bytes() > now.get().mostBytes() / LET_IN_SHARE;
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
