// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What one flush has changed.
 *
 * <pre>
 * offset size
 *      0    4  checksum of the entry before, as in its header
 *      4    4  length of the owner; 0 if it stays
 *      8    8  number of the entry by which the writer became the owner
 *     16    4  number of zones
 *     20    4  length of the checkpoint; 0 if it names none
 *     24       the owner, the checkpoint, the zones, then bytes to which pieces of the zones refer
 * </pre>
 *
 * @param number number of the entry, from 1
 * @param previousCrc checksum of the entry before
 * @param epoch number of the entry by which the writer became the owner
 * @param owner the new owner; null if it stays
 * @param checkpoint the newest checkpoint; null unless the number is a multiple of that of the
 *     drive
 * @param zones changes of zones
 */
record LogEntry(
    long number,
    int previousCrc,
    long epoch,
    @Nullable Owner owner,
    @Nullable Checkpoint checkpoint,
    List<ZoneRecord> zones) {
  private static final int FIXED_BYTES = 24;

  /** Bytes of zones in one entry; four times what a flush puts there. */
  static final int MOST_INLINE_BYTES = 1 << 20;

  private static final int CRC_OFFSET = 12;

  LogEntry {
    zones = List.copyOf(zones);
  }

  /** Offset in the object of bytes that follow zones of a length, if there is nothing else. */
  static long inlineOffsetBytes(long ofZonesBytes) {
    return StoreFrame.BYTES + FIXED_BYTES + ofZonesBytes;
  }

  /**
   * The object.
   *
   * @param inline the bytes that follow the zones; positions stay
   */
  ByteBuffer[] encode(UUID drive, List<ByteBuffer> inline) {
    ByteBuffer ownerBytes = owner == null ? ByteBuffer.allocate(0) : owner.encode();
    ByteBuffer checkpointBytes = checkpoint == null ? ByteBuffer.allocate(0) : checkpoint.encode();
    long length = (long) FIXED_BYTES + ownerBytes.remaining() + checkpointBytes.remaining();
    for (ZoneRecord zone : zones) {
      length += zone.encodedBytes();
    }
    ByteBuffer out = ByteBuffer.allocate(Math.toIntExact(length)).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(previousCrc).putInt(ownerBytes.remaining()).putLong(epoch).putInt(zones.size());
    out.putInt(checkpointBytes.remaining()).put(ownerBytes).put(checkpointBytes);
    zones.forEach(zone -> zone.encode(out));
    ByteBuffer[] payload = new ByteBuffer[inline.size() + 1];
    payload[0] = out.flip();
    for (int at = 0; at < inline.size(); at++) {
      payload[at + 1] = inline.get(at);
    }
    return new StoreFrame(StoreFrame.Type.LOG, drive, number).seal(payload);
  }

  /** The checksum in the header of an object. */
  static int crcOf(ByteBuffer header) {
    return header.duplicate().order(ByteOrder.LITTLE_ENDIAN).getInt(CRC_OFFSET);
  }

  static LogEntry decode(StoreShape shape, long number, ByteBuffer object) throws IOException {
    String name = StoreLog.entryName(number);
    ByteBuffer in = new StoreFrame(StoreFrame.Type.LOG, shape.drive(), number).open(name, object);
    if (in.remaining() < FIXED_BYTES) {
      throw new StoreFormatException(name + " is cut off");
    }
    int previousCrc = in.getInt();
    int ownerBytes = in.getInt();
    long epoch = in.getLong();
    int count = in.getInt();
    int checkpointBytes = in.getInt();
    if (ownerBytes < 0
        || checkpointBytes < 0
        || (long) ownerBytes + checkpointBytes > in.remaining()
        || count < 0
        || count > shape.geometry().zoneCount()) {
      throw new StoreFormatException(name + " has impossible lengths");
    }
    int afterOwner = in.position() + ownerBytes;
    Owner owner = ownerBytes == 0 ? null : Owner.decode(in);
    Checkpoint checkpoint =
        checkpointBytes == 0 ? null : Checkpoint.decode(in.position(afterOwner), shape);
    if (checkpoint != null
        && (number % shape.checkpointEntries() != 0
            || checkpoint.entry() < 0
            || checkpoint.entry() >= number)) {
      throw new StoreFormatException(
          name + " cannot name a checkpoint of entry " + checkpoint.entry());
    }
    in.position(afterOwner + checkpointBytes);
    List<ZoneRecord> zones = new ArrayList<>();
    BitSet seen = new BitSet();
    for (int at = 0; at < count; at++) {
      ZoneRecord zone = ZoneRecord.decode(in, shape.geometry());
      if (seen.get(zone.zone())) {
        throw new StoreFormatException(name + " has zone " + zone.zone() + " twice");
      }
      seen.set(zone.zone());
      zones.add(zone);
    }
    if (in.remaining() > MOST_INLINE_BYTES) {
      throw new StoreFormatException(name + " has " + in.remaining() + " bytes of zones");
    }
    return new LogEntry(number, previousCrc, epoch, owner, checkpoint, zones);
  }
}
