// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume;

import java.io.IOException;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.MediumPresence;
import zonefsj.device.MediumRoom;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.fs.meta.CachingMetadataStore;
import zonefsj.fs.tree.MetadataView;
import zonefsj.fs.volume.commit.IndexBackpressure;
import zonefsj.fs.volume.operations.LargeDeletions;
import zonefsj.fs.volume.state.DriveZones;
import zonefsj.fs.volume.state.FileNamer;
import zonefsj.fs.volume.state.LostRanges;
import zonefsj.fs.volume.state.SpaceAccount;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.fs.volume.stored.SuperblockLog;
import zonefsj.gc.AmplificationBounds;
import zonefsj.gc.GcSnapshot;
import zonefsj.gc.UpdateSkew;
import zonefsj.journal.Journal;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneStream;

/** Assembles the output of {@code status}. Costs one pass over the zones. */
final class StatusReport {
  private static final Logger LOG = LoggerFactory.getLogger(StatusReport.class);

  private final DriveZones drive;
  private final MetadataView view;
  private final Journal journal;
  private final SuperblockLog superblockLog;
  private final SpaceAccount space;
  private final DirtyMemory memory;
  private final LostRanges lost;
  private final VolumeHealth health;
  private final CachingMetadataStore cache;
  private final IndexBackpressure backpressure;
  private final LargeDeletions deletions;
  private final WriteTraffic traffic;
  private final Supplier<RepairStatus> repairs;
  private final InstantSource clock;

  StatusReport(
      DriveZones drive,
      MetadataView view,
      Journal journal,
      SuperblockLog superblockLog,
      SpaceAccount space,
      DirtyMemory memory,
      LostRanges lost,
      VolumeHealth health,
      CachingMetadataStore cache,
      IndexBackpressure backpressure,
      LargeDeletions deletions,
      WriteTraffic traffic,
      Supplier<RepairStatus> repairs,
      InstantSource clock) {
    this.drive = drive;
    this.view = view;
    this.journal = journal;
    this.superblockLog = superblockLog;
    this.space = space;
    this.memory = memory;
    this.lost = lost;
    this.health = health;
    this.cache = cache;
    this.backpressure = backpressure;
    this.deletions = deletions;
    this.traffic = traffic;
    this.repairs = repairs;
    this.clock = clock;
  }

  /** A read-only mount has no commit and no watch that notices it. */
  private void noteLossOfDrive() {
    String loss = health.isReadOnly() ? MediumPresence.lossOf(drive.device()) : "";
    if (!loss.isEmpty()) {
      health.driveIsLost(loss);
    }
  }

  VolumeStatus of(GcSnapshot gc, long commits, long checkpoints, String scrub) {
    // First: it may have to read the index.
    List<String> lostData = lostData();
    noteLossOfDrive();
    ZoneWords.Census census = new ZoneWords.Census();
    FillHistogram fill = new FillHistogram(clock.millis());
    UpdateSkew.Sum updates = new UpdateSkew.Sum();
    long written = 0;
    int zones = drive.device().geometry().zoneCount();
    for (ZoneState zone : drive.allocator().states()) {
      if (zone.zone() >= zones) {
        continue;
      }
      census.add(zone);
      ZoneStream stream = zone.stream();
      if (stream != null && stream.isData()) {
        written += zone.writtenBytes();
        updates.add(drive.usage().liveBytes(zone.zone()), drive.usage().updateRate(zone.zone()));
        if (zone.use() == Use.FILLED || zone.use() == Use.PARTIAL) {
          fill.add(
              (double) drive.usage().footprintBytes(zone.zone()) / zone.capacityBytes(),
              drive.usage().lastWriteMillis(zone.zone()));
        }
      }
    }
    Map<String, Integer> roles = census.roles();
    int beyond = MediumRoom.of(drive.device()) - zones;
    if (beyond > 0) {
      roles.put("beyond the filesystem", beyond);
    }
    long live = drive.usage().totalLiveBytes();
    double utilization = space.utilization();
    boolean hasBound = utilization > 0 && utilization < 1;
    UpdateSkew skew = updates.estimate();
    String readOnlyReason =
        health.readOnlyReason().isEmpty() && health.isFrozen()
            ? "it is remounted read-only"
            : health.readOnlyReason();
    return new VolumeStatus(
        superblockLog.current().uuid(),
        superblockLog.current().facts().label(),
        !readOnlyReason.isEmpty(),
        health.isReadOnlyAsAsked(),
        readOnlyReason,
        space.plan().usableBytes(),
        live,
        space.availableBytes(),
        Math.max(0, written - live),
        space.reservedBytes(),
        writes(),
        roles,
        census.conditions(),
        commits,
        journal.lengthBytes(),
        checkpoints,
        new CollectorStatus(
            // What a freeze or an error has ended half-way does not go on.
            readOnlyReason.isEmpty() ? gc.state() : "idle",
            gc.bytesMoved(),
            gc.zonesReset(),
            utilization,
            hasBound ? AmplificationBounds.uniform(utilization) : 0,
            skew,
            hasBound ? skew.bound(utilization) : 0,
            fill.classes(),
            gc.lastVictims()),
        scrub,
        repairs.get(),
        caches(),
        health.errors(),
        lost.count(),
        lostData);
  }

  private WriteStatus writes() {
    Map<String, Long> bytes = new LinkedHashMap<>();
    for (ZoneStream stream : ZoneStream.values()) {
      bytes.put(ZoneWords.of(stream), drive.allocator().writtenBytes(stream));
    }
    return new WriteStatus(traffic.total(), bytes, traffic.recent());
  }

  private List<String> lostData() {
    try {
      lost.settle();
    } catch (IOException failed) {
      LOG.warn("what is lost cannot be compared with the index", failed);
    }
    return lost.lines(new FileNamer(view));
  }

  private Map<String, String> caches() {
    CachingMetadataStore.CacheStatistics statistics = cache.statistics();
    Map<String, String> caches = new LinkedHashMap<>();
    caches.put(
        "metadata",
        String.format(
            Locale.ROOT,
            "%.1f%% of %d hits, %d entries",
            statistics.hitRate() * 100,
            statistics.hits() + statistics.misses(),
            statistics.entries()));
    caches.put("dirty data", memory.usedBytes() + " bytes");
    caches.put(
        "pending changes",
        String.format(
            Locale.ROOT,
            "%d bytes of %d, at most %d",
            memory.pendingBytes(),
            memory.limitBytes(),
            memory.highestPendingBytes()));
    if (deletions.pending() > 0) {
      caches.put("large files", deletions.pending() + " are being deleted");
    }
    backpressure
        .buffered()
        .ifPresent(
            waiting ->
                caches.put(
                    "changes that wait for the host",
                    String.format(
                        Locale.ROOT,
                        "%d keys, %d bytes of %d",
                        waiting.keys(),
                        waiting.bytes(),
                        waiting.mostBytes())));
    return caches;
  }
}
