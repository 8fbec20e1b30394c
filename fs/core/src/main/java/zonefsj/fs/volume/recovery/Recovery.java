// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.recovery;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.StackedDevice;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.filter.FirstZones;
import zonefsj.fs.PassProgress;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.fs.volume.stored.CheckpointManifest;
import zonefsj.fs.volume.stored.StoredCheckpoint;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockFinder;
import zonefsj.fs.volume.stored.VolumeFormatException;
import zonefsj.journal.JournalDamagedException;
import zonefsj.journal.JournalPosition;
import zonefsj.journal.JournalReader;
import zonefsj.journal.JournalSegment;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameJudge;

/**
 * Brings the index of a drive to the newest whole state. Writes nothing to the drive: it reads the
 * superblock entry, the journal and the checkpoint. An index that proves to belong to this history
 * is brought up to date; any other is set aside and rebuilt from the checkpoint.
 */
public final class Recovery {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  /**
   * The result of a recovery.
   *
   * @param entry newest superblock entry
   * @param report all zones
   * @param index holds everything up to the journal's end
   * @param journal the journal, cut behind its last whole record
   * @param checkpoint the newest checkpoint's files, null if there is none or it cannot be read
   * @param journalHasHoles a part or a copy of the journal is missing, and a good index, checkpoint
   *     or other copy replaces it: only another checkpoint makes the drive whole
   * @param notes messages for the user
   */
  public record Recovered(
      SuperblockEntry entry,
      List<ZoneDescriptor> report,
      MetadataStore index,
      JournalReader.Result journal,
      @Nullable CheckpointManifest checkpoint,
      boolean journalHasHoles,
      List<String> notes) {
    /**
     * Whether there is a checkpoint that cannot be read, so that only the index has its content.
     */
    public boolean lacksCheckpoint() {
      return checkpoint == null && entry.checkpoint() != null;
    }
  }

  private final FirstZones device;
  private final MetadataStores stores;
  private final ProgressListener progress;
  private final Set<String> notes = new LinkedHashSet<>();

  /** Why what is there is older than a drive that is missing; empty if nothing says so. */
  private String newerElsewhere = "";

  /** Prepares the recovery of a drive into an index of the given place. */
  public Recovery(FirstZones device, MetadataStores stores, ProgressListener progress) {
    this.device = device;
    this.stores = stores;
    this.progress = progress;
  }

  /**
   * Recovers the drive.
   *
   * @param willWrite whether the filesystem is going to be written
   */
  public Recovered run(boolean willWrite) throws IOException {
    SuperblockEntry entry = find(device, willWrite, progress);
    List<ZoneDescriptor> report = device.report(0, device.geometry().zoneCount());
    checkPlaces(entry, device.geometry());
    @Nullable CheckpointManifest manifest = null;
    SuperblockEntry.CheckpointRef ref = entry.checkpoint();
    if (ref != null) {
      manifest = manifestOrNull(entry.filesystem(), ref);
    }
    Optional<MetadataStore> existing = stores.openExisting();
    if (!stores.damageFound().isEmpty()) {
      notes.add(
          "the index "
              + stores.describe()
              + " is damaged, set aside and made anew from the drive: "
              + stores.damageFound());
    }
    if (existing.isPresent()) {
      Recovered recovered = bringUpToDate(entry, report, existing.get(), manifest);
      if (recovered != null) {
        return recovered;
      }
      if (willWrite && !newerElsewhere.isEmpty()) {
        throw new VolumeFormatException(newerElsewhere);
      }
      stores.setAside("it does not belong to the present history of " + entry.filesystem());
      LOG.warn("the index at {} is stale or foreign and is rebuilt", stores.describe());
    }
    return rebuild(entry, report, manifest);
  }

  /** Whether the newest checkpoint holds everything, so that the journal is not needed. */
  private static boolean checkpointIsComplete(SuperblockEntry entry) {
    SuperblockEntry.CheckpointRef ref = entry.checkpoint();
    return ref != null && ref.contains().equals(entry.cleanAt());
  }

