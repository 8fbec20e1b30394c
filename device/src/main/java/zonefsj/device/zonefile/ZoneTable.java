// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.zonefile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import zonefsj.device.ZoneCondition;
import zonefsj.device.block.NativeFile;
import zonefsj.device.software.SoftwareZoneState;
import zonefsj.device.software.SoftwareZoneStates;
import zonefsj.device.software.ZoneShapes;

/**
 * The table of zone states in a file: one entry of 32 bytes for each zone. An entry of zeros is a
 * zone in its initial state, so a new file needs no table data. All numbers are little-endian; no
 * entry crosses a sector, so a lost write loses whole entries.
 *
 * <pre>
 * offset size
 *      0    1  condition, as linux/blkzoned.h numbers it: 0 no pointer, 1 empty, 2 implicitly open,
 *              3 explicitly open, 4 closed, 13 read-only, 14 full, 15 offline
 *      1    1  1: this entry is in use
 *      2    1  flags: 1 = old bytes of before the last reset may still be in the file
 *      3    1  zero
 *      4    4  CRC32C of the zone's number (4 bytes), then of bytes 0 to 3 and 8 to 31
 *      8    8  write pointer, from the zone's start
 *     16    8  bytes really written, from the zone's start
 *     24    4  number of resets
 *     28    4  zero
 * </pre>
 *
 * <p>Threading: a few monitors serialize the writes of entries; the latest state is read inside
 * them, so an older state never replaces a newer one.
 */
public final class ZoneTable {
  /** Size of an entry. */
  public static final int ENTRY_BYTES = 32;

  private static final int IN_USE = 1;
  private static final int FLAG_STALE = 1;
  private static final int CRC_AT = 4;
  private static final int STRIPES = 16;
  private static final int LOAD_ENTRIES = 32 << 10;

  private final NativeFile file;
  private final long tableOffsetBytes;

  /** Buffers for entries, one for each stripe of zones; each is its own monitor. */
  private final ByteBuffer[] stripes = new ByteBuffer[STRIPES];

  /** Tells whether a zone's old bytes may still be in the file. */
  @FunctionalInterface
  public interface StaleZones {
    /** Whether those of this zone may be. */
    boolean contains(int zone);
  }

  /** Makes the exception for a file whose table is damaged. */
  @FunctionalInterface
  public interface Damage {
    /**
     * A one-line message for the user.
     *
     * @param what the damaged part and the damage
     */
    IOException of(String what);
  }

  /**
   * The content of a table.
   *
   * @param states of all zones
   * @param stale zones that were reset and whose old bytes may still be there
   */
  public record Loaded(List<SoftwareZoneState> states, List<Integer> stale) {}

