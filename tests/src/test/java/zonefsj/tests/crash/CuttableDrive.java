// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.RamZonedDevice;

/**
 * A drive that several threads use, and whose power may go at any moment. A flush covers what had
 * returned before it was asked for, and nothing that is sent meanwhile. Thread-safe; changes of one
 * zone follow each other, as the filesystem has to see to.
 */
public final class CuttableDrive extends FilterZonedDevice {
  private static final int KINDS = 4;

  private final CrashImage start;
  private final List<DriveChange> changes = new ArrayList<>();

  /** So many of the changes are covered by a flush. */
  private int flushed;

  /**
   * @param drive is closed with this
   */
  public CuttableDrive(RamZonedDevice drive) throws IOException {
    super(drive);
    start = new CrashImage(drive.snapshot(), MediumContents.of(drive));
  }

  /** Noted before the caller knows that it is done: nothing that depends on it comes earlier. */
  private synchronized void note(DriveChange change) {
    changes.add(change);
  }

  private synchronized int count() {
    return changes.size();
  }

  private synchronized void flushedTo(int covered) {
    flushed = Math.max(flushed, covered);
  }

  private synchronized List<DriveChange> changesWithFlush() {
    List<DriveChange> all = new ArrayList<>(changes.subList(0, flushed));
    all.add(new DriveChange.Flush());
    all.addAll(changes.subList(flushed, changes.size()));
    return all;
  }

  /**
   * What is left if the power goes now. Of what no flush covered all is left, or nothing, or of
   * each zone a part.
   *
   * @param seed decides
   * @return an independent drive
   */
  public ZonedDevice cut(long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    List<DriveChange> all = changesWithFlush();
    while (true) {
      SurvivingChanges survivors =
          switch (random.nextInt(KINDS)) {
            case 0 -> SurvivingChanges.NONE;
            case 1 -> SurvivingChanges.ALL;
            default -> SurvivingChanges.some(random.nextLong());
          };
      try {
        CrashImage wreck = new CrashStates(start, all).after(all.size(), survivors);
        return random.nextBoolean() ? wreck.remanent() : wreck.drive();
      } catch (CrashStates.TooManySurvivorsException impossible) {
        // No drive can be left like that. Another part survives; nothing always can.
      }
    }
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    byte[] bytes = RecordingDevice.copy(sources);
    super.write(positionBytes, sources);
    note(new DriveChange.Write(geometry().zoneOf(positionBytes), positionBytes, bytes));
  }

  @Override
  public long append(int zone, ByteBuffer... sources) throws IOException {
    byte[] bytes = RecordingDevice.copy(sources);
    long position = super.append(zone, sources);
    note(new DriveChange.Write(zone, position, bytes));
    return position;
  }

  @Override
  public void flush() throws IOException {
    int covered = count();
    super.flush();
    flushedTo(covered);
  }

  @Override
  public void finish(int zone) throws IOException {
    super.finish(zone);
    note(new DriveChange.Finish(zone));
  }

  @Override
  public void reset(int zone) throws IOException {
    super.reset(zone);
    note(new DriveChange.Reset(zone));
  }
}
