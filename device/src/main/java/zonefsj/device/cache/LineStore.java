// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.cache;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Keeps the bytes of lines in numbered slots, and decides nothing.
 *
 * <p>Threading: no byte of a slot is read while it is written; different slots, and different bytes
 * of one slot, are used at the same time.
 */
interface LineStore extends Closeable {
  /**
   * Fills {@code destination} from a slot.
   *
   * @return false if the store has the bytes no longer
   */
  boolean read(int slot, int offsetBytes, ByteBuffer destination) throws IOException;

  /**
   * Stores all remaining bytes of {@code source} in a slot.
   *
   * @return false if it does not take them now; a new line of the slot is then not there
   */
  boolean write(int slot, int offsetBytes, ByteBuffer source) throws IOException;

  /** Where the bytes are, for messages. */
  String description();
}
