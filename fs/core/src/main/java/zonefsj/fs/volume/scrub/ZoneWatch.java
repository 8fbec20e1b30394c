// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.scrub;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.MediumPresence;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.fs.HostException;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.volume.commit.CheckpointScheduler;
import zonefsj.fs.volume.commit.CommitLog;
import zonefsj.fs.volume.state.DriveZones;
import zonefsj.fs.volume.state.VolumeClock;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.fs.volume.stored.SuperblockLog;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneStream;

/**
 * Notices zones that the drive turned read-only or offline. A drive does that without notice,
 * unless something accesses the zone, so all zones are reported again every few seconds, in slices.
 *
 * <p>A failed zone is retired at once. The collector moves the readable file data in it and records
 * what is lost. A checkpoint replaces journal and checkpoint data in it at once.
 *
 * <p>If the medium of the drive is lost (an image that was deleted or truncated, a drive that was
 * removed), the volume takes no more changes, and nothing is reported any more.
 *
 * <p>Used by one thread at a time. Costs one reference for each zone.
 */
public final class ZoneWatch {
  /** A slice is a report of at most 64 KiB. */
  private static final int SLICE_ZONES = 1024;

  private static final long ROUND_MILLIS = 5000;

  private static final Logger LOG = LoggerFactory.getLogger(ZoneWatch.class);

  private final DriveZones drive;
  private final SuperblockLog superblockLog;
  private final ChunkWriter chunks;
  private final VolumeHealth health;
  private final VolumeClock clock;
  private final CheckpointScheduler checkpoints;
  private final CommitLog log;
  private ZoneCondition[] known;
  private int next;
  private long roundBeganMillis;

  /**
   * @param report all zones as the mount found them
   */
  public ZoneWatch(
      DriveZones drive,
      SuperblockLog superblockLog,
      ChunkWriter chunks,
      VolumeHealth health,
      VolumeClock clock,
      CheckpointScheduler checkpoints,
      CommitLog log,
      List<ZoneDescriptor> report) {
    this.drive = drive;
    this.superblockLog = superblockLog;
    this.chunks = chunks;
    this.health = health;
    this.clock = clock;
    this.checkpoints = checkpoints;
    this.log = log;
    this.known = report.stream().map(ZoneDescriptor::condition).toArray(ZoneCondition[]::new);
    this.roundBeganMillis = clock.elapsedMillis();
  }

  /** Checks the next slice, unless the round began less than five seconds ago. */
  public void step() throws IOException {
    long now = clock.elapsedMillis();
    if (next == 0 && now - roundBeganMillis < ROUND_MILLIS) {
      return;
    }
    if (next == 0) {
      roundBeganMillis = now;
      lookAtMedium();
    }
    if (health.isDriveLost()) {
      return;
    }
    int zones = drive.device().geometry().zoneCount();
    int from = Math.min(next, zones);
    int count = Math.min(SLICE_ZONES, zones - from);
    next = from + count == zones ? 0 : from + count;
    try {
      look(from, count);
    } catch (IOException failed) {
      lookAtMedium();
      if (health.isDriveLost()) {
        return;
      }
      throw failed;
    }
    if (next == 0) {
      replaceSuperblockZone();
    }
    if (next == 0 && checkpoints.losesMetadata() && !health.isReadOnly()) {
      // The first try may have failed, and there may be no commit that tries again.
      replace(checkpoints::takeIfDue);
    }
  }

  /** What was written to a deleted file would be lost without a word, and a removed drive fails. */
  private void lookAtMedium() {
    String loss = MediumPresence.lossOf(drive.device());
    if (!loss.isEmpty()) {
      log.mediumIsLost(loss);
    }
  }

  /** Checks every zone now. */
  public void lookAtAll() throws IOException {
    int zones = drive.device().geometry().zoneCount();
    for (int from = 0; from < zones; from += SLICE_ZONES) {
      look(from, Math.min(SLICE_ZONES, zones - from));
    }
    replaceSuperblockZone();
  }

  /** Takes a checkpoint if a zone was emptied for the superblock log, to replace a failed one. */
  public void replaceSuperblockZone() throws IOException {
    if (superblockLog.canReplaceZone() && !health.isReadOnly()) {
      LOG.info("a zone was emptied for the superblock: taking a checkpoint");
      replace(checkpoints::take);
    }
  }

  private void look(int from, int count) throws IOException {
    boolean metadata = false;
    int before = known.length;
    if (from + count > before) {
      known = Arrays.copyOf(known, from + count);
    }
    for (ZoneDescriptor zone : drive.device().report(from, count)) {
      boolean failed =
          zone.condition() == ZoneCondition.READ_ONLY || zone.condition() == ZoneCondition.OFFLINE;
      if (zone.index() >= before) {
        // The filesystem has just grown, and knows of zones that had failed before.
        known[zone.index()] = zone.condition();
        metadata |= failed && !drive.allocator().isFailed(zone.index()) && noticed(zone);
      } else if (failed && known[zone.index()] != zone.condition()) {
        known[zone.index()] = zone.condition();
        metadata |= noticed(zone);
      }
    }
    if (metadata && !health.isReadOnly()) {
      LOG.warn("a zone with metadata has failed: taking a checkpoint");
      replace(checkpoints::take);
    }
  }

  /** Runs a checkpoint. It is tried again as long as metadata lie in a failed zone. */
  private static void replace(CommitLog.Step checkpoint) throws IOException {
    try {
      checkpoint.run();
    } catch (HostException host) {
      LOG.warn("the checkpoint waits: {}", host.getMessage());
    }
  }

  /** Returns whether the zone holds metadata that a checkpoint replaces. */
  private boolean noticed(ZoneDescriptor zone) throws IOException {
    ZoneState state = drive.allocator().markFailed(zone);
    chunks.closeZones(index -> index == zone.index());
    ZoneStream stream = state.stream();
    boolean gone = zone.condition() == ZoneCondition.OFFLINE;
    health.report(
        "zone "
            + zone.index()
            + " ("
            + (stream == null ? "free" : stream.name().toLowerCase(Locale.ROOT))
            + ") is "
            + (gone ? "offline: what it held is lost" : "read-only: what it holds is moved"));
    return stream == ZoneStream.JOURNAL
        || stream == ZoneStream.CHECKPOINT
        || stream == ZoneStream.SUPERBLOCK;
  }
}
