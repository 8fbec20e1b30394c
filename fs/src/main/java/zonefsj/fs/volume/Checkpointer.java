package zonefsj.fs.volume;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.meta.CheckpointContent;
import zonefsj.fs.meta.CheckpointContent.FileInfo;
import zonefsj.fs.volume.CheckpointManifest.Part;
import zonefsj.fs.volume.CheckpointManifest.StoredFile;
import zonefsj.journal.JournalPosition;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;
import zonefsj.zonemgr.ZoneAddress;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneStream;

/**
 * Stores images of the index on the drive, so that the journal stays short and a lost index comes
 * back. Order: new files and manifest, flush, root, flush, then old zones are reset. Files whose
 * content is on the drive already are not written again, unless they alone keep a mostly dead zone.
 *
 * <p>Used by the committer, under its lock.
 */
final class Checkpointer {
  private static final Logger LOG = LoggerFactory.getLogger(Checkpointer.class);
  private static final int PART_FRAME_BYTES = 1 << 20;
  private static final double WORTH_KEEPING = 0.5;
  private static final int MOST_REPEATS = 3;

  /** No zone is free for an image; the journal still holds everything. */
  static final class NoZoneForCheckpointException extends IOException {
    private static final long serialVersionUID = 1;

    NoZoneForCheckpointException() {
      super("no free zone is left for a checkpoint");
    }
  }

  private final VolumeParts parts;
  private final int unitBytes;
  private final AtomicLong checkpoints = new AtomicLong();
  private final ByteBuffer frame = ByteBuffer.allocateDirect(PART_FRAME_BYTES);
  private Map<String, StoredFile> stored = new HashMap<>();
  private @Nullable ZoneHandle handle;
  private long sequence;
  private volatile long imageBytes;

  Checkpointer(VolumeParts parts, @Nullable CheckpointManifest newest) {
    this.parts = parts;
    this.unitBytes = FrameHeader.unitBytes(parts.device().geometry().blockSizeBytes());
    if (newest != null) {
      remember(newest);
    }
  }

  /** Checkpoints taken since the mount. */
  long checkpoints() {
    return checkpoints.get();
  }

  /** Length of the newest image, bytes. */
  long imageBytes() {
    return imageBytes;
  }

  private void remember(CheckpointManifest manifest) {
    Map<String, StoredFile> known = new HashMap<>();
    long bytes = 0;
    for (StoredFile file : manifest.files()) {
      known.put(file.info().contentHash(), file);
      bytes += file.info().sizeBytes();
    }
    stored = known;
    imageBytes = bytes;
    parts
        .allocator()
        .setReserves(parts.plan().collectorZones(), parts.plan().metadataZonesFor(bytes));
  }

  /** An image in zones that no root names yet. */
  private record Image(CheckpointManifest manifest, ZoneAddress manifestAt, int manifestBytes) {}

  /** Takes a checkpoint of the index as it is and shortens the journal. */
  void run() throws IOException {
    Image image = store();
    for (int more = 0; hasLost(image); more++) {
      // A zone died while it was written, and took parts with it that were there already.
      if (more == MOST_REPEATS) {
        throw new IOException("zones die faster than a checkpoint is written");
      }
      image = store();
    }
    CheckpointManifest manifest = image.manifest();
    ZoneAddress manifestAt = image.manifestAt();
    int manifestBytes = image.manifestBytes();
    JournalPosition contains =
        new JournalPosition(manifest.mark().sequence(), manifest.mark().chain());
    parts.device().flush();
    if (parts.roots().currentIsAtStake()) {
      parts.journal().nextSegment();
    }
    List<Integer> unusedJournal = parts.journal().trim(contains);
    RootEntry root =
        parts
            .roots()
            .current()
            .withCheckpoint(
                new RootEntry.CheckpointRef(manifestAt.positionBytes(), manifestBytes, contains),
                parts.journal().segments());
    parts.roots().write(root);
    parts.device().flush();
    remember(manifest);
    checkpoints.incrementAndGet();
    resetUnused(unusedJournal, manifestAt.zone());
    LOG.debug("checkpoint at {}: {} files, {} bytes", contains, stored.size(), imageBytes);
  }

