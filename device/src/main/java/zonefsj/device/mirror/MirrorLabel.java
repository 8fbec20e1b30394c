// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * What a member of a mirror says of itself and of the others.
 *
 * <pre>
 * offset  bytes
 *      0      8  "ZFJMIRR\0"
 *      8      4  version: 1
 *     12      4  CRC32C of bytes 16 to 199
 *     16     16  UUID of the mirror, most significant bits first
 *     32      4  number of members
 *     36      4  index of this member, from 0
 *     40      8  generation: grows with each label that is written
 *     48      4  members that are current, bit 0 for index 0
 *     52      4  1: closed in good order, all current members are the same; 0: in use
 *     56      4  number of ids, 1 to 17
 *     60      4  number of zones of a member, with those of the label
 *     64    136  random ids of the newest generations that began with a change of the members that
 *                are current, the newest one first
 * </pre>
 *
 * Little-endian. A label fills a block; the rest of it is zeros. Immutable.
 *
 * @param mirror UUID of the mirror
 * @param count number of members, at most 32
 * @param index of this member
 * @param zones number of zones of a member that are used, with those of the label
 * @param generation of the labels of one membership, the highest one counts
 * @param current bits of the members that are current
 * @param clean whether the mirror was closed in good order
 * @param history ids of memberships, the newest first; a member whose newest id is not in the
 *     history of another one was written without it
 */
public record MirrorLabel(
    UUID mirror,
    int count,
    int index,
    int zones,
    long generation,
    int current,
    boolean clean,
    List<Long> history) {
  /** Most members of a mirror. */
  static final int MAX_MEMBERS = 32;

  private static final long MAGIC = 0x005252494d4a465aL;
  private static final int VERSION = 1;
  private static final int CRC_AT = 12;
  private static final int CRC_FROM = 16;
  private static final int BYTES = 200;
  private static final int MAX_HISTORY = 17;

  /** Far above what any mirror reaches; a sum with it does not overflow. */
  private static final long MAX_GENERATION = 1L << 62;

  /** Keeps the newest ids. */
  public MirrorLabel {
    history = List.copyOf(history.subList(0, Math.min(history.size(), MAX_HISTORY)));
  }

  /** The label of another member of the same generation. */
  MirrorLabel of(int otherIndex) {
    return new MirrorLabel(mirror, count, otherIndex, zones, generation, current, clean, history);
  }

  /** The label of a mirror with another number of zones. */
  MirrorLabel withZones(int otherZones) {
    return new MirrorLabel(mirror, count, index, otherZones, generation, current, clean, history);
  }

  /**
   * Whether this label was written later than another one: by members that knew of the other one's
   * membership, or, of the same one, with a higher generation. Generations alone do not tell: two
   * members that were each used without the other count on their own.
   */
  boolean isNewerThan(MirrorLabel other) {
    boolean isSame = history.get(0).equals(other.history.get(0));
    boolean knowsOther = !isSame && history.contains(other.history.get(0));
    boolean isKnown = !isSame && other.history.contains(history.get(0));
    return knowsOther == isKnown ? generation > other.generation : knowsOther;
  }

  /** Whether a member is current. */
  boolean isCurrent(int member) {
    return (current & 1 << member) != 0;
  }

  /**
   * The next generation.
   *
   * @param id random, of the membership if it changes
   */
  MirrorLabel next(int nowCurrent, boolean nowClean, long id) {
    List<Long> ids = new ArrayList<>(history);
    if (nowCurrent != current) {
      ids.add(0, id);
    }
    return new MirrorLabel(mirror, count, index, zones, generation + 1, nowCurrent, nowClean, ids);
  }

  /** Encodes the label into a whole block. */
  ByteBuffer encode(int blockSizeBytes) {
    ByteBuffer block = ByteBuffer.allocateDirect(blockSizeBytes).order(ByteOrder.LITTLE_ENDIAN);
    block.putLong(MAGIC).putInt(VERSION).putInt(0);
    block.putLong(mirror.getMostSignificantBits()).putLong(mirror.getLeastSignificantBits());
    block.putInt(count).putInt(index).putLong(generation).putInt(current).putInt(clean ? 1 : 0);
    block.putInt(history.size()).putInt(zones);
    history.forEach(block::putLong);
    block.putInt(CRC_AT, crc(block)).clear();
    return block;
  }

  /**
   * Decodes a label.
   *
   * @param block from index 0
   * @return empty if it is none, or not of a version that is known
   */
  static Optional<MirrorLabel> decode(ByteBuffer block) {
    ByteBuffer bytes = block.duplicate().order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.limit() < BYTES
        || bytes.getLong(0) != MAGIC
        || bytes.getInt(8) != VERSION
        || bytes.getInt(CRC_AT) != crc(bytes)) {
      return Optional.empty();
    }
    bytes.position(CRC_FROM);
    UUID mirror = new UUID(bytes.getLong(), bytes.getLong());
    int count = bytes.getInt();
    int index = bytes.getInt();
    long generation = bytes.getLong();
    int current = bytes.getInt();
    boolean clean = bytes.getInt() == 1;
    int ids = bytes.getInt();
    int zones = bytes.getInt();
    if (count < 1
        || zones <= MirrorLabels.ZONES
        || generation < 0
        || generation > MAX_GENERATION
        || count > MAX_MEMBERS
        || index < 0
        || index >= count
        || current == 0
        || ids < 1
        || ids > MAX_HISTORY) {
      return Optional.empty();
    }
    List<Long> history = new ArrayList<>();
    for (int at = 0; at < ids; at++) {
      history.add(bytes.getLong());
    }
    return Optional.of(
        new MirrorLabel(mirror, count, index, zones, generation, current, clean, history));
  }

  /** The label in words, for messages. */
  public String title() {
    return "member " + (index + 1) + " of " + count + " of mirror " + mirror;
  }

  private static int crc(ByteBuffer block) {
    CRC32C crc = new CRC32C();
    crc.update(block.slice(CRC_FROM, BYTES - CRC_FROM));
    return (int) crc.getValue();
  }
}