  /**
   * Finds the filesystem of a drive, and limits the drive to the zones that the filesystem uses.
   *
   * @param willWrite whether the filesystem is going to be written
   * @return the newest superblock entry
   * @throws VolumeFormatException if there is no filesystem, this program may not use it, or the
   *     drive has not the zones that it was made for
   */
  public static SuperblockEntry find(
      FirstZones device, boolean willWrite, ProgressListener progress) throws IOException {
    DeviceGeometry geometry = device.geometry();
    List<ZoneDescriptor> report = device.report(0, geometry.zoneCount());
    SuperblockFinder finder = new SuperblockFinder(device, report);
    SuperblockEntry entry = finder.anywhere(progress);
    finder.refuseUnfinishedRestore();
    if (entry == null) {
      throw new VolumeFormatException(
          geometry.description() + " holds no zonefs-j filesystem; zonefs-j mkfs makes one");
    }
    check(entry, geometry, willWrite);
    device.limitTo(entry.facts().zoneCount());
    // A mirror that was not closed in good order waits for it before it compares its members. It
    // does
    // so also for a check before a repair.
    int unitBytes = FrameHeader.unitBytes(geometry.blockSizeBytes());
    device.judgeBy(new FrameJudge(entry.filesystem(), unitBytes));
    return entry;
  }

  private static void check(SuperblockEntry entry, DeviceGeometry geometry, boolean willWrite)
      throws VolumeFormatException {
    SuperblockEntry.Facts facts = entry.facts();
    long unknown = facts.incompatible() & ~SuperblockEntry.KNOWN_INCOMPATIBLE;
    if (unknown != 0) {
      throw new VolumeFormatException(
          String.format(
              "the filesystem has features (0x%x) that this program does not know; use a newer"
                  + " zonefs-j",
              unknown));
    }
    long readOnly = facts.readOnlyCompatible() & ~SuperblockEntry.KNOWN_READ_ONLY_COMPATIBLE;
    if (readOnly != 0 && willWrite) {
      throw new VolumeFormatException(
          String.format(
              "the filesystem has features (0x%x) that this program can only read; mount it with"
                  + " -o ro",
              readOnly));
    }
    boolean same =
        facts.zoneCount() > 0
            && facts.zoneCount() <= geometry.zoneCount()
            && facts.zoneSizeBytes() == geometry.zoneSizeBytes()
            && facts.blockSizeBytes() == geometry.blockSizeBytes();
    if (!same) {
      throw new VolumeFormatException(
          "the filesystem uses "
              + facts.zoneCount()
              + " zones of "
              + facts.zoneSizeBytes()
              + " bytes, the drive has "
              + geometry.zoneCount()
              + " of "
              + geometry.zoneSizeBytes()
              + "; give all of the drive that was formatted");
    }
  }

  /** Checks that the places in a superblock entry exist on the drive. */
  public static void checkPlaces(SuperblockEntry entry, DeviceGeometry geometry)
      throws VolumeFormatException {
    String contradiction = entry.contradiction(geometry);
    if (!contradiction.isEmpty()) {
      throw new VolumeFormatException(
          "the newest superblock entry names "
              + contradiction
              + "; zonefs-j fsck shows the details");
    }
  }

  private @Nullable CheckpointManifest manifestOrNull(
      UUID filesystem, SuperblockEntry.CheckpointRef ref) throws DeviceException {
    try {
      return StoredCheckpoint.open(device, filesystem, ref, progress).manifest();
    } catch (IOException damaged) {
      DeviceException.rethrowInconclusive(damaged);
      LOG.error("the checkpoint cannot be read; a good index may still do without it", damaged);
      return null;
    }
  }

  /** Returns null, with the index closed, if it is not of this history. */
  private @Nullable Recovered bringUpToDate(
      SuperblockEntry entry,
      List<ZoneDescriptor> report,
      MetadataStore index,
      @Nullable CheckpointManifest manifest)
      throws IOException {
    boolean done = false;
    try {
      Optional<AppliedPosition> mark = index.mark();
      if (mark.isEmpty() || !mark.get().filesystem().equals(entry.filesystem())) {
        return null;
      }
      JournalPosition applied = new JournalPosition(mark.get().sequence(), mark.get().chain());
      Replay replay = new Replay(entry, report, index, applied);
      JournalReader.Result journal = replay.run();
      done = journal != null;
      return journal == null
          ? null
          : new Recovered(
              entry, report, index, journal, manifest, replay.hasHoles, List.copyOf(notes));
    } catch (VolumeFormatException damaged) {
      if (!checkpointIsComplete(entry)) {
        throw damaged;
      }
      LOG.warn("the index cannot be brought up to date, the checkpoint is complete", damaged);
      return null;
    } finally {
      if (!done) {
        index.close();
      }
    }
  }

