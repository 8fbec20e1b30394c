// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.CheckpointContent.FileInfo;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.volume.commit.CheckpointCopy.Claim;
import zonefsj.fs.volume.state.AdaptiveReserves;
import zonefsj.fs.volume.state.DriveZones;
import zonefsj.fs.volume.state.SpacePlan;
import zonefsj.fs.volume.state.VolumeHealth;
import zonefsj.fs.volume.stored.CheckpointManifest;
import zonefsj.fs.volume.stored.CheckpointManifest.Part;
import zonefsj.fs.volume.stored.CheckpointManifest.StoredFile;
import zonefsj.fs.volume.stored.StoredCheckpoint;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockLog;
import zonefsj.journal.Journal;
import zonefsj.journal.JournalPosition;
import zonefsj.journal.JournalSegment;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneStream;

/**
 * Stores images of the index on the drive, so that the journal stays short and a lost index can be
 * rebuilt. An image is written twice, each copy to zones of its own, so the loss of any zone leaves
 * a whole copy. Order: new files and manifest, flush, superblock entry, flush, then reset of old
 * zones. Files whose content is on the drive already are not written again, unless they alone keep
 * a mostly dead zone, or their zone is a failed zone, is distrusted or is given up.
 *
 * <p>Used by one thread at a time ({@link CheckpointScheduler}), except where a method says
 * otherwise.
 */
