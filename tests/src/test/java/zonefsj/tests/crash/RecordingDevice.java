// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.tests.crash.DriveChange.Finish;
import zonefsj.tests.crash.DriveChange.Flush;
import zonefsj.tests.crash.DriveChange.Reset;
import zonefsj.tests.crash.DriveChange.Write;

/**
 * Notes every change of a drive, with its data, in order. For one thread at a time: the order of
 * changes is the order in which they returned.
 */
final class RecordingDevice extends FilterZonedDevice {
  private final List<DriveChange> changes = new ArrayList<>();
  private final IntConsumer before;
  private int refused;

  /**
   * @param delegate does the work
   * @param before is told the number of each change before it is tried
   */
  RecordingDevice(ZonedDevice delegate, IntConsumer before) {
    super(delegate);
    this.before = before;
  }

  /** All changes so far. */
  List<DriveChange> changes() {
    return changes;
  }

  /** How many changes the drive refused: a filesystem that keeps the zone rules causes none. */
  int refused() {
    return refused;
  }

  private interface Attempt {
    void run() throws IOException;
  }

  private void attempt(Attempt attempt) throws IOException {
    before.accept(changes.size());
    boolean done = false;
    try {
      attempt.run();
      done = true;
    } finally {
      refused += done ? 0 : 1;
    }
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    byte[] bytes = copy(sources);
    attempt(() -> super.write(positionBytes, sources));
    changes.add(new Write(geometry().zoneOf(positionBytes), positionBytes, bytes));
  }

  @Override
  public long append(int zone, ByteBuffer... sources) throws IOException {
    byte[] bytes = copy(sources);
    long[] position = new long[1];
    attempt(() -> position[0] = super.append(zone, sources));
    changes.add(new Write(zone, position[0], bytes));
    return position[0];
  }

  static byte[] copy(ByteBuffer[] sources) {
    int length = 0;
    for (ByteBuffer source : sources) {
      length += source.remaining();
    }
    ByteBuffer all = ByteBuffer.allocate(length);
    for (ByteBuffer source : sources) {
      all.put(source.duplicate());
    }
    return all.array();
  }

  @Override
  public void flush() throws IOException {
    attempt(super::flush);
    changes.add(new Flush());
  }

  @Override
  public void finish(int zone) throws IOException {
    attempt(() -> super.finish(zone));
    changes.add(new Finish(zone));
  }

  @Override
  public void reset(int zone) throws IOException {
    attempt(() -> super.reset(zone));
    changes.add(new Reset(zone));
  }
}
