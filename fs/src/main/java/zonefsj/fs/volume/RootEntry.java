package zonefsj.fs.volume;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import zonefsj.journal.JournalPosition;
import zonefsj.journal.JournalSegment;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;

/**
 * Where everything is: an entry of the superblock log, and the head of every journal segment. The
 * payload of a {@link FrameKind#ROOT} frame, whose sequence is the generation; little-endian:
 *
 * <pre>
 *  0  u64  features that any version may ignore
 *  8  u64  features that forbid writing where they are not known
 * 16  u64  features that forbid mounting where they are not known
 * 24  i64  made, milliseconds of the epoch
 * 32  u32  number of zones
 * 36  u64  zone size, bytes
 * 44  u32  block size, bytes
 * 48  u32  first zone of the superblock log
 * 52  u32  second zone of the superblock log
 * 56  u8   1: unmounted cleanly
 * 57  u8   1: a checkpoint follows
 * 58  u64  position of its manifest
 * 66  u32  length of the manifest's frame
 * 70  u64  journal sequence that it contains
 * 78  u64  chain hash there
 * 86  u8   length of the label
 * 87  ...  the label, UTF-8
 *     u32  number of journal segments
 *     then for each: u32 zone, u64 epoch, u64 start, u64 end (0: open), u64 sequence and u64 chain
 *     before it
 * </pre>
 *
 * @param filesystem UUID
 * @param generation grows with each entry
 * @param epoch of the mount that wrote it
 * @param facts what mkfs decided
 * @param clean unmounted cleanly
 * @param checkpoint newest complete checkpoint
 * @param segments the journal
 */
