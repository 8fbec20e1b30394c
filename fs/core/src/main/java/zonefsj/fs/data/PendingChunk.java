// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/** The pieces of one chunk and their positions. Not thread-safe. */
final class PendingChunk {
  /**
   * A piece of the chunk.
   *
   * @param dataOffset its offset from the first byte of the data
   */
  record Placed(PendingData data, int dataOffset) {}

  private final ChunkLayout layout;
  private final List<Placed> pieces = new ArrayList<>();

  private PendingChunk(int unitBytes) {
    layout = new ChunkLayout(unitBytes);
  }

  /**
   * Takes data from the queue in order until a frame of {@code roomBytes} is full. The last data
   * may be split; the rest stays in the queue.
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

  /** Puts all data back at the front of the queue. */
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
