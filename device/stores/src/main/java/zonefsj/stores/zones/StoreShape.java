// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalInt;
import java.util.UUID;
import zonefsj.device.emulated.EmulatedGeometry;

/**
 * What a drive on a store is: its first object, named {@code volume}.
 *
 * <pre>
 * offset size
 *      0    8  size
 *      8    8  size of a zone
 *     16    8  capacity of a zone
 *     24    4  block size
 *     28    4  limit of open zones; 0: none
 *     32    4  limit of active zones; 0: none
 *     36    4  longest append
 *     40    8  longest object of data
 *     48    8  entries whose number is a multiple of this name a checkpoint
 * </pre>
 *
 * @param drive its UUID
 * @param geometry its zones
 * @param objectBytes longest object of data
 * @param checkpointEntries entries of the log whose number is a multiple of this name a checkpoint
 */
public record StoreShape(
    UUID drive, EmulatedGeometry geometry, long objectBytes, long checkpointEntries) {
  /** The name of the object. */
  static final String NAME = "volume";

  /** Longest object with this name that is read; later versions may say more. */
  static final int MOST_BYTES = 64 << 10;

  /** Blocks of a zone, so that what the log says of one is never longer than an object. */
  static final long MOST_BLOCKS = 1 << 20;

  static final long MOST_OBJECT_BYTES = 8 << 20;
  private static final long MOST_CHECKPOINT_ENTRIES = 1 << 20;
  private static final int BYTES = 56;

  /**
   * Checks the zones of a drive that is to be made.
   *
   * @throws IOException in words, if no drive on a store can have them
   */
  public static void requireFit(EmulatedGeometry wanted) throws IOException {
    if (wanted.zoneCapacityBytes() / wanted.blockSizeBytes() > MOST_BLOCKS) {
      throw new StoreFormatException(
          "a zone of a drive on a store has at most "
              + MOST_BLOCKS
              + " blocks; give it less"
              + " capacity, or larger blocks");
    }
  }

  /**
   * Checks the numbers.
   *
   * @throws IOException in words, if a drive cannot have them
   */
  StoreShape checked() throws IOException {
    requireFit(geometry);
    int block = geometry.blockSizeBytes();
    if (objectBytes < block || objectBytes > MOST_OBJECT_BYTES || objectBytes % block != 0) {
      throw new StoreFormatException(NAME + ": no object can have " + objectBytes + " bytes");
    }
    if (checkpointEntries < 2 || checkpointEntries > MOST_CHECKPOINT_ENTRIES) {
      throw new StoreFormatException(
          NAME + ": no checkpoint can follow after " + checkpointEntries + " entries");
    }
    return this;
  }

  /** Java heap that the places of the bytes of all zones take. */
  public long heapBytes() {
    return pieceLimits().heapBytes();
  }

  /**
   * As above, of a drive that is to be made.
   *
   * @param mostObjectBytes longest object that its store takes
   */
  public static long heapBytes(EmulatedGeometry wanted, long mostObjectBytes) {
    return PieceLimits.of(wanted, Math.min(mostObjectBytes, MOST_OBJECT_BYTES), PieceLimits.SMALL)
        .heapBytes();
  }

  /** How many pieces the zones have. */
  PieceLimits pieceLimits() {
    return PieceLimits.of(geometry, objectBytes, PieceLimits.SMALL);
  }

  ByteBuffer[] encode() {
    ByteBuffer out = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(geometry.sizeBytes()).putLong(geometry.zoneSizeBytes());
    out.putLong(geometry.zoneCapacityBytes()).putInt(geometry.blockSizeBytes());
    out.putInt(geometry.maxOpenZones().orElse(0)).putInt(geometry.maxActiveZones().orElse(0));
    out.putInt(geometry.maxAppendBytes()).putLong(objectBytes).putLong(checkpointEntries);
    return new StoreFrame(StoreFrame.Type.VOLUME, drive, 0).seal(out.flip());
  }

  static StoreShape decode(ByteBuffer object) throws IOException {
    ByteBuffer in = StoreFrame.openAny(StoreFrame.Type.VOLUME, NAME, object);
    if (in.remaining() < BYTES) {
      throw new StoreFormatException(NAME + " is cut off");
    }
    try {
      EmulatedGeometry geometry =
          EmulatedGeometry.builder(in.getLong())
              .zoneSizeBytes(in.getLong())
              .zoneCapacityBytes(in.getLong())
              .blockSizeBytes(in.getInt())
              .maxOpenZones(limit(in.getInt()))
              .maxActiveZones(limit(in.getInt()))
              .maxAppendBytes(in.getInt())
              .build();
      return new StoreShape(StoreFrame.driveOf(object), geometry, in.getLong(), in.getLong())
          .checked();
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new StoreFormatException(NAME + ": " + e.getMessage());
    }
  }

  private static OptionalInt limit(int stored) {
    return stored == 0 ? OptionalInt.empty() : OptionalInt.of(stored);
  }
}