  private Image store() throws IOException {
    try (CheckpointContent content = parts.index().checkpoint()) {
      Set<Integer> sparse = sparseZones();
      List<StoredFile> files = new ArrayList<>();
      for (FileInfo info : content.files()) {
        StoredFile known = stored.get(info.contentHash());
        boolean keep = known != null && !liesIn(known, sparse);
        List<Part> where = known != null && keep ? known.parts() : store(content, info);
        files.add(new StoredFile(info, where));
      }
      CheckpointManifest manifest = new CheckpointManifest(content.format(), content.mark(), files);
      ByteBuffer payload = ByteBuffer.wrap(manifest.encode());
      int manifestBytes = FrameHeader.frameBytes(payload.remaining(), unitBytes);
      ByteBuffer out =
          manifestBytes <= frame.capacity() ? frame : ByteBuffer.allocateDirect(manifestBytes);
      ZoneAddress at = append(out, FrameKind.CHECKPOINT_MANIFEST, payload, manifestBytes);
      return new Image(manifest, at, manifestBytes);
    }
  }

  private boolean hasLost(Image image) {
    for (StoredFile file : image.manifest().files()) {
      for (Part part : file.parts()) {
        int zone = parts.device().geometry().zoneOf(part.position());
        if (parts.allocator().state(zone).use() == Use.OFFLINE) {
          return true;
        }
      }
    }
    return parts.allocator().state(image.manifestAt().zone()).use() == Use.OFFLINE;
  }

  private List<Part> store(CheckpointContent content, FileInfo info) throws IOException {
    List<Part> where = new ArrayList<>();
    long left = info.sizeBytes();
    try (InputStream in = content.open(info)) {
      while (left > 0) {
        ZoneHandle current = roomyHandle(unitBytes);
        long room = Math.min(current.remainingBytes(), PART_FRAME_BYTES) - FrameHeader.BYTES;
        int bytes = (int) Math.min(left, room);
        byte[] chunk = in.readNBytes(bytes);
        if (chunk.length != bytes) {
          throw new IOException("file " + info.name() + " of the index is shorter than it was");
        }
        int frameBytes = FrameHeader.frameBytes(bytes, unitBytes);
        ZoneAddress at =
            append(frame, FrameKind.CHECKPOINT_PART, ByteBuffer.wrap(chunk), frameBytes);
        where.add(new Part(at.positionBytes(), bytes));
        left -= bytes;
      }
    }
    return where;
  }

  private ZoneAddress append(ByteBuffer out, FrameKind kind, ByteBuffer payload, int frameBytes)
      throws IOException {
    int payloadBytes = payload.remaining();
    int crc = FrameHeader.crc(payload);
    out.clear();
    new FrameHeader(
            kind,
            0,
            parts.filesystem(),
            parts.roots().current().epoch(),
            ++sequence,
            payloadBytes,
            crc,
            frameBytes)
        .encode(out);
    out.put(payload);
    while (out.position() < frameBytes) {
      out.put((byte) 0);
    }
    out.flip();
    try {
      return roomyHandle(frameBytes).append(out);
    } catch (IOException first) {
      LOG.warn("a checkpoint zone failed a write, trying another", first);
      closeHandle();
      return roomyHandle(frameBytes).append(out.rewind());
    }
  }