  /**
   * @param file holds the table; not owned
   * @param tableOffsetBytes offset of the first entry, a multiple of {@link #ENTRY_BYTES}
   */
  public ZoneTable(NativeFile file, long tableOffsetBytes) {
    this.file = file;
    this.tableOffsetBytes = tableOffsetBytes;
    for (int stripe = 0; stripe < STRIPES; stripe++) {
      stripes[stripe] = ByteBuffer.allocateDirect(ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  /**
   * Reads and checks the whole table.
   *
   * @param shapes of the zones
   * @param blockSizeBytes of which all write pointers are multiples
   * @param initial the state of a zone whose entry is zeros
   * @param damage makes the exception for an entry that is damaged
   */
  public Loaded load(
      ZoneShapes shapes, int blockSizeBytes, IntFunction<SoftwareZoneState> initial, Damage damage)
      throws IOException {
    int zones = shapes.zoneCount();
    List<SoftwareZoneState> states = new ArrayList<>(zones);
    List<Integer> stale = new ArrayList<>();
    ByteBuffer entries =
        ByteBuffer.allocateDirect(Math.min(zones, LOAD_ENTRIES) * ENTRY_BYTES)
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int first = 0; first < zones; first += LOAD_ENTRIES) {
      int count = Math.min(LOAD_ENTRIES, zones - first);
      file.read(offsetBytes(first), entries.clear().limit(count * ENTRY_BYTES));
      for (int i = 0; i < count; i++) {
        int zone = first + i;
        ByteBuffer entry =
            entries.slice(i * ENTRY_BYTES, ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        SoftwareZoneState state =
            isZero(entry)
                ? initial.apply(zone)
                : decode(entry, zone, shapes, blockSizeBytes, damage);
        states.add(state);
        if ((entry.get(2) & FLAG_STALE) != 0 && state.writtenBytes() == 0) {
          stale.add(zone);
        }
      }
    }
    return new Loaded(states, stale);
  }

  /** Writes the entry of a zone, with its current state from {@code states}. */
  public void save(int zone, SoftwareZoneStates states, StaleZones stale) throws IOException {
    ByteBuffer entry = stripes[zone % STRIPES];
    synchronized (entry) {
      // Read the state first: a thread that empties a zone has recorded its old bytes before. A
      // zone that holds data has no old bytes.
      SoftwareZoneState state = states.state(zone);
      encode(entry.clear(), zone, state, state.writtenBytes() == 0 && stale.contains(zone));
      file.write(offsetBytes(zone), entry);
    }
  }

  private static void encode(ByteBuffer entry, int zone, SoftwareZoneState state, boolean stale) {
    entry.put((byte) code(state.condition())).put((byte) IN_USE);
    entry.put((byte) (stale ? FLAG_STALE : 0)).put((byte) 0).putInt(0);
    entry.putLong(state.pointerBytes()).putLong(state.writtenBytes());
    entry.putInt(state.resets()).putInt(0);
    entry.putInt(CRC_AT, crc(entry, zone));
    entry.flip();
  }

  private SoftwareZoneState decode(
      ByteBuffer entry, int zone, ZoneShapes shapes, int blockSizeBytes, Damage damage)
      throws IOException {
    if (entry.getInt(CRC_AT) != crc(entry, zone)) {
      throw damaged(damage, zone, "its checksum is wrong");
    }
    ZoneCondition condition = condition(entry.get(0));
    if (condition == null || entry.get(1) != IN_USE) {
      throw damaged(damage, zone, "it has a condition that does not exist");
    }
    long pointer = entry.getLong(8);
    long written = entry.getLong(16);
    long capacity = shapes.capacityOfBytes(zone);
    boolean fits =
        written >= 0
            && written <= pointer
            && pointer <= capacity
            && pointer % blockSizeBytes == 0
            && written % blockSizeBytes == 0
            && (isFailed(condition)
                || shapes.isConventional(zone) == (condition == ZoneCondition.NOT_WRITE_POINTER))
            && (condition != ZoneCondition.FULL || pointer == capacity)
            && (condition != ZoneCondition.EMPTY || pointer == 0)
            && (condition != ZoneCondition.NOT_WRITE_POINTER || written == capacity);
    if (!fits) {
      throw damaged(damage, zone, "its write pointer does not fit its condition");
    }
    return new SoftwareZoneState(condition, pointer, written, entry.getInt(24));
  }

  private static boolean isFailed(ZoneCondition condition) {
    return condition == ZoneCondition.READ_ONLY || condition == ZoneCondition.OFFLINE;
  }

  private static boolean isZero(ByteBuffer entry) {
    for (int i = 0; i < ENTRY_BYTES; i += Long.BYTES) {
      if (entry.getLong(i) != 0) {
        return false;
      }
    }
    return true;
  }

  private static int crc(ByteBuffer entry, int zone) {
    CRC32C crc = new CRC32C();
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      crc.update(zone >>> shift);
    }
    for (int i = 0; i < ENTRY_BYTES; i++) {
      if (i < CRC_AT || i >= CRC_AT + Integer.BYTES) {
        crc.update(entry.get(i));
      }
    }
    return (int) crc.getValue();
  }

  private static int code(ZoneCondition condition) {
    return switch (condition) {
      case NOT_WRITE_POINTER -> 0;
      case EMPTY -> 1;
      case IMPLICIT_OPEN -> 2;
      case EXPLICIT_OPEN -> 3;
      case CLOSED -> 4;
      case READ_ONLY -> 13;
      case FULL -> 14;
      case OFFLINE -> 15;
    };
  }

  private static @Nullable ZoneCondition condition(int code) {
    for (ZoneCondition condition : ZoneCondition.values()) {
      if (code(condition) == code) {
        return condition;
      }
    }
    return null;
  }

  private long offsetBytes(int zone) {
    return tableOffsetBytes + (long) zone * ENTRY_BYTES;
  }

  private IOException damaged(Damage damage, int zone, String why) {
    return damage.of(
        "table entry of zone " + zone + " (at byte " + offsetBytes(zone) + ") is damaged: " + why);
  }
}
