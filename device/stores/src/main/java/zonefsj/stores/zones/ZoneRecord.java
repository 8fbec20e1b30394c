// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
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
record ZoneRecord(int zone, boolean finished, int kept, long writtenBytes, List<Piece> pieces) {
  private static final int HEADER_BYTES = 24;

  ZoneRecord {
    pieces = List.copyOf(pieces);
  }

  /** A zone that nobody has written yet. */
  static ZoneRecord empty(int zone) {
    return new ZoneRecord(zone, false, 0, 0, List.of());
  }

  int encodedBytes() {
    return HEADER_BYTES + pieces.size() * Piece.BYTES;
  }

  void encode(ByteBuffer out) {
    out.putInt(zone).putInt(finished ? 1 : 0).putInt(kept).putInt(pieces.size());
    out.putLong(writtenBytes);
    pieces.forEach(piece -> piece.encode(out));
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
    List<Piece> pieces = new ArrayList<>(count);
    for (int at = 0; at < count; at++) {
      pieces.add(Piece.decode(in));
    }
    return new ZoneRecord(zone, finished, kept, writtenBytes, pieces);
  }

  /**
   * The whole zone after a change of it.
   *
   * @throws StoreFormatException if the change does not fit the zone
   */
  ZoneRecord apply(ZoneRecord change, EmulatedGeometry geometry) throws StoreFormatException {
    int stays = change.kept;
    if (stays < 0 || stays > pieces.size()) {
      throw new StoreFormatException("zone " + zone + " has no " + stays + " pieces");
    }
    List<Piece> all = new ArrayList<>(stays + change.pieces.size());
    all.addAll(pieces.subList(0, stays));
    all.addAll(change.pieces);
    ZoneRecord whole = new ZoneRecord(zone, change.finished, 0, change.writtenBytes, all);
    // What stays was checked before.
    whole.check(geometry, stays);
    return whole;
  }

  /** How a zone differs from what it was before: what both begin with stays. */
  ZoneRecord changeFrom(ZoneRecord before) {
    int same = 0;
    int most = Math.min(pieces.size(), before.pieces.size());
    while (same < most && pieces.get(same).equals(before.pieces.get(same))) {
      same++;
    }
    return new ZoneRecord(zone, finished, same, writtenBytes, pieces.subList(same, pieces.size()));
  }

  /** The same with other offsets of the pieces in one object. */
  ZoneRecord moved(ObjectId object, long byBytes) {
    return new ZoneRecord(
        zone,
        finished,
        kept,
        writtenBytes,
        pieces.stream()
            .map(piece -> piece.object().equals(object) ? piece.moved(byBytes) : piece)
            .toList());
  }

  /**
   * Checks that the zone of a drive can be so.
   *
   * @param from number of pieces that were checked before
   */
  void check(EmulatedGeometry geometry, int from) throws StoreFormatException {
    long capacity = geometry.capacityOfBytes(zone);
    long end = from == 0 ? 0 : pieces.get(from - 1).endBytes();
    for (Piece piece : pieces.subList(from, pieces.size())) {
      if (piece.offsetBytes() != end
          || piece.lengthBytes() <= 0
          || piece.lengthBytes() > capacity - end
          || piece.lengthBytes() % geometry.blockSizeBytes() != 0
          || piece.objectOffsetBytes() < 0
          || piece.objectOffsetBytes() > Long.MAX_VALUE - piece.lengthBytes()) {
        throw new StoreFormatException("zone " + zone + " has a gap at " + end);
      }
      end = piece.endBytes();
    }
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
