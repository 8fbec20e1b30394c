// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import zonefsj.fs.data.PhysicalExtent;

/** Passes on a limited number of parts of a range, and records how far they went. For one visit. */
final class LimitedSink implements ContentReader.Sink {
  private final ContentReader.Sink sink;
  private int left;
  private long end;

  /**
   * @param maxParts limit of the number of parts
   * @param to the end of the range
   */
  LimitedSink(ContentReader.Sink sink, int maxParts, long to) {
    this.sink = sink;
    this.left = maxParts;
    this.end = to;
  }

  /** Offset behind the last part that was passed on; the end of the range if none was left. */
  long end() {
    return end;
  }

  private boolean took(long partEnd, boolean goOn) {
    left--;
    if (goOn && left > 0) {
      return true;
    }
    end = partEnd;
    return false;
  }

  @Override
  public boolean memory(long from, ByteBuffer bytes) throws IOException {
    long partEnd = from + bytes.remaining();
    return took(partEnd, sink.memory(from, bytes));
  }

  @Override
  public boolean placed(long from, PhysicalExtent data) throws IOException {
    return took(from + data.lengthBytes(), sink.placed(from, data));
  }

  @Override
  public boolean hole(long from, long to) throws IOException {
    return took(to, sink.hole(from, to));
  }

  @Override
  public boolean lost(long from, long to) throws IOException {
    return took(to, sink.lost(from, to));
  }

  @Override
  public boolean undecodable(long to, long end, IOException why) throws IOException {
    return took(to, sink.undecodable(to, end, why));
  }
}
