// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import org.jspecify.annotations.Nullable;

/**
 * A range of a file and where its new bytes are.
 *
 * @param from first offset
 * @param to offset after the last byte
 * @param buffer holds the bytes; null for a hole
 * @param bufferOffset offset of the bytes in the write buffer
 */
public record Interval(long from, long to, @Nullable WriteBuffer buffer, int bufferOffset) {
  /** A hole. */
  static Interval hole(long from, long to) {
    return new Interval(from, to, null, 0);
  }

  /** Length in bytes. */
  public long length() {
    return to - from;
  }

  Interval part(long partFrom, long partTo) {
    return new Interval(
        partFrom, partTo, buffer, buffer == null ? 0 : bufferOffset + (int) (partFrom - from));
  }
}
