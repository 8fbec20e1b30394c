// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.stored;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.journal.JournalPosition;
import zonefsj.journal.JournalSegment;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.FrameKind;

/**
 * The places of journal and checkpoint, and the decisions of mkfs: an entry of the superblock log,
 * and the head of every journal segment. The payload of a {@link FrameKind#ROOT} frame, whose
 * sequence is the generation; little-endian:
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
 * 56  u8   copies of the journal
 * 57  u8   1: unmounted cleanly
 * 58  u64  journal sequence where it was then, u64 chain hash there
 * 74  u8   1: a checkpoint follows
 * 75  u64  position of its manifest's first copy, u64 of the second
 * 91  u32  length of the manifest's frame
 * 95  u64  journal sequence that it contains, u64 chain hash there
 * 111 u8   length of the label
 * 112 ...  the label, UTF-8
 *     u32  number of journal segments, then for each:
 *          u8 copies, u64 epoch, u64 length (all ones: open), u64 sequence and u64 chain before it,
 *          then for each copy: u32 zone, u64 start
 *     with {@link #GIVEN_UUID}: u64 most and u64 least significant bits of a UUID
 * </pre>
 *
 * @param filesystem UUID that mkfs chose; all frames carry it forever
 * @param generation grows with each entry
 * @param epoch of the mount that wrote it
 * @param facts what mkfs decided
 * @param cleanAt end of the journal at a clean unmount, else null; an index or a checkpoint at this
 *     position is whole, and the journal holds nothing more
 * @param checkpoint newest complete checkpoint
 * @param segments the journal
 */
