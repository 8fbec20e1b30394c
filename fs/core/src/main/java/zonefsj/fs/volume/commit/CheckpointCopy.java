// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.volume.commit.CheckpointWriter.NoZoneForCheckpointException;
import zonefsj.fs.volume.state.DriveZones;
import zonefsj.fs.volume.stored.CheckpointManifest;
import zonefsj.fs.volume.stored.SuperblockLog;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;
import zonefsj.zonemgr.ZoneAddress;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneState;
import zonefsj.zonemgr.ZoneState.Use;
import zonefsj.zonemgr.ZoneStream;

/**
 * Writes the frames of one copy of the checkpoints. A zone serves one copy only, so the loss of any
 * zone leaves the other copy whole.
 *
 * <p>Single-threaded.
 */
final class CheckpointCopy {
  /** The longest frame of a part; long frames make long reads. */
  static final int PART_FRAME_BYTES = 1 << 20;

  /** How many zones may fail in a row. */
  private static final int MOST_ATTEMPTS = 8;

  /** Which zones an image may take. */
  enum Claim {
    /** Those of the share of the checkpoints. */
    SHARE,

    /** Also those of the collector, but the last: a failed image gives them back. */
    RESERVE,

    /** All of the collector: also a complete image gives them back. */
    WHOLE_RESERVE
  }

  private static final Logger LOG = LoggerFactory.getLogger(CheckpointCopy.class);

  private final DriveZones drive;
  private final SuperblockLog superblockLog;
  private final int unitBytes;

  /** For the frames of parts; made for the first of them. */
  private @Nullable ByteBuffer partFrame;

  private final Set<Integer> zones = new HashSet<>();
  private @Nullable ZoneHandle handle;
  private Claim claim = Claim.SHARE;

  /** Whether the image has taken zones that the collector must have back. */
  private volatile boolean hasTakenLast;

  private long sequence;

  CheckpointCopy(DriveZones drive, SuperblockLog superblockLog) {
    this.drive = drive;
    this.superblockLog = superblockLog;
    this.unitBytes = FrameHeader.unitBytes(drive.device().geometry().blockSizeBytes());
  }

  /** Records that a zone holds frames of this copy. */
  void holds(int zone) {
    zones.add(zone);
  }

  /** Zones that hold, or held, frames of this copy. */
  Set<Integer> zones() {
    return zones;
  }

  /**
   * Opens a partly written zone, if there is one that does not serve the other copy.
   *
   * @param other the other copy
   */
  void reopen(CheckpointCopy other) throws IOException {
    ZoneHandle current = handle;
    if (current != null && drive.allocator().isWithheld(current.zone())) {
      close();
    }
    if (handle != null) {
      return;
    }
    for (ZoneState zone : drive.allocator().states()) {
      boolean isPartial = zone.use() == Use.PARTIAL && zone.stream() == ZoneStream.CHECKPOINT;
      if (isPartial
          && !other.zones.contains(zone.zone())
          && !drive.allocator().isWithheld(zone.zone())) {
        // Even if it cannot be opened, it holds frames of former images.
        zones.add(zone.zone());
        handle = openOrNull(zone.zone());
        return;
      }
    }
  }

  /** Opens a partly written zone, unless another thread finishes it for its active resource. */
  private @Nullable ZoneHandle openOrNull(int zone) {
    try {
      return drive.allocator().open(zone, ZoneStream.CHECKPOINT);
    } catch (IOException notNow) {
      LOG.info("checkpoints do not go on in zone {}: {}", zone, notNow.getMessage());
      return null;
    }
  }

  /** Sets which zones the next image may take. */
  void claim(Claim claimed) {
    claim = claimed;
    hasTakenLast = false;
  }

  /** Whether the image has taken the last zones of the collector. Any thread. */
  boolean hasTakenLast() {
    return hasTakenLast;
  }

  /**
   * Bytes that the frames with a file take.
   *
   * @param sizeBytes length of the file
   */
  static long frameBytes(long sizeBytes, int unitBytes) {
    int most = PART_FRAME_BYTES - FrameHeader.BYTES;
    long rest = sizeBytes % most;
    return sizeBytes / most * PART_FRAME_BYTES
        + (rest == 0 ? 0 : FrameHeader.frameBytes((int) rest, unitBytes));
  }

  /** The zone that this copy has begun; empty if there is none. */
  OptionalInt openZone() {
    ZoneHandle current = handle;
    return current == null ? OptionalInt.empty() : OptionalInt.of(current.zone());
  }

  /** Bytes that the open zone can still take. */
  long remainingBytes() {
    ZoneHandle current = handle;
    return current == null ? 0 : current.remainingBytes();
  }

