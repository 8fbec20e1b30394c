// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.volume.commit.Committer;
import zonefsj.fs.volume.reclaim.CollectionForRoom;
import zonefsj.fs.volume.reclaim.WriterThrottle;
import zonefsj.fs.volume.state.RequestCalls;
import zonefsj.fs.volume.state.VolumeHealth;

/** Makes room for waiting writers, by all means of a volume. Thread-safe. */
public final class VolumeReclaimer implements WriteAdmission.Reclaimer {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeReclaimer.class);

  /** Long for the kernel; a full drive may take this long to return ENOSPC. */
  private static final Duration DELETION_TIMEOUT = Duration.ofMillis(200);

  /** Bytes of writers that wait for nothing arrive in memory within about this time. */
  private static final Duration WRITERS_INTERVAL = Duration.ofMillis(1);

  private final CollectionForRoom forRoom;
  private final WriterThrottle throttle;
  private final Committer committer;
  private final OpenFiles open;
  private final LargeDeletions large;
  private final RequestCalls calls;
  private final VolumeHealth health;
  private final boolean paced;

  /**
   * @param forRoom frees zones
   * @param throttle slows writers down
   * @param committer commits, so that deleted data count as free, and makes the index shorter
   * @param open tells when inodes without a name end
   * @param large tells whether a large one will end
   * @param calls collect for threads that must not wait without a limit
   * @param health tells whether changes are refused
   * @param paced whether writers help the collector when room is short
   */
  public VolumeReclaimer(
      CollectionForRoom forRoom,
      WriterThrottle throttle,
      Committer committer,
      OpenFiles open,
      LargeDeletions large,
      RequestCalls calls,
      VolumeHealth health,
      boolean paced) {
    this.forRoom = forRoom;
    this.throttle = throttle;
    this.committer = committer;
    this.open = open;
    this.large = large;
    this.calls = calls;
    this.health = health;
    this.paced = paced;
  }

  @Override
  public boolean makeRoom() throws ErrnoException, IOException, InterruptedException {
    if (health.isStopped() || health.isReadOnly()) {
      // A pause may end; what else refuses changes refuses those that wait, too.
      health.checkWritable();
    }
    return calls.call(() -> forRoom.makeRoom(committer) || committer.awaitImageWithLastZones());
  }

  @Override
  public boolean isCheckpointHeldUp() {
    return committer.isCheckpointHeldUp();
  }

  @Override
  public void checkDriveNow() throws IOException {
    calls.checkDriveNow();
  }

  @Override
  public void throttle(long bytes) throws IOException, InterruptedException {
    if (paced && throttle.throttles()) {
      calls.call(
          () -> {
            throttle.throttle(bytes);
            return true;
          });
    }
  }

  @Override
  public void awaitWriters() throws InterruptedException {
    Thread.sleep(WRITERS_INTERVAL.toMillis());
  }

  @Override
  public void commitPending() {
    try {
      committer.commit();
    } catch (IOException failed) {
      LOG.debug("the commit for room failed; the writer will hear of it", failed);
    }
  }

  @Override
  public void shrinkMetadata() {
    if (health.isStopped()) {
      return;
    }
    try {
      committer.commitAndShrinkIndex();
    } catch (IOException failed) {
      LOG.warn("the index cannot be made shorter", failed);
    }
  }

  @Override
  public long deletions() {
    return open.ended();
  }

  @Override
  public long largeDeletions() {
    return large.requested();
  }

  @Override
  public boolean isDeleting(long first) {
    return large.isDeleting(first);
  }

  @Override
  public boolean awaitDeletion(long seen, BooleanSupplier mayWait)
      throws IOException, InterruptedException {
    calls.checkDrive();
    boolean hasEnded = open.awaitEnd(seen, DELETION_TIMEOUT);
    while (!hasEnded && mayWait.getAsBoolean() && large.awaitProgress(DELETION_TIMEOUT)) {
      calls.checkDrive();
      hasEnded = open.ended() != seen;
    }
    return hasEnded;
  }
}
