// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.software;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import zonefsj.device.DeviceException;
import zonefsj.device.ZoneJudge;

/**
 * The interface below the state machine: stores bytes and states, and decides nothing.
 *
 * <p>Threading: one thread at a time calls {@code write} and {@code reset} of one zone; {@code
 * read} runs concurrently with them, for bytes that no write in flight covers; two threads at once
 * may call {@code saveState} for one zone. The lock of the zone is held during its changes, so that
 * no call goes back to the drive.
 */
public interface ZoneStorage extends Closeable {
  /** Fills {@code destination} with bytes of one zone; unwritten bytes are zeros. */
  void read(int zone, long offsetBytes, ByteBuffer destination) throws IOException;

  /** As {@link zonefsj.device.ZonedDevice#copies}. */
  default int copies() {
    return 1;
  }

  /** As {@link #read}, but what one copy alone holds. */
  default void readCopy(int copy, int zone, long offsetBytes, ByteBuffer destination)
      throws IOException {
    read(zone, offsetBytes, destination);
  }

  /** A copy has given wrong bytes; see {@link zonefsj.device.ZonedDevice#noteWrong}. */
  default void noteWrong(int copy, int zone, long offsetBytes) {}

  /** As {@link zonefsj.device.ZonedDevice#judgeBy}. */
  default void judgeBy(ZoneJudge judge) {}

  /**
   * Zones of a range that a drive below has made READ_ONLY or OFFLINE by itself, asked at each
   * report. A storage that keeps the conditions of its zones has none.
   */
  default List<Integer> failedZones(int from, int count) {
    return List.of();
  }

  /** Stores all remaining bytes of {@code sources}, in order, in one zone. */
  void write(int zone, long offsetBytes, ByteBuffer[] sources) throws IOException;

  /**
   * Saves the latest state of a zone. It reads {@code states} itself, so that of two callers the
   * last one never stores the older state.
   */
  void saveState(int zone, SoftwareZoneStates states) throws IOException;

  /** Makes a zone empty. */
  @FunctionalInterface
  interface Emptying {
    /**
     * @return false if it was empty
     */
    boolean run() throws DeviceException;
  }

  /**
   * Prepares the finish of a zone, before any other zone may take its resources. A storage without
   * resources of its own has nothing to do.
   */
  default void finish(int zone) throws IOException {}

  /**
   * Resets a zone, saves its new state, and releases its bytes. Every save of the state from the
   * moment at which the zone is empty also records that its bytes are still there.
   *
   * @throws DeviceException if the zone refuses to be emptied; then nothing has changed
   */
  void reset(int zone, SoftwareZoneStates states, Emptying emptying) throws IOException;

  /**
   * Finds the state of a zone after a change of it has failed. Called with the lock of the zone,
   * before the next report or change of it. A storage whose bytes have no write pointer of their
   * own has nothing to find.
   *
   * @param known the state before the change
   * @return the state that the zone really has
   * @throws IOException if it cannot be found; it is asked again
   */
  default SoftwareZoneState settle(int zone, SoftwareZoneState known) throws IOException {
    return known;
  }

  /** Makes everything durable. */
  void flush(SoftwareZoneStates states) throws IOException;
}
