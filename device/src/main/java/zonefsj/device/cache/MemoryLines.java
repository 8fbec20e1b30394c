// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Lines in direct memory, which is allocated in pieces when it is first needed, and never more than
 * all slots take.
 *
 * <p>Threading: as {@link LineStore}; pieces are allocated under a monitor.
 */
final class MemoryLines implements LineStore {
  private static final int PIECE_BYTES = 16 << 20;

  private final int lineBytes;
  private final int slots;
  private final int pieceSlots;

  private final AtomicReferenceArray<@Nullable ByteBuffer> pieces;

  MemoryLines(int slots, int lineBytes) {
    this.lineBytes = lineBytes;
    this.slots = slots;
    this.pieceSlots = Math.max(1, PIECE_BYTES / lineBytes);
    this.pieces = new AtomicReferenceArray<>((slots - 1) / pieceSlots + 1);
  }

  @Override
  public boolean read(int slot, int offsetBytes, ByteBuffer destination) throws IOException {
    int length = destination.remaining();
    destination.put(piece(slot).slice(at(slot) + offsetBytes, length));
    return true;
  }

  @Override
  public boolean write(int slot, int offsetBytes, ByteBuffer source) throws IOException {
    int length = source.remaining();
    piece(slot).slice(at(slot) + offsetBytes, length).put(source);
    return true;
  }

  @Override
  public String description() {
    return "cache in memory";
  }

  @Override
  public void close() {
    // The memory is released with this object: reads may still be under way.
  }

  private int at(int slot) {
    return slot % pieceSlots * lineBytes;
  }

  private ByteBuffer piece(int slot) throws IOException {
    int number = slot / pieceSlots;
    ByteBuffer piece = pieces.get(number);
    return piece == null ? allocated(number) : piece;
  }

  private synchronized ByteBuffer allocated(int number) throws IOException {
    ByteBuffer piece = pieces.get(number);
    if (piece == null) {
      int held = Math.min(pieceSlots, slots - number * pieceSlots);
      try {
        piece = ByteBuffer.allocateDirect(held * lineBytes);
      } catch (OutOfMemoryError e) {
        throw new IOException(
            "no direct memory is left for it: raise -XX:MaxDirectMemorySize, or make it smaller",
            e);
      }
      pieces.set(number, piece);
    }
    return piece;
  }
}
