// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.stack;

import java.util.Arrays;

/**
 * What a zone must have after a power loss: what a flush has covered, unless the zone was reset
 * since. Not thread-safe.
 */
final class PromisedZone {
  private byte[] written = {};
  private boolean full;

  private byte[] flushed = {};
  private boolean flushedFull;
  private boolean resetSince;

  /** The longest that the zone has been since the last flush. */
  private int longest;

  /** An independent copy. */
  PromisedZone copy() {
    PromisedZone copy = new PromisedZone();
    copy.written = written;
    copy.full = full;
    copy.flushed = flushed;
    copy.flushedFull = flushedFull;
    copy.resetSince = resetSince;
    copy.longest = longest;
    return copy;
  }

  void write(byte[] bytes) {
    int from = written.length;
    written = Arrays.copyOf(written, from + bytes.length);
    System.arraycopy(bytes, 0, written, from, bytes.length);
    longest = Math.max(longest, written.length);
  }

  void finish() {
    full = true;
  }

  void reset() {
    written = new byte[0];
    full = false;
    resetSince = true;
  }

  void flush() {
    flushed = written;
    flushedFull = full;
    resetSince = false;
    longest = written.length;
  }

  /** Takes what was found after a power loss for what must be there from now on. */
  void accept(byte[] found, boolean isFull) {
    written = found;
    full = isFull;
    flush();
  }

  /** Number of bytes that were written since the last reset. */
  int writtenBytes() {
    return written.length;
  }

  /** Number of bytes that a flush has covered; 0 if the zone was reset since. */
  int flushedBytes() {
    return resetSince ? 0 : flushed.length;
  }

  /**
   * Compares with what is there without a power loss.
   *
   * @return what is wrong; empty if nothing is
   */
  String present(byte[] found, boolean isFull) {
    if (isFull != full
        || found.length < written.length
        || (!full && found.length > written.length)) {
      return found.length
          + (isFull ? " bytes, full" : " bytes")
          + " are there, and not "
          + written.length;
    }
    return Arrays.equals(written, 0, written.length, found, 0, written.length) ? "" : "wrong bytes";
  }

  /**
   * Compares with what is there after a power loss.
   *
   * @param found bytes below the write pointer
   * @return what is wrong; empty if nothing is
   */
  String difference(byte[] found, boolean isFull) {
    boolean hasFlushed =
        found.length >= flushed.length
            && Arrays.equals(flushed, 0, flushed.length, found, 0, flushed.length)
            && (isFull || !flushedFull);
    if (!hasFlushed && !resetSince) {
      return "of "
          + flushed.length
          + " flushed bytes"
          + (flushedFull ? " of a full zone" : "")
          + " only these are there: "
          + found.length
          + (isFull ? ", full" : "");
    }
    boolean mayBeFull = flushedFull || full || resetSince;
    if (!isFull && !mayBeFull && found.length > longest) {
      return found.length + " bytes are there, at most " + longest + " were written";
    }
    return "";
  }
}
