// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** What goes into one chunk, and where in it. Not thread-safe. */
final class PendingChunk {
  /**
   * A piece of the chunk.
   *
   * @param dataOffset where it lies behind the first byte of the data
   */
  record Placed(PendingData data, int dataOffset) {}

  private final ChunkLayout layout;
  private final List<Placed> pieces = new ArrayList<>();

  private PendingChunk(int unitBytes) {
    layout = new ChunkLayout(unitBytes);
  }

  /**
   * Takes data, large ones as they come, until a frame of {@code roomBytes} is full. The last may
   * be cut; what does not fit stays in the queue.
   */
  static PendingChunk takeFrom(ArrayDeque<PendingData> queue, long roomBytes, int unitBytes) {
    PendingChunk chunk = new PendingChunk(unitBytes);
    while (!queue.isEmpty()) {
      PendingData next = queue.removeFirst();
      int length = next.length();
      if (chunk.layout.frameBytesWith(length) > roomBytes) {
        int head = chunk.layout.headThatFits(length, roomBytes);
        if (head > 0) {
          queue.addFirst(next.slice(head, length - head));
          chunk.add(next.slice(0, head));
        } else {
          queue.addFirst(next);
        }
        break;
      }
      chunk.add(next);
    }
    return chunk;
  }

  private void add(PendingData data) {
    pieces.add(new Placed(data, layout.add(data.length())));
  }

  /** Puts everything back to where it was taken from. */
  void putBack(ArrayDeque<PendingData> queue) {
    for (int index = pieces.size() - 1; index >= 0; index--) {
      queue.addFirst(pieces.get(index).data());
    }
  }

  List<Placed> pieces() {
    return pieces;
  }

  ChunkLayout layout() {
    return layout;
  }
}