public final class CheckpointWriter {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointWriter.class);

  /** The longest manifest that a reader takes, without its header and padding. */
  private static final int MAX_MANIFEST_BYTES =
      FrameKind.CHECKPOINT_MANIFEST.maxFrameBytes() - (128 << 10);

  private static final int MOST_REPEATS = 3;

  /** No zone is free for an image, or none holds its manifest; the journal still holds all. */
  static final class NoZoneForCheckpointException extends IOException {
    private static final long serialVersionUID = 1;

    NoZoneForCheckpointException() {
      this("no free zone is left for a checkpoint");
    }

    NoZoneForCheckpointException(String why) {
      super(why);
    }
  }

  private final DriveZones drive;
  private final MetadataStore index;
  private final Journal journal;
  private final SuperblockLog superblockLog;
  private final SpacePlan plan;
  private final AdaptiveReserves reserves;
  private final VolumeHealth health;
  private final int unitBytes;
  private final AtomicLong checkpoints = new AtomicLong();
  private final List<CheckpointCopy> copies;
  private final Set<Integer> distrusted = ConcurrentHashMap.newKeySet();

  private boolean hasLeftForNext;

  /** Zones whose files the last stored image has written again. */
  private Set<Integer> renewed = Set.of();

  private volatile Map<String, StoredFile> stored = Map.of();

  /** Zones of the newest image, both copies, and of its manifest. */
  private volatile Set<Integer> imageZones = Set.of();

  private volatile JournalPosition contained = JournalPosition.START;
  private volatile long imageBytes;
  private volatile Written written = Written.NOTHING;

  /**
   * Whether the content of the newest checkpoint is known. It is not if the checkpoint could not be
   * read, or after the write of a superblock entry failed.
   */
  private boolean knowsOld;

  /** The newest checkpoint of the mount, until the index has been told of it. */
  private SuperblockEntry.@Nullable CheckpointRef untold;

  public CheckpointWriter(
      DriveZones drive,
      MetadataStore index,
      Journal journal,
      SuperblockLog superblockLog,
      SpacePlan plan,
      AdaptiveReserves reserves,
      VolumeHealth health,
      @Nullable CheckpointManifest newest) {
    this.drive = drive;
    this.index = index;
    this.journal = journal;
    this.superblockLog = superblockLog;
    this.plan = plan;
    this.reserves = reserves;
    this.health = health;
    this.unitBytes = FrameHeader.unitBytes(drive.device().geometry().blockSizeBytes());
    this.copies =
        List.of(new CheckpointCopy(drive, superblockLog), new CheckpointCopy(drive, superblockLog));
    SuperblockEntry.CheckpointRef ref = superblockLog.current().checkpoint();
    knowsOld = ref == null || newest != null;
    if (newest != null && ref != null) {
      remember(newest, ref.manifestPositions());
      untold = ref;
    }
  }

  /** Journal position of the newest checkpoint. */
  JournalPosition contained() {
    return contained;
  }

  /** Checkpoints taken since the mount. */
  public long checkpoints() {
    return checkpoints.get();
  }

  /** Bytes that the next image finds in the zone that each copy has begun. */
  long openRestBytes() {
    return copies.stream().mapToLong(CheckpointCopy::remainingBytes).min().orElse(0);
  }

  /**
   * How much of an image is written.
   *
   * @param doneBytes of all copies, those included that were there before
   * @param totalBytes of all copies; 0 if no image is being written
   */
  private record Written(long doneBytes, long totalBytes) {
    static final Written NOTHING = new Written(0, 0);
  }

  /**
   * Reports how much of an image is written. Any thread.
   *
   * @return false if none is being written
   */
  public boolean tellProgress(ProgressListener progress) {
    Written now = written;
    if (now.totalBytes() == 0) {
      return false;
    }
    progress.progress(
        "writing the checkpoint of the index, in bytes",
        Math.min(now.doneBytes(), now.totalBytes()),
        now.totalBytes());
    return true;
  }

  private void isWritten(long bytes) {
    Written before = written;
    written = new Written(before.doneBytes() + bytes, before.totalBytes());
  }

  /** Zones that the copies have begun. */
  private Set<Integer> openZones() {
    Set<Integer> zones = new HashSet<>();
    copies.forEach(copy -> copy.openZone().ifPresent(zones::add));
    return zones;
  }

  /** Length of the newest image, bytes. */
  long imageBytes() {
    return imageBytes;
  }

  private void remember(CheckpointManifest manifest, List<Long> manifestAt) {
    Set<Integer> zones = new HashSet<>();
    Map<String, StoredFile> known = new HashMap<>();
    long bytes = 0;
    for (StoredFile file : manifest.files()) {
      known.put(file.info().contentHash(), file);
      bytes += file.info().sizeBytes();
      for (int copy = 0; copy < CheckpointManifest.COPIES; copy++) {
        CheckpointCopy holder = copies.get(copy);
        file.copies().get(copy).forEach(part -> holder.holds(zoneOf(part.position())));
      }
      file.parts().forEach(part -> zones.add(zoneOf(part.position())));
    }
    stored = known;
    manifestAt.forEach(position -> zones.add(zoneOf(position)));
    imageZones = zones;
    contained = new JournalPosition(manifest.mark().sequence(), manifest.mark().chain());
    imageBytes = bytes;
  }

  /** The parts of the newest checkpoint, all copies. Any thread. */
  public List<Part> parts() {
    return stored.values().stream().flatMap(StoredFile::parts).toList();
  }

  /** Whether a part of the newest image, or its manifest, is in a zone. Any thread. */
  public boolean liesIn(int zone) {
    return imageZones.contains(zone);
  }

  /** Makes the next checkpoint write the files in a zone again. Any thread. */
  public void distrust(int zone) {
    distrusted.add(zone);
  }

  private int zoneOf(long position) {
    return drive.device().geometry().zoneOf(position);
  }

  /** An image in zones that no superblock entry names yet. */
  record Image(CheckpointManifest manifest, List<Long> manifestAt, int manifestBytes) {
    /** Journal position of the image. */
    JournalPosition contains() {
      return new JournalPosition(manifest.mark().sequence(), manifest.mark().chain());
    }
  }

  /** What an image does with the zones of the newest one. */
  enum Keeping {
    /** It leaves those that are mostly dead, and those that the image after it needs. */
    USUAL,

    /** It leaves those that are mostly dead. */
    MOST,

    /** It leaves all, so that they all come back: the last resort if there are too few zones. */
    NOTHING
  }

  /** Whether the last image has left zones for the one after it. */
  boolean hasLeftForNext() {
    return hasLeftForNext;
  }

  /**
   * Whether the image that is being stored has taken the last zones of the collector, which can
   * free no zone meanwhile. Any thread.
   */
  boolean hasTakenLast() {
    return copies.stream().anyMatch(CheckpointCopy::hasTakenLast);
  }

  /** Stores an image of the index as it is. Commits go on meanwhile. */
  Image store(Keeping keeping) throws IOException {
    reserves.adjust();
    try {
      return storeWhole(keeping);
    } catch (IOException failed) {
      if (knowsOld) {
        giveBack(failed);
      } else if (failed instanceof NoZoneForCheckpointException) {
        // The host has given an image: another one needs room more than the old one may be needed.
        drive.releaseUnclaimed();
      }
      throw failed;
    }
  }

  /** Gives back the zones of a failed image, which no superblock entry names. */
  private void giveBack(IOException failed) {
    for (CheckpointCopy copy : copies) {
      try {
        copy.closeUnless(this::liesIn);
      } catch (IOException more) {
        failed.addSuppressed(more);
      }
    }
    resetUnused();
  }

  /**
   * Makes a durable image the newest checkpoint, and shortens the journal. Under the commit lock:
   * superblock entry and journal do not change meanwhile.
   *
   * @param lossesBefore zone failures of the journal before the image was stored
   * @param flush of the drive
   */
  void install(Image image, int lossesBefore, CommitLog.Step flush) throws IOException {
    // A superblock entry whose write fails may be on the drive all the same.
    knowsOld = false;
    List<JournalSegment> kept = writeSuperblock(image);
    flush.run();
    // Only now: while the entry on the drive names the longer journal, so must every entry.
    journal.adopt(kept, lossesBefore);
    remember(image.manifest(), image.manifestAt());
    distrusted.removeAll(renewed);
    knowsOld = true;
    checkpoints.incrementAndGet();
    LOG.debug("checkpoint at {}: {} files, {} bytes", image.contains(), stored.size(), imageBytes);
  }

  private Image storeWhole(Keeping keeping) throws IOException {
    Image image = storeOnce(keeping);
    for (int more = 0; hasLost(image); more++) {
      // A zone failed while the image was written, and with it parts that were stored before.
      if (more == MOST_REPEATS) {
        throw new IOException("zones fail faster than a checkpoint is written");
      }
      image = storeOnce(keeping);
    }
    return image;
  }

  /** Writes the superblock entry; returns the segments of the journal that are still needed. */
  private List<JournalSegment> writeSuperblock(Image image) throws IOException {
    JournalPosition contains = image.contains();
    if (superblockLog.currentHasOneCopy()) {
      journal.nextSegment();
    }
    SuperblockEntry.CheckpointRef ref =
        new SuperblockEntry.CheckpointRef(image.manifestAt(), image.manifestBytes(), contains);
    List<JournalSegment> kept = journal.segmentsBehind(contains);
    try {
      superblockLog.write(superblockLog.current().withCheckpoint(ref, kept));
    } catch (SuperblockLog.LastCopyException oneCopyIsLeft) {
      journal.nextSegment();
      kept = journal.segmentsBehind(contains);
      superblockLog.write(superblockLog.current().withCheckpoint(ref, kept));
    }
    return kept;
  }

  private Image storeOnce(Keeping keeping) throws IOException {
    try {
      return storeContent(keeping);
    } finally {
      written = Written.NOTHING;
    }
  }

  private Image storeContent(Keeping keeping) throws IOException {
    tellIndex();
    try (CheckpointContent content = index.checkpoint()) {
      copies.get(0).reopen(copies.get(1));
      copies.get(1).reopen(copies.get(0));
      ImagePlan image = planOf(content, keeping);
      if (keeping == Keeping.NOTHING) {
        checkAnew(image);
        for (CheckpointCopy copy : copies) {
          copy.close();
        }
      }
      Claim claim = knowsOld ? image.claim() : Claim.SHARE;
      copies.forEach(copy -> copy.claim(claim));
      Set<Integer> rewritten = image.left();
      renewed = rewritten;
      long oneCopy = content.files().stream().mapToLong(FileInfo::sizeBytes).sum();
      written = new Written(0, CheckpointManifest.COPIES * oneCopy);
      ImageFileWriter writer =
          new ImageFileWriter(content, drive, superblockLog, health, this::isWritten);
      List<StoredFile> files = new ArrayList<>();
      for (FileInfo info : content.files()) {
        List<List<Part>> where = new ArrayList<>();
        for (int copy = 0; copy < CheckpointManifest.COPIES; copy++) {
          where.add(partsOf(writer, info, copy, rewritten));
        }
        files.add(new StoredFile(info, where));
      }
      CheckpointManifest manifest = new CheckpointManifest(content.format(), content.mark(), files);
      manifest.checkCounts();
      ByteBuffer payload = ByteBuffer.wrap(manifest.encode());
      int manifestBytes = FrameHeader.frameBytes(payload.remaining(), unitBytes);
      if (payload.remaining() > MAX_MANIFEST_BYTES || manifestBytes > plan.zoneCapacityBytes()) {
        throw new NoZoneForCheckpointException(
            "the index has too many parts for a checkpoint: its manifest has "
                + manifestBytes
                + " bytes, and zones have "
                + plan.zoneCapacityBytes());
      }
      List<Long> manifestAt = new ArrayList<>();
      for (CheckpointCopy copy : copies) {
        manifestAt.add(copy.append(FrameKind.CHECKPOINT_MANIFEST, payload).positionBytes());
      }
      if (claim == Claim.WHOLE_RESERVE) {
        checkHeld(files, manifestAt);
      }
      return new Image(manifest, manifestAt, manifestBytes);
    }
  }

  /** Else the first image after a mount would read the whole index on the host. */
  private void tellIndex() {
    SuperblockEntry.CheckpointRef ref = untold;
    untold = null;
    if (ref == null) {
      return;
    }
    try (StoredCheckpoint newest =
        StoredCheckpoint.open(
            drive.device(), superblockLog.current().filesystem(), ref, ProgressListener.NONE)) {
      index.noteStored(newest);
    } catch (IOException unreadable) {
      LOG.warn("the checkpoint on the drive cannot be read; an image reads all files", unreadable);
    }
  }

  private List<Part> partsOf(ImageFileWriter files, FileInfo info, int copy, Set<Integer> rewritten)
      throws IOException {
    StoredFile known = stored.get(info.contentHash());
    List<Part> there = known == null ? List.of() : known.copies().get(copy);
    boolean keep =
        known != null
            && there.stream().noneMatch(part -> rewritten.contains(zoneOf(part.position())));
    if (keep) {
      isWritten(info.sizeBytes());
      return there;
    }
    return files.write(info, known == null ? null : known.info(), copies.get(copy));
  }

  private boolean hasLost(Image image) {
    for (StoredFile file : image.manifest().files()) {
      if (file.parts().anyMatch(part -> mayHaveLost(zoneOf(part.position())))) {
        return true;
      }
    }
    return image.manifestAt().stream().anyMatch(at -> mayHaveLost(zoneOf(at)));
  }

  private boolean mayHaveLost(int zone) {
    return drive.allocator().mayLackAppends(zone);
  }

  private ImagePlan planOf(CheckpointContent content, Keeping keeping) {
    hasLeftForNext = false;
    ImagePlan image = planOf(content, keeping == Keeping.NOTHING);
    switch (keeping) {
      case NOTHING -> image.leaveAll();
      case MOST -> image.leaveSparse();
      default -> {
        image.leaveSparse();
        if (knowsOld && reserves.isShort()) {
          ImagePlan further = planOf(content, false);
          further.leaveSparse();
          int before = further.left().size();
          if (further.leaveForNext() && further.left().size() > before) {
            hasLeftForNext = true;
            return further;
          }
        }
      }
    }
    return image;
  }

  /**
   * @param anew whether the image does not go on in the zones that the copies have begun
   */
  private ImagePlan planOf(CheckpointContent content, boolean anew) {
    long newBytes = 0;
    List<ImagePlan.KeptFile> kept = new ArrayList<>();
    for (FileInfo info : content.files()) {
      StoredFile file = stored.get(info.contentHash());
      if (file == null) {
        newBytes += CheckpointCopy.frameBytes(info.sizeBytes(), unitBytes);
        continue;
      }
      for (int copy = 0; copy < CheckpointManifest.COPIES; copy++) {
        ImagePlan.KeptFile one = new ImagePlan.KeptFile(copy);
        for (Part part : file.copies().get(copy)) {
          one.add(zoneOf(part.position()), FrameHeader.frameBytes(part.payloadBytes(), unitBytes));
        }
        kept.add(one);
      }
    }
    ImagePlan image =
        new ImagePlan(
            drive.allocator(),
            plan,
            reserves,
            kept,
            newBytes,
            anew ? Set.of() : openZones(),
            anew ? 0 : openRestBytes());
    image.leave(imageZones, this::takesNoImage);
    return image;
  }

  /** Before the zones that the copies have begun are given up. */
  private void checkAnew(ImagePlan image) throws NoZoneForCheckpointException {
    if (!knowsOld || image.freshZones() > drive.allocator().freeZonesForImage()) {
      throw new NoZoneForCheckpointException();
    }
  }

  /** The plan is an estimate, and the collector must have a zone when the image is complete. */
  private void checkHeld(List<StoredFile> files, List<Long> manifestAt)
      throws NoZoneForCheckpointException {
    Set<Integer> held = openZones();
    for (StoredFile file : files) {
      file.parts().forEach(part -> held.add(zoneOf(part.position())));
    }
    manifestAt.forEach(at -> held.add(zoneOf(at)));
    if (held.size() > drive.allocator().mostCheckpointZones()) {
      throw new NoZoneForCheckpointException();
    }
  }

  private boolean takesNoImage(int zone) {
    return drive.allocator().isWithheld(zone) || mayHaveLost(zone) || distrusted.contains(zone);
  }

  /**
   * Resets zones of checkpoints and of the journal that the superblock entry on the drive does not
   * need, also the zones of a failed beginning of a segment and of an image that no entry names.
   * Leaves those to the collector that no stream has claimed because the old checkpoint could not
   * be read.
   */
  void resetUnused() {
    for (ZoneState zone : drive.allocator().states()) {
      boolean isWritten = zone.use() == Use.FILLED || zone.use() == Use.PARTIAL;
      if (isWritten && isUnneeded(zone)) {
        reset(zone.zone());
      }
    }
    copies.forEach(
        copy -> {
          copy.zones().removeIf(zone -> !holdsACheckpoint(zone));
          // What the image has taken of the collector is back.
          copy.claim(Claim.SHARE);
        });
    drive.releaseUnclaimed();
  }

  /** Whether a zone holds only images or segments that no superblock entry names. */
  private boolean isUnneeded(ZoneState zone) {
    if (zone.stream() == ZoneStream.JOURNAL) {
      return !journal.liesIn(zone.zone());
    }
    return zone.stream() == ZoneStream.CHECKPOINT && !liesIn(zone.zone());
  }

  private boolean holdsACheckpoint(int zone) {
    ZoneState state = drive.allocator().state(zone);
    return state.use() != Use.FREE && state.stream() == ZoneStream.CHECKPOINT;
  }

  /** Resets a zone. If this fails, only the zone's capacity is lost: the checkpoint is complete. */
  private void reset(int zone) {
    try {
      // Another thread may have reset it since the check, and it may hold data by now.
      drive.allocator().resetIf(zone, () -> isUnneeded(drive.allocator().state(zone)));
    } catch (IOException failed) {
      health.report("zone " + zone + " cannot be reset: " + failed.getMessage());
    }
  }

  /** Closes the zone handles; writes nothing. */
  public void close() throws IOException {
    for (CheckpointCopy copy : copies) {
      copy.close();
    }
  }
}