  private Recovered rebuild(
      SuperblockEntry entry, List<ZoneDescriptor> report, @Nullable CheckpointManifest manifest)
      throws IOException {
    SuperblockEntry.CheckpointRef ref = entry.checkpoint();
    MetadataStore index;
    if (ref == null) {
      index = create(entry.filesystem());
    } else {
      try (StoredCheckpoint content =
          StoredCheckpoint.open(device, entry.filesystem(), ref, progress)) {
        index = stores.restore(content);
      }
    }
    boolean done = false;
    try {
      JournalPosition applied = ref == null ? JournalPosition.START : ref.contains();
      Replay replay = new Replay(entry, report, index, applied);
      JournalReader.Result journal = replay.run();
      if (journal == null) {
        throw new VolumeFormatException(
            "the journal does not go on from the checkpoint; zonefs-j fsck shows the details");
      }
      done = true;
      return new Recovered(
          entry, report, index, journal, manifest, replay.hasHoles, List.copyOf(notes));
    } finally {
      if (!done) {
        index.close();
      }
    }
  }

  /** Creates an empty index that carries this filesystem's UUID from the beginning. */
  private MetadataStore create(UUID filesystem) throws IOException {
    MetadataStore index = stores.create();
    boolean done = false;
    try {
      JournalPosition start = JournalPosition.START;
      index.apply(sink -> {}, new AppliedPosition(filesystem, start.sequence(), start.chain()));
      index.flush();
      done = true;
      return index;
    } finally {
      if (!done) {
        index.close();
      }
    }
  }

  /** Applies the journal to an index from the index's applied position on. */
  private final class Replay implements JournalReader.Visitor {
    private final SuperblockEntry entry;
    private final List<ZoneDescriptor> report;
    private final UUID filesystem;
    private final long checkpointed;
    private final MetadataStore index;
    private final JournalPosition applied;
    private final UnprovenData unproven;
    private boolean metTheIndex;
    private boolean hasHoles;
    private @Nullable String unreadableEnd;
    private long records;
    private PassProgress pass = PassProgress.silent();

    Replay(
        SuperblockEntry entry,
        List<ZoneDescriptor> report,
        MetadataStore index,
        JournalPosition applied) {
      SuperblockEntry.CheckpointRef ref = entry.checkpoint();
      this.entry = entry;
      this.report = report;
      this.filesystem = entry.filesystem();
      this.checkpointed = ref == null ? 0 : ref.contains().sequence();
      this.index = index;
      this.applied = applied;
      this.unproven = new UnprovenData(device, report);
    }

    /**
     * Reads the journal from the segment on that contains the index's applied position; everything
     * before it is in the index.
     *
     * @return all segments and the end, or null if the index is not of this history
     */
    JournalReader.@Nullable Result run() throws IOException {
      List<JournalSegment> all = entry.segments();
      if (all.isEmpty()) {
        throw new VolumeFormatException(
            "the superblock entry names no journal; zonefs-j fsck shows the details");
      }
      int from = all.size() - 1;
      while (from > 0 && all.get(from).before().sequence() > applied.sequence()) {
        from--;
      }
      try {
        metTheIndex = all.get(from).before().equals(applied);
        JournalReader.Result result =
            new JournalReader(device, filesystem)
                .read(all.subList(from, all.size()), applied, this);
        checkReachesCleanEnd(result);
        if (unreadableEnd != null) {
          notes.add(unreadableEnd);
        }
        LOG.info("replayed {} journal records, {} dropped", records, result.droppedFrames());
        List<JournalSegment> segments = new ArrayList<>(all.subList(0, from));
        segments.addAll(result.segments());
        // Segments of mounts that changed nothing, or of an entry that outlived the beginning of
        // its segment: such a zone may be empty, and is free for any use.
        segments.removeIf(segment -> segment.lengthBytes() == 0);
        hasHoles = segments.stream().anyMatch(this::hasLostACopy);
        if (!metTheIndex && applied.sequence() > result.end().sequence()) {
          noteNewerElsewhere(result.end());
          noteOlder(result.end());
        }
        boolean isProven =
            result.isProven()
                || result.end().sequence() <= checkpointed
                || result.end().equals(entry.cleanAt());
        return metTheIndex
            ? new JournalReader.Result(segments, result.end(), isProven, result.droppedFrames())
            : null;
      } catch (JournalDamagedException damaged) {
        if (applied.equals(entry.cleanAt())) {
          LOG.warn("the journal is damaged, and not needed after a clean unmount", damaged);
          hasHoles = true;
          return new JournalReader.Result(List.of(), applied, true, 0);
        }
        throw new VolumeFormatException(
            damaged.getMessage() + "; zonefs-j fsck shows what is lost", damaged);
      }
    }