public record RootEntry(
    UUID filesystem,
    long generation,
    long epoch,
    Facts facts,
    boolean clean,
    @Nullable CheckpointRef checkpoint,
    List<JournalSegment> segments) {

  /** Features that this version knows. */
  static final long KNOWN_READ_ONLY_COMPATIBLE = 0;

  /** Features that this version knows. */
  static final long KNOWN_INCOMPATIBLE = 0;

  /** Longest label in bytes. */
  public static final int MAX_LABEL_BYTES = 64;

  /** More segments than this call for a checkpoint. */
  static final int MAX_SEGMENTS = 64;

  private static final int FIXED_BYTES = 87;
  private static final int SEGMENT_BYTES = 44;

  /**
   * What mkfs decided.
   *
   * @param compatible features that any version may ignore
   * @param readOnlyCompatible features that forbid writing where they are not known
   * @param incompatible features that forbid mounting where they are not known
   * @param createdMillis when
   * @param zoneCount number of zones
   * @param zoneSizeBytes size of a zone
   * @param blockSizeBytes logical block size
   * @param superblockZones the two zones of the superblock log
   * @param label may be empty
   */
  public record Facts(
      long compatible,
      long readOnlyCompatible,
      long incompatible,
      long createdMillis,
      int zoneCount,
      long zoneSizeBytes,
      int blockSizeBytes,
      List<Integer> superblockZones,
      String label) {}

  /**
   * A checkpoint.
   *
   * @param manifestPosition absolute position of the manifest's frame
   * @param manifestFrameBytes its length
   * @param contains the journal up to here is in it
   */
  public record CheckpointRef(
      long manifestPosition, int manifestFrameBytes, JournalPosition contains) {}

  /** Length of the whole frame, rounded up to a unit. */
  public int frameBytes(int unitBytes) {
    int label = facts.label().getBytes(StandardCharsets.UTF_8).length;
    return FrameHeader.frameBytes(
        FIXED_BYTES + label + Integer.BYTES + segments.size() * SEGMENT_BYTES, unitBytes);
  }

  /** Encodes the frame, {@code frameBytes} long. */
  public ByteBuffer encode(int frameBytes) {
    ByteBuffer out = ByteBuffer.allocateDirect(frameBytes).order(ByteOrder.LITTLE_ENDIAN);
    out.position(FrameHeader.BYTES);
    out.putLong(facts.compatible()).putLong(facts.readOnlyCompatible());
    out.putLong(facts.incompatible()).putLong(facts.createdMillis());
    out.putInt(facts.zoneCount()).putLong(facts.zoneSizeBytes()).putInt(facts.blockSizeBytes());
    out.putInt(facts.superblockZones().get(0)).putInt(facts.superblockZones().get(1));
    out.put((byte) (clean ? 1 : 0));
    CheckpointRef ref = checkpoint;
    out.put((byte) (ref == null ? 0 : 1));
    out.putLong(ref == null ? 0 : ref.manifestPosition());
    out.putInt(ref == null ? 0 : ref.manifestFrameBytes());
    out.putLong(ref == null ? 0 : ref.contains().sequence());
    out.putLong(ref == null ? 0 : ref.contains().chain());
    byte[] label = facts.label().getBytes(StandardCharsets.UTF_8);
    out.put((byte) label.length).put(label);
    out.putInt(segments.size());
    for (JournalSegment segment : segments) {
      out.putInt(segment.zone()).putLong(segment.epoch());
      out.putLong(segment.startBytes()).putLong(segment.endBytes());
      out.putLong(segment.before().sequence()).putLong(segment.before().chain());
    }
    int payloadBytes = out.position() - FrameHeader.BYTES;
    int crc = FrameHeader.crc(out.duplicate().flip().position(FrameHeader.BYTES));
    new FrameHeader(FrameKind.ROOT, 0, filesystem, epoch, generation, payloadBytes, crc, frameBytes)
        .encode(out.duplicate().position(0));
    return out.position(0).limit(frameBytes);
  }

  /**
   * Decodes the frame at the buffer's position, which does not move.
   *
   * @return null if there is no valid root
   */
  public static @Nullable RootEntry decode(ByteBuffer in) {
    FrameHeader header = FrameHeader.decode(in);
    if (header == null || header.kind() != FrameKind.ROOT || !header.verifies(in)) {
      return null;
    }
    int start = in.position() + FrameHeader.BYTES;
    ByteBuffer body = in.slice(start, header.payloadBytes()).order(ByteOrder.LITTLE_ENDIAN);
    try {
      return decodeBody(header, body);
    } catch (BufferUnderflowException | IllegalArgumentException impossible) {
      return null;
    }
  }

  private static RootEntry decodeBody(FrameHeader header, ByteBuffer body) {
    long compatible = body.getLong();
    long readOnlyCompatible = body.getLong();
    long incompatible = body.getLong();
    long created = body.getLong();
    int zoneCount = body.getInt();
    long zoneSize = body.getLong();
    int blockSize = body.getInt();
    List<Integer> superblock = List.of(body.getInt(), body.getInt());
    boolean clean = body.get() != 0;
    boolean hasCheckpoint = body.get() != 0;
    CheckpointRef ref =
        new CheckpointRef(
            body.getLong(), body.getInt(), new JournalPosition(body.getLong(), body.getLong()));
    byte[] label = new byte[Byte.toUnsignedInt(body.get())];
    body.get(label);
    int count = body.getInt();
    boolean possible =
        count >= 0
            && zoneCount > 0
            && isZone(superblock.get(0), zoneCount)
            && isZone(superblock.get(1), zoneCount)
            && (!hasCheckpoint || (ref.manifestPosition >= 0 && ref.manifestFrameBytes > 0));
    if (!possible) {
      throw new IllegalArgumentException("impossible numbers in a root");
    }
    List<JournalSegment> segments = new ArrayList<>();
    for (int index = 0; index < count; index++) {
      segments.add(
          new JournalSegment(
              body.getInt(),
              body.getLong(),
              body.getLong(),
              body.getLong(),
              new JournalPosition(body.getLong(), body.getLong())));
      JournalSegment last = segments.get(index);
      if (!isZone(last.zone(), zoneCount) || last.startBytes() < 0 || last.endBytes() < 0) {
        throw new IllegalArgumentException("an impossible journal segment in a root");
      }
    }
    Facts facts =
        new Facts(
            compatible,
            readOnlyCompatible,
            incompatible,
            created,
            zoneCount,
            zoneSize,
            blockSize,
            superblock,
            new String(label, StandardCharsets.UTF_8));
    return new RootEntry(
        header.filesystem(),
        header.sequence(),
        header.epoch(),
        facts,
        clean,
        hasCheckpoint ? ref : null,
        List.copyOf(segments));
  }

  private static boolean isZone(int zone, int zoneCount) {
    return zone >= 0 && zone < zoneCount;
  }

  /** The next generation, with another journal. */
  public RootEntry withSegments(List<JournalSegment> newSegments) {
    return new RootEntry(
        filesystem, generation + 1, epoch, facts, false, checkpoint, List.copyOf(newSegments));
  }

  /** The next generation, with another checkpoint and journal. */
  public RootEntry withCheckpoint(CheckpointRef ref, List<JournalSegment> newSegments) {
    return new RootEntry(
        filesystem, generation + 1, epoch, facts, false, ref, List.copyOf(newSegments));
  }

  /** The next generation, of a new mount. */
  public RootEntry withEpoch(long newEpoch, List<JournalSegment> newSegments) {
    return new RootEntry(
        filesystem, generation + 1, newEpoch, facts, false, checkpoint, List.copyOf(newSegments));
  }

  /** The next generation, unmounted cleanly. */
  public RootEntry unmounted() {
    return new RootEntry(filesystem, generation + 1, epoch, facts, true, checkpoint, segments);
  }
}
