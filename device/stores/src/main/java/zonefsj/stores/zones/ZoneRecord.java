// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.nio.ByteBuffer;
import zonefsj.device.ZoneCondition;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.software.SoftwareZoneState;

/**
 * A zone at one point of the log; in an entry, how it differs from what it was before.
 *
 * <pre>
 * offset size
 *      0    4  zone
 *      4    4  1 if the zone was finished, else 0
 *      8    4  number of pieces of before that stay, from the first one on
 *     12    4  number of pieces that follow them
 *     16    8  number of bytes written
 *     24   40  each of the pieces: offset, length, epoch of the object, its number, offset in it
 * </pre>
 *
 * @param zone index of the zone
 * @param finished whether it was finished
 * @param kept number of pieces of before that stay
 * @param writtenBytes number of bytes written
 * @param pieces what follows, without gaps
 */
record ZoneRecord(int zone, boolean finished, int kept, long writtenBytes, Pieces pieces) {
  static final int HEADER_BYTES = 24;

  /** A zone that nobody has written yet. */
  static ZoneRecord empty(int zone) {
    return new ZoneRecord(zone, false, 0, 0, Pieces.NONE);
  }

  int encodedBytes() {
    return HEADER_BYTES + pieces.count() * Piece.BYTES;
  }

  void encode(ByteBuffer out) {
    out.putInt(zone).putInt(finished ? 1 : 0).putInt(kept).putInt(pieces.count());
    out.putLong(writtenBytes);
    pieces.encode(out);
  }

  /** Reads what {@link #encode} has written; the caller has checked the checksum. */
  static ZoneRecord decode(ByteBuffer in, EmulatedGeometry geometry) throws StoreFormatException {
    if (in.remaining() < HEADER_BYTES) {
      throw new StoreFormatException("a zone is cut off");
    }
    int zone = in.getInt();
    boolean finished = in.getInt() != 0;
    int kept = in.getInt();
    int count = in.getInt();
    long writtenBytes = in.getLong();
    if (zone < 0 || zone >= geometry.zoneCount()) {
      throw new StoreFormatException("the drive has no zone " + zone);
    }
    if (count < 0 || count > in.remaining() / Piece.BYTES) {
      throw new StoreFormatException("zone " + zone + " has " + count + " pieces");
    }
    return new ZoneRecord(zone, finished, kept, writtenBytes, Pieces.decode(count, in));
  }

  /**
   * The whole zone after a change of it.
   *
   * @throws StoreFormatException if the change does not fit the zone
   */
  ZoneRecord apply(ZoneRecord change, EmulatedGeometry geometry) throws StoreFormatException {
    int stays = change.kept;
    if (stays < 0 || stays > pieces.count()) {
      throw new StoreFormatException("zone " + zone + " has no " + stays + " pieces");
    }
    Pieces first = pieces.first(stays);
    if (!change.pieces.isEmpty() && change.pieces.startBytes() != first.endBytes()) {
      throw new StoreFormatException("zone " + zone + " has a gap at " + first.endBytes());
    }
    ZoneRecord whole =
        new ZoneRecord(zone, change.finished, 0, change.writtenBytes, first.plus(change.pieces));
    // What stays was checked before.
    whole.check(geometry, stays);
    return whole;
  }

  /** How a zone differs from what it was before: what both begin with stays. */
  ZoneRecord changeFrom(ZoneRecord before) {
    int same = pieces.commonWith(before.pieces);
    return new ZoneRecord(zone, finished, same, writtenBytes, pieces.after(same));
  }

  /** The same with other offsets of the pieces in one object. */
  ZoneRecord moved(ObjectId object, long byBytes) {
    return new ZoneRecord(zone, finished, kept, writtenBytes, pieces.moved(object, byBytes));
  }

  /**
   * Checks that the zone of a drive can be so.
   *
   * @param from number of pieces that were checked before
   */
  void check(EmulatedGeometry geometry, int from) throws StoreFormatException {
    for (int at = from; at < pieces.count(); at++) {
      long length = pieces.lengthBytes(at);
      long objectOffset = pieces.objectOffsetBytes(at);
      if (length % geometry.blockSizeBytes() != 0
          || objectOffset < 0
          || objectOffset > Long.MAX_VALUE - length) {
        throw new StoreFormatException("zone " + zone + " cannot have piece " + at);
      }
    }
    if (pieces.startBytes() != 0 || pieces.endBytes() > geometry.capacityOfBytes(zone)) {
      throw new StoreFormatException("the pieces of zone " + zone + " lie outside it");
    }
    long end = pieces.endBytes();
    if (end != writtenBytes) {
      throw new StoreFormatException(
          "zone " + zone + " ends at " + end + " and says " + writtenBytes);
    }
  }

  /** The state in which the zone is after the drive was opened. */
  SoftwareZoneState state(long capacityBytes) {
    ZoneCondition condition =
        finished || writtenBytes == capacityBytes
            ? ZoneCondition.FULL
            : writtenBytes == 0 ? ZoneCondition.EMPTY : ZoneCondition.CLOSED;
    return new SoftwareZoneState(
        condition, condition == ZoneCondition.FULL ? capacityBytes : writtenBytes, writtenBytes, 0);
  }
}