    /** The index proves that there were more records: a drive that is missing may have them. */
    private void noteNewerElsewhere(JournalPosition end) {
      String missing = StackedDevice.mayBeOlderThan(device);
      if (!missing.isEmpty()) {
        newerElsewhere =
            "the index "
                + stores.describe()
                + " stands at record "
                + applied.sequence()
                + ", and the journal of what is there ends at "
                + end.sequence()
                + ", so a member of the mirror that is missing has newer data: "
                + missing
                + "; attach it, or add 'degraded' to the mirror, as in 'mirror(A,B,degraded)', to"
                + " give up what it has";
      }
    }

    /** A drive that ends where it was unmounted has lost nothing: it is what was stored then. */
    private void noteOlder(JournalPosition end) {
      String older =
          "the index "
              + stores.describe()
              + " stands at record "
              + applied.sequence()
              + ", the drive at record "
              + end.sequence();
      if (end.equals(entry.cleanAt())) {
        LOG.warn(
            "{}, where it was unmounted: it is an older copy, or was restored from one; the index is"
                + " set aside and rebuilt",
            older);
      } else {
        notes.add(
            older
                + ", where it was not unmounted: unless it is an older copy, or was restored from"
                + " one, its last commits are lost; the index is set aside and rebuilt");
      }
    }

    private void checkReachesCleanEnd(JournalReader.Result result) throws JournalDamagedException {
      JournalPosition clean = entry.cleanAt();
      if (clean != null && result.end().sequence() < clean.sequence()) {
        throw new JournalDamagedException(
            "the journal ends at record "
                + result.end().sequence()
                + ", though it was unmounted cleanly at "
                + clean.sequence());
      }
    }

    private boolean hasLostACopy(JournalSegment segment) {
      boolean oneIsMissing = segment.copies().size() < entry.facts().journalCopies();
      return (oneIsMissing && segment.lengthBytes() > 0)
          || segment.copies().stream()
              .anyMatch(copy -> report.get(copy.zone()).condition() == ZoneCondition.OFFLINE);
    }

    @Override
    public void readUpTo(long sequence) {
      pass =
          new PassProgress(
              progress,
              "replaying the journal: frames",
              Math.max(0, sequence - applied.sequence()));
    }

    @Override
    public void endsUnreadable(JournalPosition end, IOException failed) {
      unreadableEnd =
          "the journal cannot be read after record "
              + end.sequence()
              + " ("
              + failed.getMessage()
              + "). After a power loss that is a commit that was under way; otherwise commits are"
              + " lost";
    }

    @Override
    public boolean visit(ByteBuffer record, JournalPosition position, boolean proven)
        throws IOException {
      BatchRecord batch = BatchRecord.of(record);
      boolean certain = proven || position.sequence() <= checkpointed;
      if (!certain && !unproven.verifies(batch, metTheIndex ? index : null)) {
        notes.add(
            "the last commit, record "
                + position.sequence()
                + ", is dropped: its data do not verify. After a power loss that is a commit that"
                + " was under way; otherwise they are damaged");
        return false;
      }
      if (metTheIndex) {
        index.apply(batch, new AppliedPosition(filesystem, position.sequence(), position.chain()));
        records++;
        pass.add(position.sequence() - applied.sequence() - pass.done());
      } else if (position.equals(applied)) {
        metTheIndex = true;
      }
      return true;
    }
  }
}
