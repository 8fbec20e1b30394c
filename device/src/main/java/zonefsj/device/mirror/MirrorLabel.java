// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * What a member of a mirror says of itself and of the others.
 *
 * <pre>
 * offset  bytes
 *      0      8  "ZFJMIRR\0"
 *      8      4  version: 2
 *     12      4  CRC32C of all bytes of the label from 16 on
 *     16     16  UUID of the mirror, most significant bits first
 *     32      4  number of members
 *     36      4  index of this member, from 0
 *     40      8  event: grows with each label that is written, by a random number
 *     48      4  members that are current, bit 0 for index 0
 *     52      4  1: closed, all current members have everything; 0: in use
 *     56      4  number of zones of a member, with those of the label
 *     60      4  members that were current, and have missed nothing but the zones below
 *     64     24  for each member: the event with which it became current (8), the event of the
 *                last label that it has taken (8), and of the last one that it was to take (8)
 *      +   8 * n a bit for each zone: reset since a member has left, or in doubt then
 *      +   8 * n a bit for each zone: this member may differ from the others; only if closed
 * </pre>
 *
 * Little-endian; n is the number of zones without those of the label, divided by 64 and rounded up.
 * A label fills whole blocks; the rest of the last one is zeros. Immutable.
 *
 * <p>As events grow by random numbers, two labels have the same one only if they were written
 * together. A member that was written without another one therefore has an event that the other one
 * does not know, however often members have left and returned.
 *
 * @param mirror UUID of the mirror
 * @param count number of members, at most 32
 * @param index of this member
 * @param zones number of zones of a member that are used, with those of the label
 * @param event number of this label
 * @param current bits of the members that are current
 * @param closed whether the mirror was closed: nothing that was acknowledged is missing on a
 *     current member
 * @param tracked bits of the members that are not current, and have everything but what is in
 *     {@code missed}
 * @param seen what is known of each member
 * @param missed zones of the mirror that a tracked member must not keep
 * @param doubtful zones of the mirror that this member may have differently
 */