  /**
   * Bytes of payload that the next frame can take in its zone, at least one. May allocate a zone.
   */
  int roomForPayload() throws IOException {
    long room = roomyHandle(unitBytes).remainingBytes();
    return (int) Math.min(room, PART_FRAME_BYTES) - FrameHeader.BYTES;
  }

  /** Appends a part of a file. */
  CheckpointManifest.Part appendPart(ByteBuffer payload) throws IOException {
    long position = append(FrameKind.CHECKPOINT_PART, payload).positionBytes();
    return new CheckpointManifest.Part(
        position, payload.remaining(), FrameHeader.crc(payload.duplicate()));
  }

  private ByteBuffer frameOf(int bytes) {
    if (bytes > PART_FRAME_BYTES) {
      return ByteBuffer.allocateDirect(bytes);
    }
    ByteBuffer frame = partFrame;
    if (frame == null) {
      frame = ByteBuffer.allocateDirect(PART_FRAME_BYTES);
      partFrame = frame;
    }
    return frame;
  }

  /** Appends one frame. Does not move the payload's position. */
  ZoneAddress append(FrameKind kind, ByteBuffer payload) throws IOException {
    int payloadBytes = payload.remaining();
    int frameBytes = FrameHeader.frameBytes(payloadBytes, unitBytes);
    ByteBuffer out = frameOf(frameBytes);
    int crc = FrameHeader.crc(payload.duplicate());
    out.clear();
    header(kind, payloadBytes, crc, frameBytes).encode(out);
    out.put(payload.duplicate());
    while (out.position() < frameBytes) {
      out.put((byte) 0);
    }
    out.flip();
    @Nullable IOException before = null;
    for (int attempt = 1; ; attempt++) {
      ZoneHandle zone = roomyHandle(frameBytes);
      try {
        return zone.append(out.rewind());
      } catch (IOException failed) {
        if (before != null) {
          failed.addSuppressed(before);
        }
        if (attempt == MOST_ATTEMPTS) {
          throw failed;
        }
        LOG.warn("a checkpoint zone failed a write, trying another", failed);
        before = failed;
        close();
      }
    }
  }

  private FrameHeader header(FrameKind kind, int payloadBytes, int crc, int frameBytes) {
    long epoch = superblockLog.current().epoch();
    return new FrameHeader(
        kind, 0, drive.filesystem(), epoch, ++sequence, payloadBytes, crc, frameBytes);
  }

  private ZoneHandle roomyHandle(int neededBytes) throws IOException {
    ZoneHandle current = handle;
    for (int fresh = 0; current == null || current.remainingBytes() < neededBytes; fresh++) {
      if (current != null) {
        fill(current);
        close();
      }
      if (fresh == MOST_ATTEMPTS) {
        throw new IOException("a zone cannot hold a frame of " + neededBytes + " bytes");
      }
      // Zones may have different capacities.
      current = freshZone();
      handle = current;
      zones.add(current.zone());
    }
    return current;
  }

  private ZoneHandle freshZone() throws IOException {
    Optional<ZoneHandle> zone = drive.allocator().allocate(ZoneStream.CHECKPOINT);
    if (zone.isEmpty() && claim != Claim.SHARE) {
      // The zones of the last image come back when this one is complete, or when it fails.
      zone = drive.allocator().allocateUsingReserve(ZoneStream.CHECKPOINT);
    }
    if (zone.isEmpty() && claim == Claim.WHOLE_RESERVE) {
      zone = drive.allocator().allocateForImage();
      hasTakenLast |= zone.isPresent();
    }
    return zone.orElseThrow(NoZoneForCheckpointException::new);
  }

  /** Fills the rest of a zone, so that it is full and gives its active resource back. */
  private void fill(ZoneHandle full) {
    try {
      while (full.remainingBytes() >= unitBytes) {
        int bytes = (int) Math.min(full.remainingBytes(), PART_FRAME_BYTES);
        ByteBuffer padding = ByteBuffer.allocateDirect(bytes);
        int crc = FrameHeader.crc(ByteBuffer.allocate(0));
        header(FrameKind.PADDING, 0, crc, bytes).encode(padding);
        full.append(padding.rewind());
      }
    } catch (IOException failed) {
      // The frames in the zone are intact, and no more were to follow.
      LOG.warn("a checkpoint zone failed to be filled up", failed);
    }
  }

  /** Closes the zone handle unless its zone is still needed; writes nothing. */
  void closeUnless(IntPredicate isNeeded) throws IOException {
    ZoneHandle current = handle;
    if (current != null && !isNeeded.test(current.zone())) {
      close();
    }
  }

  /** Closes the zone handle; writes nothing. */
  void close() throws IOException {
    ZoneHandle current = handle;
    handle = null;
    if (current != null) {
      current.close();
    }
  }
}
