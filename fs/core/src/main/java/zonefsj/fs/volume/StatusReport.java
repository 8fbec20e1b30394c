package zonefsj.fs.volume;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.meta.CachingMetadataStore;
import zonefsj.fs.volume.commit.IndexBacklog;
import zonefsj.fs.volume.state.FileNamer;
import zonefsj.fs.volume.state.VolumeParts;
import zonefsj.gc.GcSnapshot;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneStream;

/** Puts together what {@code status} shows. Costs one pass over the zones. */
final class StatusReport {
  private static final Logger LOG = LoggerFactory.getLogger(StatusReport.class);

  private final VolumeParts parts;
  private final CachingMetadataStore cache;
  private final IndexBacklog backlog;

  StatusReport(VolumeParts parts, CachingMetadataStore cache, IndexBacklog backlog) {
    this.parts = parts;
    this.cache = cache;
    this.backlog = backlog;
  }

  VolumeStatus of(
      GcSnapshot gc,
      long commits,
      long checkpoints,
      String scrub,
      long hostBytes,
      long deviceBytes) {
    Map<String, Integer> roles = new TreeMap<>();
    long written = 0;
    for (ZoneState zone : parts.allocator().states()) {
      roles.merge(roleOf(zone), 1, Integer::sum);
      ZoneStream stream = zone.stream();
      if (stream != null && stream.isData()) {
        written += zone.writtenBytes();
      }
    }
    long live = parts.usage().totalLiveBytes();
    String readOnlyReason = parts.health().readOnlyReason();
    return new VolumeStatus(
        parts.roots().current().uuid(),
        parts.roots().current().facts().label(),
        !readOnlyReason.isEmpty(),
        readOnlyReason,
        parts.plan().usableBytes(),
        live,
        parts.space().availableBytes(),
        Math.max(0, written - live),
        parts.space().claimedBytes(),
        hostBytes,
        deviceBytes,
        roles,
        commits,
        parts.journal().lengthBytes(),
        checkpoints,
        gc.state(),
        gc.bytesCopied(),
        gc.zonesReset(),
        gc.lastVictims(),
        scrub,
        caches(),
        parts.health().errors(),
        lostData());
  }

  private List<String> lostData() {
    try {
      parts.lost().settle();
    } catch (IOException failed) {
      LOG.warn("what is lost cannot be compared with the index", failed);
    }
    return parts.lost().lines(new FileNamer(parts.view()));
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
    caches.put("dirty data", parts.memory().usedBytes() + " bytes");
    caches.put(
        "pending changes",
        String.format(
            Locale.ROOT,
            "%d bytes of %d, at most %d",
            parts.memory().pendingBytes(),
            parts.memory().limitBytes(),
            parts.memory().highestPendingBytes()));
    backlog
        .held()
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

  /** What a zone serves, in a word. */
  static String roleOf(ZoneState zone) {
    ZoneStream stream = zone.stream();
    String served = stream == null ? "" : stream.name().toLowerCase(Locale.ROOT);
    return switch (zone.use()) {
      case FREE -> "free";
      case READ_ONLY -> "read-only";
      case OFFLINE -> "offline";
      case CONVENTIONAL -> stream == null ? "conventional" : served;
      case HANDLE, PARTIAL, SEALED, CHANGING -> stream == null ? "free" : served;
    };
  }
}
