package zonefsj.fs.volume.state;

import java.time.InstantSource;
import java.util.UUID;
import java.util.function.LongSupplier;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.data.ChunkWriter;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.fs.data.VerifiedReader;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.tree.BatchGate;
import zonefsj.fs.tree.InodeLocks;
import zonefsj.fs.tree.MetadataView;
import zonefsj.fs.volume.stored.RootLog;
import zonefsj.journal.Journal;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneUsage;

/**
 * The parts of a mounted volume that work together; each is thread-safe by its own rules.
 *
 * @param device the drive
 * @param filesystem UUID
 * @param plan how the zones are shared out
 * @param allocator hands out zones
 * @param usage what zones hold
 * @param index the metadata as of the last applied batch
 * @param gate the pending batches
 * @param view the metadata as of the last operation
 * @param locks by inode
 * @param counters inode numbers
 * @param memory for dirty data
 * @param chunks puts data into zones
 * @param reader reads data back
 * @param space what is accepted
 * @param journal the redo log
 * @param roots the superblock log
 * @param health what went wrong
 * @param lost which ranges of files are lost
 * @param clock tells the time
 * @param elapsedMillis milliseconds since some instant, for intervals
 */
public record VolumeParts(
    ZonedDevice device,
    UUID filesystem,
    SpacePlan plan,
    ZoneAllocator allocator,
    ZoneUsage usage,
    MetadataStore index,
    BatchGate gate,
    MetadataView view,
    InodeLocks locks,
    Counters counters,
    DirtyMemory memory,
    ChunkWriter chunks,
    VerifiedReader reader,
    SpaceAccount space,
    Journal journal,
    RootLog roots,
    VolumeHealth health,
    LostRanges lost,
    InstantSource clock,
    LongSupplier elapsedMillis) {

  /** Milliseconds since some instant; nobody sets this clock. */
  public long now() {
    return elapsedMillis.getAsLong();
  }
}
