// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.ZoneDescriptor;
import zonefsj.fs.Caller;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.XattrMode;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockFinder;
import zonefsj.tests.crash.LogSilencer;
import zonefsj.tests.crash.RefusingStores;

/**
 * The drive cannot read the newest checkpoint for a while, and the host's disk is full: what may be
 * a part of it stays until another one is there.
 */
final class UnreadableCheckpointTest {
  private static final int ATTRIBUTES = 8;
  private static final int ATTRIBUTE_BYTES = 60_000;

  private final LogSilencer quiet = new LogSilencer();
  private FaultyVolume drive;
  private RefusingStores stores;

  /** A checkpoint of several zones, which cannot be read, and a host that takes no image. */
  @BeforeEach
  void mountWithoutIt() throws Exception {
    drive = new FaultyVolume(FaultyVolume.geometry(64));
    stores = new RefusingStores(drive.stores);
    drive.writeDurably("file", FaultyVolume.random(1, 50_000));
    for (int number = 0; number < ATTRIBUTES; number++) {
      drive
          .fileSystem()
          .setXattr(
              Caller.ROOT,
              drive.inode("file"),
              name(number),
              FaultyVolume.random(number, ATTRIBUTE_BYTES),
              XattrMode.ANY);
    }
    drive.volume().checkpoint();
    drive.volume().abandon();
    drive.stores.crash();
    List<ZoneDescriptor> report = drive.ram.report(0, drive.ram.geometry().zoneCount());
    SuperblockEntry entry =
        Objects.requireNonNull(new SuperblockFinder(drive.ram, report).inSuperblock());
    Objects.requireNonNull(entry.checkpoint()).manifestPositions().forEach(drive.rot::failAt);
    stores.refuseImages();
    drive.use(FaultyVolume.mounting(new SplittableRandom(7), stores).on(drive.device));
    drive.writeDurably("later", FaultyVolume.random(2, 50_000));
    drive.volume().runGc(ProgressListener.NONE);
  }

  @AfterEach
  void letGo() throws IOException {
    drive.close();
    quiet.close();
  }

  private static byte[] name(int number) {
    return ("user.a" + number).getBytes(StandardCharsets.UTF_8);
  }

  private void assertAllIsThereWithoutTheIndex() throws Exception {
    drive.crash(true);
    assertThat(drive.read("file")).isEqualTo(FaultyVolume.random(1, 50_000));
    assertThat(drive.read("later")).isEqualTo(FaultyVolume.random(2, 50_000));
    for (int number = 0; number < ATTRIBUTES; number++) {
      assertThat(drive.fileSystem().getXattr(drive.inode("file"), name(number)))
          .isEqualTo(FaultyVolume.random(number, ATTRIBUTE_BYTES));
    }
  }

  private long unclaimed() throws IOException {
    return drive.volume().zones().stream().filter(zone -> zone.role().equals("unknown")).count();
  }

  @Test
  void aLaterMountThatReadsItNeedsNoIndex() throws Exception {
    drive.rot.healReads();
    assertAllIsThereWithoutTheIndex();
  }

  @Test
  void anotherCheckpointFreesItsZones() throws Exception {
    assertThat(unclaimed()).isPositive();
    stores.refuse(false);
    drive.volume().checkpoint();
    drive.volume().runGc(ProgressListener.NONE);
    assertThat(unclaimed()).isZero();
    assertAllIsThereWithoutTheIndex();
  }
}