public record MirrorLabel(
    UUID mirror,
    int count,
    int index,
    int zones,
    long event,
    int current,
    boolean closed,
    int tracked,
    List<Seen> seen,
    BitSet missed,
    BitSet doubtful) {
  /** Most members of a mirror. */
  static final int MAX_MEMBERS = 32;

  private static final long MAGIC = 0x005252494d4a465aL;
  static final int VERSION = 2;
  private static final int CRC_AT = 12;
  private static final int CRC_FROM = 16;
  private static final int HEAD_BYTES = 64;
  private static final int SEEN_BYTES = 24;

  /** Of a drive with many more zones than there are. */
  private static final int MAX_BYTES = 16 << 20;

  /** As many fit into a label. */
  private static final int MAX_ZONES = MAX_BYTES / 2 * Byte.SIZE;

  /** Far above what any mirror reaches; a sum with it does not overflow. */
  private static final long MAX_EVENT = 1L << 62;

  /**
   * What is known of a member. One that has left while it was to take a label has one of the two.
   *
   * @param joined event with which it became current
   * @param confirmed event of the last label that it has taken
   * @param attempted event of the last label that it was to take
   */
  public record Seen(long joined, long confirmed, long attempted) {
    boolean has(long event) {
      return event == confirmed || event == attempted;
    }
  }

  /** Copies what could change. */
  public MirrorLabel {
    seen = List.copyOf(seen);
    missed = (BitSet) missed.clone();
    doubtful = (BitSet) doubtful.clone();
  }

  @Override
  public BitSet missed() {
    return (BitSet) missed.clone();
  }

  @Override
  public BitSet doubtful() {
    return (BitSet) doubtful.clone();
  }

  /** The first label of a mirror, in which all members are the same. */
  static MirrorLabel first(UUID mirror, int count, int zones, long event) {
    List<Seen> seen = new ArrayList<>();
    for (int member = 0; member < count; member++) {
      seen.add(new Seen(event, event, event));
    }
    int all = (int) ((1L << count) - 1);
    return new MirrorLabel(
        mirror, count, 0, zones, event, all, true, 0, seen, new BitSet(), new BitSet());
  }

  /** The label of another member of the same event. */
  MirrorLabel of(int otherIndex) {
    return new MirrorLabel(
        mirror, count, otherIndex, zones, event, current, closed, tracked, seen, missed, doubtful);
  }

  /** The label of a mirror with another number of zones. */
  MirrorLabel withZones(int otherZones) {
    return new MirrorLabel(
        mirror, count, index, otherZones, event, current, closed, tracked, seen, missed, doubtful);
  }

  /** The label of a member that may have other zones differently. */
  MirrorLabel withDoubtful(BitSet zonesInDoubt) {
    return new MirrorLabel(
        mirror, count, index, zones, event, current, closed, tracked, seen, missed, zonesInDoubt);
  }

  /** Whether another label is of the same mirror: only then may they be compared. */
  boolean isOfMirror(MirrorLabel other) {
    return mirror.equals(other.mirror) && count == other.count;
  }

  /** Whether a member is current. */
  boolean isCurrent(int member) {
    return (current & 1 << member) != 0;
  }

  /** Whether the member of this label was current itself: it is not being brought up to date. */
  boolean isComplete() {
    return isCurrent(index);
  }

  /**
   * Whether a member with another label has nothing that was acknowledged without the members of
   * this one: it is as new, or older.
   */
  boolean isInLine(MirrorLabel other) {
    return other.event == event
        || !other.isComplete()
        || seen.get(other.index).has(other.event)
        || sharesMember(other);
  }

  /**
   * Whether a third member, or the one that has this label, is current in both, has not left in
   * between, and has taken a label of this line after the last one of which the other one knows.
   * What the member with the other label has acknowledged, that one has, too.
   */
  private boolean sharesMember(MirrorLabel other) {
    for (int member = 0; member < count; member++) {
      if (member != other.index
          && isCurrent(member)
          && other.isCurrent(member)
          && seen.get(member).joined() == other.seen.get(member).joined()
          && (member == index ? event : seen.get(member).confirmed())
              > other.seen.get(member).confirmed()) {
        return true;
      }
    }
    return false;
  }

  /** Whether a member with another label keeps what it has in all zones that it has not missed. */
  boolean tracks(MirrorLabel other) {
    return (tracked & 1 << other.index) != 0
        && other.isComplete()
        && seen.get(other.index).has(other.event);
  }

  /** What the next label says besides its event. */
  record Next(int current, boolean closed, int tracked, BitSet missed, BitSet doubtful) {}

  /**
   * The next label.
   *
   * @param step random, not negative
   */
  MirrorLabel next(Next next, long step) {
    long nextEvent = event + 1 + step;
    List<Seen> nowSeen = new ArrayList<>();
    for (int member = 0; member < count; member++) {
      Seen before = seen.get(member);
      boolean isIn = (next.current & 1 << member) != 0;
      nowSeen.add(
          isIn
              ? new Seen(
                  isCurrent(member) ? before.joined() : nextEvent, before.confirmed(), nextEvent)
              : before);
    }
    return new MirrorLabel(
        mirror,
        count,
        index,
        zones,
        nextEvent,
        next.current,
        next.closed,
        next.tracked,
        nowSeen,
        next.missed,
        next.doubtful);
  }

  /** The same after all current members have taken it. */
  MirrorLabel confirmed() {
    return confirmed(current);
  }

  /**
   * The same after some of the current members have taken it.
   *
   * @param those their bits
   */
  MirrorLabel confirmed(int those) {
    List<Seen> nowSeen = new ArrayList<>();
    for (int member = 0; member < count; member++) {
      Seen before = seen.get(member);
      boolean hasTaken = (those & 1 << member) != 0;
      nowSeen.add(hasTaken ? new Seen(before.joined(), event, event) : before);
    }
    return new MirrorLabel(
        mirror, count, index, zones, event, current, closed, tracked, nowSeen, missed, doubtful);
  }

  private static int wordsOf(int zones) {
    return (zones - MirrorLabels.ZONES + Long.SIZE - 1) / Long.SIZE;
  }

  /** Length of a label without the zeros at its end. */
  static int lengthBytes(int count, int zones) {
    return HEAD_BYTES + count * SEEN_BYTES + 2 * wordsOf(zones) * Long.BYTES;
  }

  /** Encodes the label into whole blocks. */
  ByteBuffer encode(int blockSizeBytes) {
    int length = lengthBytes(count, zones);
    int blocks = (length + blockSizeBytes - 1) / blockSizeBytes;
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(blocks * blockSizeBytes).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(MAGIC).putInt(VERSION).putInt(0);
    bytes.putLong(mirror.getMostSignificantBits()).putLong(mirror.getLeastSignificantBits());
    bytes.putInt(count).putInt(index).putLong(event).putInt(current).putInt(closed ? 1 : 0);
    bytes.putInt(zones).putInt(tracked);
    for (Seen each : seen) {
      bytes.putLong(each.joined()).putLong(each.confirmed()).putLong(each.attempted());
    }
    put(bytes, missed);
    put(bytes, doubtful);
    bytes.putInt(CRC_AT, crc(bytes, length)).clear();
    return bytes;
  }

  private void put(ByteBuffer bytes, BitSet bits) {
    long[] words = bits.toLongArray();
    for (int word = 0; word < wordsOf(zones); word++) {
      bytes.putLong(word < words.length ? words[word] : 0);
    }
  }

  /**
   * Length of the label that begins in a block, by what the block says: its checksum is not
   * verified.
   *
   * @return empty if it begins none that is possible
   */
  static OptionalInt lengthBytes(ByteBuffer block) {
    ByteBuffer bytes = block.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.limit() < HEAD_BYTES || bytes.getLong(0) != MAGIC || bytes.getInt(8) != VERSION) {
      return OptionalInt.empty();
    }
    int count = bytes.getInt(32);
    int zones = bytes.getInt(56);
    if (count < 1 || count > MAX_MEMBERS || zones <= MirrorLabels.ZONES || zones > MAX_ZONES) {
      return OptionalInt.empty();
    }
    int length = lengthBytes(count, zones);
    return length > MAX_BYTES ? OptionalInt.empty() : OptionalInt.of(length);
  }

  /** The version of the label that begins in a block, if it is another one than is known. */
  static OptionalInt otherVersion(ByteBuffer block) {
    ByteBuffer bytes = block.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    boolean isOther =
        bytes.limit() >= HEAD_BYTES && bytes.getLong(0) == MAGIC && bytes.getInt(8) != VERSION;
    return isOther ? OptionalInt.of(bytes.getInt(8)) : OptionalInt.empty();
  }

  /**
   * Decodes a label.
   *
   * @param label all of it, from index 0
   * @return empty if it is none, or not of a version that is known
   */
  static Optional<MirrorLabel> decode(ByteBuffer label) {
    ByteBuffer bytes = label.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    OptionalInt length = lengthBytes(bytes);
    if (length.isEmpty()
        || bytes.limit() < length.getAsInt()
        || bytes.getInt(CRC_AT) != crc(bytes, length.getAsInt())) {
      return Optional.empty();
    }
    bytes.position(CRC_FROM);
    UUID mirror = new UUID(bytes.getLong(), bytes.getLong());
    int count = bytes.getInt();
    int index = bytes.getInt();
    long event = bytes.getLong();
    int current = bytes.getInt();
    boolean closed = bytes.getInt() == 1;
    int zones = bytes.getInt();
    int tracked = bytes.getInt();
    if (event < 0
        || event > MAX_EVENT
        || index < 0
        || index >= count
        || !areMembers(current, count)) {
      return Optional.empty();
    }
    List<Seen> seen = new ArrayList<>();
    for (int member = 0; member < count; member++) {
      seen.add(new Seen(bytes.getLong(), bytes.getLong(), bytes.getLong()));
    }
    BitSet missed = bits(bytes, zones);
    BitSet doubtful = bits(bytes, zones);
    return Optional.of(
        new MirrorLabel(
            mirror, count, index, zones, event, current, closed, tracked, seen, missed, doubtful));
  }

  private static boolean areMembers(int bits, int count) {
    return bits != 0 && Integer.SIZE - Integer.numberOfLeadingZeros(bits) <= count;
  }

  private static BitSet bits(ByteBuffer bytes, int zones) {
    long[] words = new long[wordsOf(zones)];
    for (int word = 0; word < words.length; word++) {
      words[word] = bytes.getLong();
    }
    return BitSet.valueOf(words);
  }

  /** The label in words, for messages. */
  public String title() {
    return "member " + (index + 1) + " of " + count + " of mirror " + mirror;
  }

  private static int crc(ByteBuffer bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(CRC_FROM, length - CRC_FROM));
    return (int) crc.getValue();
  }
}