public record SuperblockEntry(
    UUID filesystem,
    long generation,
    long epoch,
    Facts facts,
    @Nullable JournalPosition cleanAt,
    @Nullable CheckpointRef checkpoint,
    List<JournalSegment> segments) {

  /**
   * A read-only compatible feature: the filesystem is known by another UUID than the one in its
   * frames. A program without this feature would write superblock entries without that UUID.
   */
  public static final long GIVEN_UUID = 1;

  /** Features that this version knows. */
  public static final long KNOWN_READ_ONLY_COMPATIBLE = GIVEN_UUID;

  /** Features that this version knows. */
  public static final long KNOWN_INCOMPATIBLE = 0;

  /** Longest label in bytes. */
  public static final int MAX_LABEL_BYTES = 64;

  /** With more segments than this a checkpoint is due. */
  public static final int MAX_SEGMENTS = 64;

  /**
   * Limit of growing numbers (generations, epochs, sequences), so that their successors do not turn
   * negative. At a million a second this takes more than 100,000 years.
   */
  private static final long MAX_NUMBER = 1L << 62;

  /**
   * More entries than are written between two heads of journal segments. The next generation is
   * greater than any that it can hold.
   */
  private static final long UNREAD_GENERATIONS = 1_048_582;

  /** Lower than that of the first entry of mkfs. */
  private static final long DRAFT_GENERATION = 0;

  private static final int FIXED_BYTES = 112;
  private static final int SEGMENT_BYTES = 33;
  private static final int SEGMENT_COPY_BYTES = 12;
  private static final int UUID_BYTES = 16;

  /**
   * The decisions of mkfs, and later changes of label, UUID and zones.
   *
   * @param compatible features that any version may ignore
   * @param readOnlyCompatible features that forbid writing where they are not known
   * @param incompatible features that forbid mounting where they are not known
   * @param createdMillis time of mkfs, milliseconds of the epoch
   * @param zoneCount number of zones
   * @param zoneSizeBytes size of a zone
   * @param blockSizeBytes logical block size
   * @param superblockZones the two zones of the superblock log
   * @param journalCopies number of zones that each segment of the journal is written to, 1 or 2
   * @param label may be empty
   * @param givenUuid by which it is known, if {@link #GIVEN_UUID} is among the features; else null
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
      int journalCopies,
      String label,
      @Nullable UUID givenUuid) {

    /** With another label. */
    public Facts withLabel(String newLabel) {
      return with(readOnlyCompatible, newLabel, givenUuid);
    }

    /** With another number of zones. */
    public Facts withZoneCount(int zones) {
      return new Facts(
          compatible,
          readOnlyCompatible,
          incompatible,
          createdMillis,
          zones,
          zoneSizeBytes,
          blockSizeBytes,
          superblockZones,
          journalCopies,
          label,
          givenUuid);
    }

    /** With the superblock log in other zones. */
    public Facts withSuperblockZones(List<Integer> zones) {
      return new Facts(
          compatible,
          readOnlyCompatible,
          incompatible,
          createdMillis,
          zoneCount,
          zoneSizeBytes,
          blockSizeBytes,
          List.copyOf(zones),
          journalCopies,
          label,
          givenUuid);
    }

    /** With another UUID, by which it is known. */
    public Facts withUuid(UUID uuid) {
      return with(readOnlyCompatible | GIVEN_UUID, label, uuid);
    }

    private Facts with(long newReadOnlyCompatible, String newLabel, @Nullable UUID newUuid) {
      return new Facts(
          compatible,
          newReadOnlyCompatible,
          incompatible,
          createdMillis,
          zoneCount,
          zoneSizeBytes,
          blockSizeBytes,
          superblockZones,
          journalCopies,
          newLabel,
          newUuid);
    }
  }

  /**
   * A checkpoint.
   *
   * @param manifestPositions absolute positions of the manifest's frame, one for each of the {@link
   *     CheckpointManifest#COPIES} copies
   * @param manifestFrameBytes its length
   * @param contains journal position that it contains
   */
  public record CheckpointRef(
      List<Long> manifestPositions, int manifestFrameBytes, JournalPosition contains) {
    private static final CheckpointRef NONE =
        new CheckpointRef(
            Collections.nCopies(CheckpointManifest.COPIES, 0L), 0, JournalPosition.START);

    private boolean isPossible() {
      return manifestFrameBytes > 0
          && manifestFrameBytes <= FrameKind.CHECKPOINT_MANIFEST.maxFrameBytes()
          && isNumber(contains.sequence())
          && manifestPositions.stream().allMatch(at -> at >= 0);
    }
  }

  /** The UUID by which the filesystem is known. */
  public UUID uuid() {
    UUID given = facts.givenUuid();
    return given == null ? filesystem : given;
  }

  /** Whether it was unmounted cleanly. */
  public boolean clean() {
    return cleanAt != null;
  }

  /** Length of the whole frame, rounded up to a unit. */
  public int frameBytes(int unitBytes) {
    int label = facts.label().getBytes(StandardCharsets.UTF_8).length;
    int payload = FIXED_BYTES + label + Integer.BYTES;
    for (JournalSegment segment : segments) {
      payload += SEGMENT_BYTES + segment.copies().size() * SEGMENT_COPY_BYTES;
    }
    payload += facts.givenUuid() == null ? 0 : UUID_BYTES;
    return FrameHeader.frameBytes(payload, unitBytes);
  }

  /** Encodes the frame, {@code frameBytes} long. */
  public ByteBuffer encode(int frameBytes) {
    ByteBuffer out = ByteBuffer.allocateDirect(frameBytes).order(ByteOrder.LITTLE_ENDIAN);
    out.position(FrameHeader.BYTES);
    out.putLong(facts.compatible()).putLong(facts.readOnlyCompatible());
    out.putLong(facts.incompatible()).putLong(facts.createdMillis());
    out.putInt(facts.zoneCount()).putLong(facts.zoneSizeBytes()).putInt(facts.blockSizeBytes());
    out.putInt(facts.superblockZones().get(0)).putInt(facts.superblockZones().get(1));
    out.put((byte) facts.journalCopies());
    out.put((byte) (cleanAt == null ? 0 : 1));
    put(out, cleanAt == null ? JournalPosition.START : cleanAt);
    out.put((byte) (checkpoint == null ? 0 : 1));
    CheckpointRef ref = checkpoint == null ? CheckpointRef.NONE : checkpoint;
    ref.manifestPositions().forEach(out::putLong);
    out.putInt(ref.manifestFrameBytes());
    put(out, ref.contains());
    byte[] label = facts.label().getBytes(StandardCharsets.UTF_8);
    out.put((byte) label.length).put(label);
    out.putInt(segments.size());
    for (JournalSegment segment : segments) {
      out.put((byte) segment.copies().size()).putLong(segment.epoch());
      out.putLong(segment.lengthBytes());
      put(out, segment.before());
      for (JournalSegment.Copy copy : segment.copies()) {
        out.putInt(copy.zone()).putLong(copy.startBytes());
      }
    }
    UUID given = facts.givenUuid();
    if (given != null) {
      out.putLong(given.getMostSignificantBits()).putLong(given.getLeastSignificantBits());
    }
    int payloadBytes = out.position() - FrameHeader.BYTES;
    int crc = FrameHeader.crc(out.duplicate().flip().position(FrameHeader.BYTES));
    new FrameHeader(FrameKind.ROOT, 0, filesystem, epoch, generation, payloadBytes, crc, frameBytes)
        .encode(out.duplicate().position(0));
    return out.position(0).limit(frameBytes);
  }

  private static void put(ByteBuffer out, JournalPosition position) {
    out.putLong(position.sequence()).putLong(position.chain());
  }

  private static JournalPosition position(ByteBuffer body) {
    return new JournalPosition(body.getLong(), body.getLong());
  }

  /**
   * Decodes the frame at the buffer's position, which does not move.
   *
   * @return null if there is no valid superblock entry
   */
  public static @Nullable SuperblockEntry decode(ByteBuffer in) {
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

  private static SuperblockEntry decodeBody(FrameHeader header, ByteBuffer body) {
    long compatible = body.getLong();
    long readOnlyCompatible = body.getLong();
    long incompatible = body.getLong();
    long created = body.getLong();
    int zoneCount = body.getInt();
    long zoneSize = body.getLong();
    int blockSize = body.getInt();
    List<Integer> superblock = List.of(body.getInt(), body.getInt());
    int journalCopies = body.get();
    boolean clean = body.get() != 0;
    JournalPosition cleanAt = position(body);
    boolean hasCheckpoint = body.get() != 0;
    CheckpointRef ref =
        new CheckpointRef(List.of(body.getLong(), body.getLong()), body.getInt(), position(body));
    String label = label(body);
    int count = body.getInt();
    boolean possible =
        count >= 0
            && zoneCount > 0
            && journalCopies >= 1
            && journalCopies <= JournalSegment.MAX_COPIES
            && isZone(superblock.get(0), zoneCount)
            && isZone(superblock.get(1), zoneCount)
            && isNumber(header.sequence())
            && isNumber(header.epoch())
            && (!clean || isNumber(cleanAt.sequence()))
            && (!hasCheckpoint || ref.isPossible());
    if (!possible) {
      throw new IllegalArgumentException("impossible numbers in a superblock entry");
    }
    List<JournalSegment> segments = new ArrayList<>();
    for (int index = 0; index < count; index++) {
      segments.add(decodeSegment(body, zoneCount));
    }
    UUID given =
        (readOnlyCompatible & GIVEN_UUID) == 0 ? null : new UUID(body.getLong(), body.getLong());
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
            journalCopies,
            label,
            given);
    return new SuperblockEntry(
        header.filesystem(),
        header.sequence(),
        header.epoch(),
        facts,
        clean ? cleanAt : null,
        hasCheckpoint ? ref : null,
        List.copyOf(segments));
  }

  /** A label that this program would encode to the same bytes. */
  private static String label(ByteBuffer body) {
    byte[] bytes = new byte[Byte.toUnsignedInt(body.get())];
    body.get(bytes);
    String label = new String(bytes, StandardCharsets.UTF_8);
    if (bytes.length > MAX_LABEL_BYTES
        || !Arrays.equals(bytes, label.getBytes(StandardCharsets.UTF_8))) {
      throw new IllegalArgumentException("an impossible label in a superblock entry");
    }
    return label;
  }

  private static boolean isNumber(long number) {
    return number >= 0 && number < MAX_NUMBER;
  }

  private static JournalSegment decodeSegment(ByteBuffer body, int zoneCount) {
    int copies = body.get();
    long epoch = body.getLong();
    long length = body.getLong();
    JournalPosition before = position(body);
    List<JournalSegment.Copy> places = new ArrayList<>();
    for (int copy = 0; copy < copies; copy++) {
      JournalSegment.Copy place = new JournalSegment.Copy(body.getInt(), body.getLong());
      if (!isZone(place.zone(), zoneCount) || place.startBytes() < 0) {
        throw new IllegalArgumentException("an impossible journal segment in a superblock entry");
      }
      places.add(place);
    }
    if (length < JournalSegment.OPEN || !isNumber(epoch) || !isNumber(before.sequence())) {
      throw new IllegalArgumentException("an impossible journal segment in a superblock entry");
    }
    return new JournalSegment(places, epoch, length, before);
  }

  /**
   * Why the places in this entry cannot exist on a drive, whatever the drive holds there; empty if
   * they can. Checked before an entry is followed.
   */
  public String contradiction(DeviceGeometry geometry) {
    return SuperblockPlaces.contradiction(this, geometry);
  }

  private static boolean isZone(int zone, int zoneCount) {
    return zone >= 0 && zone < zoneCount;
  }

  /** The next generation, with another journal. */
  public SuperblockEntry withSegments(List<JournalSegment> newSegments) {
    return new SuperblockEntry(
        filesystem, generation + 1, epoch, facts, null, checkpoint, List.copyOf(newSegments));
  }

  /** The next generation, with another checkpoint and journal. */
  public SuperblockEntry withCheckpoint(CheckpointRef ref, List<JournalSegment> newSegments) {
    return new SuperblockEntry(
        filesystem, generation + 1, epoch, facts, null, ref, List.copyOf(newSegments));
  }

  /** The next generation, of a new mount. */
  public SuperblockEntry withEpoch(long newEpoch, List<JournalSegment> newSegments) {
    return new SuperblockEntry(
        filesystem, generation + 1, newEpoch, facts, null, checkpoint, List.copyOf(newSegments));
  }

  /**
   * The same entry, with a generation above that of any entry in a zone of the log that cannot be
   * read now: if the zone comes back, its entries are outdated.
   */
  public SuperblockEntry withGenerationAboveUnread(List<ZoneDescriptor> report) {
    boolean allAreThere =
        facts.superblockZones().stream()
            .allMatch(zone -> report.get(zone).condition() != ZoneCondition.OFFLINE);
    return allAreThere ? this : withGenerationAbove(generation + UNREAD_GENERATIONS - 1);
  }

  /** The same entry if its generation is above this one, otherwise with the next generation. */
  SuperblockEntry withGenerationAbove(long other) {
    return generation > other
        ? this
        : new SuperblockEntry(filesystem, other + 1, epoch, facts, cleanAt, checkpoint, segments);
  }

  /** The same with other facts, before anything was written. */
  public SuperblockEntry withFacts(Facts newFacts) {
    return new SuperblockEntry(
        filesystem, generation, epoch, newFacts, cleanAt, checkpoint, segments);
  }

  /**
   * The same entry as a draft: with the lowest generation, so that each other entry is newer. At
   * the head of a journal segment it names a journal that does not count yet.
   */
  SuperblockEntry draft() {
    return new SuperblockEntry(
        filesystem, DRAFT_GENERATION, epoch, facts, cleanAt, checkpoint, segments);
  }

  /** The next generation, unmounted cleanly with the journal at its end. */
  public SuperblockEntry unmounted(JournalPosition end) {
    return new SuperblockEntry(filesystem, generation + 1, epoch, facts, end, checkpoint, segments);
  }
}
