// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * Says where all zones are written as they were after an entry of the log. Entries whose number is
 * a multiple of a constant of the drive name the newest checkpoint and are never deleted; so the
 * newest one is found by asking for their names.
 *
 * <pre>
 * offset size
 *      0    8  number of the entry of the log
 *      8    4  its checksum
 *     12    4  length of the owner
 *     16    4  number of objects with zones
 *     20    4  number of owners that took the drive from one that may still run
 *     24       the owner; epoch and number of each object (16 bytes); the number of the entry of each
 *              of those owners (8 bytes)
 * </pre>
 *
 * @param entry number of the last entry that is in it; 0 for none
 * @param entryCrc checksum of that entry
 * @param owner who owned the drive after it
 * @param objects objects with zones
 * @param fences numbers of the entries by which an owner took the drive from one that may still run
 */
record Checkpoint(
    long entry, int entryCrc, Owner owner, List<ObjectId> objects, List<Long> fences) {
  /** What the names of objects with zones begin with. */
  static final String ZONES = "zones/";

  /** Of a new drive. */
  static final Checkpoint NONE = new Checkpoint(0, 0, Owner.NONE, List.of(), List.of());

  /** So often a drive may be taken from an owner that may still run, within an object. */
  static final int MOST_FENCES = 100_000;

  private static final int FIXED_BYTES = 24;
  private static final int OBJECT_BYTES = 16;

  Checkpoint {
    objects = List.copyOf(objects);
    fences = List.copyOf(fences);
  }

  /** The name of an object with zones. */
  static String zonesName(ObjectId id) {
    return ZONES + id.epoch() + "/" + id.number();
  }

  /** The object of a name; one of epoch -1 if no object with zones has it. */
  static ObjectId ofZonesName(String name) {
    ObjectId none = new ObjectId(-1, 0);
    String[] words = name.split("/", -1);
    if (words.length != 3) {
      return none;
    }
    try {
      ObjectId id = new ObjectId(Long.parseLong(words[1]), Long.parseLong(words[2]));
      return id.epoch() > 0 && zonesName(id).equals(name) ? id : none;
    } catch (NumberFormatException notOurs) {
      return none;
    }
  }

  ByteBuffer encode() {
    ByteBuffer ownerBytes = owner.encode();
    ByteBuffer out =
        ByteBuffer.allocate(
                FIXED_BYTES
                    + ownerBytes.remaining()
                    + objects.size() * OBJECT_BYTES
                    + fences.size() * Long.BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(entry).putInt(entryCrc).putInt(ownerBytes.remaining());
    out.putInt(objects.size()).putInt(fences.size()).put(ownerBytes);
    objects.forEach(object -> out.putLong(object.epoch()).putLong(object.number()));
    fences.forEach(out::putLong);
    return out.flip();
  }

  static Checkpoint decode(ByteBuffer in, StoreShape shape) throws StoreFormatException {
    int begin = in.position();
    if (in.remaining() < FIXED_BYTES) {
      throw new StoreFormatException("a checkpoint is cut off");
    }
    long entry = in.getLong();
    int crc = in.getInt();
    int ownerBytes = in.getInt();
    int objectCount = in.getInt();
    int epochCount = in.getInt();
    if (ownerBytes < 0
        || objectCount < 0
        || objectCount > shape.geometry().zoneCount()
        || epochCount < 0
        || epochCount > MOST_FENCES
        || (long) ownerBytes + (long) objectCount * OBJECT_BYTES + (long) epochCount * Long.BYTES
            > in.remaining()) {
      throw new StoreFormatException("a checkpoint has impossible lengths");
    }
    Owner owner = Owner.decode(in);
    in.position(begin + FIXED_BYTES + ownerBytes);
    Set<ObjectId> objects = new LinkedHashSet<>();
    for (int at = 0; at < objectCount; at++) {
      objects.add(new ObjectId(in.getLong(), in.getLong()));
    }
    if (objects.size() != objectCount) {
      throw new StoreFormatException("a checkpoint has an object twice");
    }
    List<Long> epochs = new ArrayList<>(epochCount);
    long last = 0;
    for (int at = 0; at < epochCount; at++) {
      long epoch = in.getLong();
      if (epoch <= last || epoch > entry) {
        throw new StoreFormatException("a checkpoint has owners in an impossible order");
      }
      epochs.add(epoch);
      last = epoch;
    }
    return new Checkpoint(entry, crc, owner, List.copyOf(objects), epochs);
  }

  /** An object with zones: their number in 4 bytes, then the zones, whole. */
  static ByteBuffer[] encodeZones(UUID drive, long number, List<ZoneRecord> zones) {
    int length = Integer.BYTES;
    for (ZoneRecord zone : zones) {
      length += zone.encodedBytes();
    }
    ByteBuffer out = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    out.putInt(zones.size());
    zones.forEach(zone -> zone.encode(out));
    return new StoreFrame(StoreFrame.Type.ZONES, drive, number).seal(out.flip());
  }

  /** Sets the zones of an object with zones in a table. */
  static void decodeZones(StoreShape shape, ObjectId id, ByteBuffer object, ZoneTable table)
      throws IOException {
    String name = zonesName(id);
    ByteBuffer in =
        new StoreFrame(StoreFrame.Type.ZONES, shape.drive(), id.number()).open(name, object);
    if (in.remaining() < Integer.BYTES) {
      throw new StoreFormatException(name + " is cut off");
    }
    int count = in.getInt();
    for (int at = 0; at < count; at++) {
      table.set(ZoneRecord.decode(in, shape.geometry()));
    }
    if (count < 1 || in.hasRemaining()) {
      throw new StoreFormatException(name + " cannot have " + count + " zones");
    }
  }
}
