// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.emulated;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import zonefsj.device.DeviceException;

/**
 * The seam below the state machine: holds bytes and remembers states, and decides nothing.
 *
 * <p>Threading: {@code write} and {@code reset} of one zone are called by one thread at a time;
 * {@code read} runs beside them, of bytes that no write in flight covers; {@code saveState} may be
 * called for one zone by two threads at once.
 */
interface ZoneStorage extends Closeable {
  /** Fills {@code destination} with bytes of one zone; what was never written is zeros. */
  void read(int zone, long offsetBytes, ByteBuffer destination) throws IOException;

  /** Stores all that remains in {@code sources}, in order, in one zone. */
  void write(int zone, long offsetBytes, ByteBuffer[] sources) throws IOException;

  /**
   * Remembers the latest state of a zone. It asks {@code states} itself, so that of two callers the
   * one that comes last never stores the older state.
   */
  void saveState(int zone, EmulatedZoneStates states) throws IOException;

  /** Makes a zone empty. */
  @FunctionalInterface
  interface Emptying {
    /**
     * @return false if it was empty
     */
    boolean run() throws DeviceException;
  }

  /**
   * Resets a zone, remembers its new state, and gives up its bytes. Whoever remembers the state
   * from the moment on that the zone is empty also remembers that its bytes are still there.
   *
   * @throws DeviceException if the zone refuses to be emptied; then nothing has changed
   */
  void reset(int zone, EmulatedZoneStates states, Emptying emptying) throws IOException;

  /** Makes everything durable. */
  void flush(EmulatedZoneStates states) throws IOException;
}
