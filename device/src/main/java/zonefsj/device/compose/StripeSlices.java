// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.compose;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts buffers at the boundaries of chunks, without copying. The slices of one part belong to
 * adjacent bytes of that part. Not thread-safe.
 */
final class StripeSlices {
  private final StripeLayout layout;
  private final long offsetBytes;
  private final List<List<ByteBuffer>> ofParts;

  /**
   * @param offsetBytes of the first byte in the zone
   * @param buffers in order; their positions and limits stay
   */
  StripeSlices(StripeLayout layout, long offsetBytes, ByteBuffer... buffers) {
    this.layout = layout;
    this.offsetBytes = offsetBytes;
    this.ofParts = new ArrayList<>(layout.parts());
    for (int part = 0; part < layout.parts(); part++) {
      ofParts.add(new ArrayList<>());
    }
    long offset = offsetBytes;
    for (ByteBuffer buffer : buffers) {
      int at = buffer.position();
      while (at < buffer.limit()) {
        int length = (int) Math.min(buffer.limit() - at, layout.leftInChunkBytes(offset));
        ofParts.get(layout.partOf(offset)).add(buffer.slice(at, length));
        at += length;
        offset += length;
      }
    }
  }

  /** The slices of a part, in order. */
  List<ByteBuffer> of(int part) {
    return ofParts.get(part);
  }

  /** Where on a part its first slice belongs. */
  long firstOnPart(int part) {
    return layout.shareBytes(part, offsetBytes);
  }
}