  private ZoneHandle roomyHandle(int neededBytes) throws IOException {
    ZoneHandle current = handle;
    if (current == null) {
      current = reopen();
    }
    while (current == null || current.remainingBytes() < neededBytes) {
      if (current != null) {
        fill(current);
        closeHandle();
      }
      current =
          parts
              .allocator()
              .allocate(ZoneStream.CHECKPOINT)
              .orElseThrow(NoZoneForCheckpointException::new);
      handle = current;
      if (current.remainingBytes() < neededBytes) {
        throw new IOException("a zone cannot hold a frame of " + neededBytes + " bytes");
      }
    }
    return current;
  }

  private @Nullable ZoneHandle reopen() throws IOException {
    for (ZoneState zone : parts.allocator().states()) {
      if (zone.use() == Use.PARTIAL && zone.stream() == ZoneStream.CHECKPOINT) {
        ZoneHandle opened = parts.allocator().open(zone.zone(), ZoneStream.CHECKPOINT);
        handle = opened;
        return opened;
      }
    }
    return null;
  }

  /** Fills the rest of a zone, so that it is full and gives up its place among the active ones. */
  private void fill(ZoneHandle full) throws IOException {
    while (full.remainingBytes() >= unitBytes) {
      int bytes = (int) Math.min(full.remainingBytes(), PART_FRAME_BYTES);
      ByteBuffer padding = ByteBuffer.allocateDirect(bytes);
      new FrameHeader(
              FrameKind.PADDING,
              0,
              parts.filesystem(),
              parts.roots().current().epoch(),
              ++sequence,
              0,
              FrameHeader.crc(ByteBuffer.allocate(0)),
              bytes)
          .encode(padding);
      full.append(padding.rewind());
    }
  }

  private void closeHandle() throws IOException {
    ZoneHandle current = handle;
    handle = null;
    if (current != null) {
      current.close();
    }
  }

  private Map<Integer, Long> liveBytes() {
    Map<Integer, Long> live = new HashMap<>();
    for (StoredFile file : stored.values()) {
      for (Part part : file.parts()) {
        int zone = parts.device().geometry().zoneOf(part.position());
        long bytes = FrameHeader.frameBytes(part.payloadBytes(), unitBytes);
        live.merge(zone, bytes, Long::sum);
      }
    }
    return live;
  }

  private Set<Integer> sparseZones() {
    Set<Integer> sparse = new HashSet<>();
    liveBytes()
        .forEach(
            (zone, bytes) -> {
              ZoneState state = parts.allocator().state(zone);
              boolean full = state.use() == Use.SEALED || state.use() == Use.READ_ONLY;
              boolean sparsely = full && bytes < state.capacityBytes() * WORTH_KEEPING;
              // What a dead zone held is written again, too.
              if (sparsely || state.use() == Use.OFFLINE) {
                sparse.add(zone);
              }
            });
    return sparse;
  }

  private boolean liesIn(StoredFile file, Set<Integer> zones) {
    return file.parts().stream()
        .anyMatch(part -> zones.contains(parts.device().geometry().zoneOf(part.position())));
  }

  private void resetUnused(List<Integer> journalZones, int manifestZone) {
    for (int zone : journalZones) {
      Use use = parts.allocator().state(zone).use();
      if (use == Use.SEALED || use == Use.PARTIAL) {
        reset(zone);
      }
    }
    Set<Integer> used = liveBytes().keySet();
    for (ZoneState zone : parts.allocator().states()) {
      boolean checkpointZone =
          zone.stream() == ZoneStream.CHECKPOINT
              && (zone.use() == Use.SEALED || zone.use() == Use.PARTIAL);
      if (checkpointZone && !used.contains(zone.zone()) && zone.zone() != manifestZone) {
        reset(zone.zone());
      }
    }
  }

  /** The checkpoint is complete: a zone that cannot be reset costs its room and no more. */
  private void reset(int zone) {
    try {
      parts.allocator().reset(zone);
    } catch (IOException failed) {
      parts.health().report("zone " + zone + " cannot be reset: " + failed.getMessage());
    }
  }

  /** Gives the zone back; writes nothing. */
  void close() throws IOException {
    closeHandle();
  }
}
