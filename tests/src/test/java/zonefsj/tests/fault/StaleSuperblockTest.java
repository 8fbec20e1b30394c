// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import zonefsj.device.DeviceException;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Caller;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.volume.Volume;
import zonefsj.tests.crash.CuttableDrive;
import zonefsj.tests.crash.LogSilencer;

/**
 * One zone of the superblock takes nothing any more, and does not say that it is dead. The other
 * goes on alone, and the power goes when it was just emptied: the entry that the first one shows is
 * an old one.
 */
class StaleSuperblockTest {
  private static final int GOOD = 0;
  private static final int BAD = 1;
  private static final int CUTS = 6;
  private static final int MOST_ROUNDS = 400;

  private final SplittableRandom random = new SplittableRandom(9);
  private final List<ZonedDevice> cuts = new ArrayList<>();
  private final List<Integer> rounds = new ArrayList<>();
  private boolean refuses;
  private int round;

  private final class Drive extends FilterZonedDevice {
    private final CuttableDrive drive;

    Drive(CuttableDrive drive) {
      super(drive);
      this.drive = drive;
    }

    private void check(int zone) throws IOException {
      if (refuses && zone == BAD) {
        throw new DeviceException(DeviceException.Reason.MEDIA, zone, "refused, says the test");
      }
    }

    @Override
    public void write(long positionBytes, ByteBuffer... sources) throws IOException {
      check(geometry().zoneOf(positionBytes));
      super.write(positionBytes, sources);
    }

    @Override
    public void finish(int zone) throws IOException {
      check(zone);
      super.finish(zone);
    }

    @Override
    public void reset(int zone) throws IOException {
      check(zone);
      super.reset(zone);
      if (refuses && zone == GOOD) {
        cuts.add(drive.cut(random.nextLong()));
        rounds.add(round);
      }
    }
  }

  private Volume mount(ZonedDevice drive) throws IOException {
    return FaultyVolume.mounting(random.split()).on(drive);
  }

  private static byte[] name(int number) {
    return ("f" + number).getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void theNewestRootIsAtTheHeadOfTheJournal() throws Exception {
    RamZonedDevice ram = RamZonedDevice.create(FaultyVolume.small());
    FaultyVolume.format(ram, new UUID(5, 5), random.split());
    LogSilencer quiet = new LogSilencer();
    try (quiet;
        CuttableDrive cuttable = new CuttableDrive(ram)) {
      Volume volume = mount(new Drive(cuttable));
      refuses = true;
      for (round = 0; round < MOST_ROUNDS && cuts.size() < CUTS; round++) {
        ZoneFileSystem files = volume.fileSystem();
        files.release(
            files
                .create(
                    Caller.ROOT, ZoneFileSystem.ROOT_INODE, name(round), 0644, OpenFlags.READ_WRITE)
                .handle());
        files.sync();
        volume.checkpoint();
      }
      volume.abandon();
    }
    assertThat(cuts).hasSizeGreaterThanOrEqualTo(CUTS);
    for (int cut = 0; cut < cuts.size(); cut++) {
      try (ZonedDevice left = cuts.get(cut)) {
        Volume again = mount(left);
        for (int number = 0; number < rounds.get(cut); number++) {
          assertThat(again.fileSystem().lookup(ZoneFileSystem.ROOT_INODE, name(number)))
              .isNotNull();
        }
        again.abandon();
      }
    }
  }
}
