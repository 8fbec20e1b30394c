// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.XattrMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.fs.volume.stored.SuperblockFinder;
import zonefsj.tests.crash.LogSilencer;
import zonefsj.tests.crash.RefusingStores;
import zonefsj.tests.fixture.DriveFormat;
import zonefsj.tests.fixture.UsualOptions;

/**
 * A host that gives no image of the index, or a damaged one, so that no checkpoint is stored: each
 * mount works all the same, and the journal stays within its bounds.
 */
@Timeout(240)
final class WithoutImagesTest {
  /** More than a superblock entry can name segments. */
  private static final int MANY_MOUNTS = 400;

  private final LogSilencer quiet = new LogSilencer();
  private final SplittableRandom random = new SplittableRandom(3);

  @AfterEach
  void letGo() throws IOException {
    quiet.close();
  }

  private RamZonedDevice format(int journalCopies) throws IOException {
    return format(journalCopies, 64);
  }

  private RamZonedDevice format(int journalCopies, int zones) throws IOException {
    RamZonedDevice ram =
        RamZonedDevice.create(
            EmulatedGeometry.builder((long) zones << 20)
                .zoneSizeBytes(1 << 20)
                .maxOpenZones(14)
                .maxActiveZones(14)
                .build());
    new DriveFormat("without-images", FaultyVolume.FILESYSTEM, journalCopies)
        .format(ram, FaultyVolume.CLOCK, random.split());
    return ram;
  }

  private static RefusingStores withoutImages(MemoryMetadataStores index) {
    RefusingStores stores = new RefusingStores(index);
    stores.refuseImages();
    return stores;
  }

  private Volume mount(ZonedDevice drive, RefusingStores stores) throws IOException {
    return FaultyVolume.mounting(random.split(), stores).on(drive);
  }

  private static byte[] name(String name) {
    return name.getBytes(StandardCharsets.US_ASCII);
  }

  private static void create(Volume volume, String name) throws IOException, ErrnoException {
    ZoneFileSystem files = volume.fileSystem();
    ZoneFileSystem.Created made =
        files.create(
            Caller.ROOT, ZoneFileSystem.ROOT_INODE, name(name), 0644, OpenFlags.READ_WRITE);
    files.write(made.handle(), 0, ByteBuffer.wrap(name(name)), false);
    files.fsync(made.handle());
    files.release(made.handle());
  }

  private static void assertIsThere(Volume volume, String name)
      throws IOException, ErrnoException {
    ZoneFileSystem files = volume.fileSystem();
    long inode = files.lookup(ZoneFileSystem.ROOT_INODE, name(name)).inode();
    long handle = files.open(Caller.ROOT, inode, OpenFlags.READ);
    ByteBuffer content = ByteBuffer.allocate(100);
    files.read(handle, 0, content);
    files.release(handle);
    assertThat(content.flip()).isEqualTo(ByteBuffer.wrap(name(name)));
  }

  /** The drive as it was before each write, to zones that a test chooses. */
  private static final class Snapshots extends FilterZonedDevice {
    private final RamZonedDevice ram;
    final List<RamZonedDevice> before = new ArrayList<>();

    Snapshots(RamZonedDevice ram) {
      super(ram);
      this.ram = ram;
    }

    @Override
    public void write(long positionBytes, ByteBuffer... sources) throws IOException {
      before.add(ram.snapshot());
      super.write(positionBytes, sources);
    }
  }

  private static List<Integer> journalZones(Volume volume) throws IOException {
    return volume.zones().stream()
        .filter(zone -> zone.role().equals("journal"))
        .map(zone -> zone.descriptor().index())
        .toList();
  }

  // ---- a mount that would replace a copy of the journal

  @Test
  void aMountWithOneCopyOfTheJournalNeedsNoImage() throws Exception {
    RamZonedDevice ram = format(2);
    MemoryMetadataStores index = new MemoryMetadataStores();
    Volume volume = mount(ram, withoutImages(index));
    create(volume, "a");
    int journal = journalZones(volume).get(0);
    volume.abandon();
    ram.setReadOnly(journal);
    RefusingStores stores = withoutImages(index);
    volume = mount(ram, stores);
    assertIsThere(volume, "a");
    create(volume, "b");
    assertThat(volume.isReadOnly()).isFalse();
    assertThat(volume.status().errors())
        .anySatisfy(error -> assertThat(error).contains("a checkpoint waits"));
    stores.refuse(false);
    volume.checkpoint();
    assertThat(volume.status().checkpoints()).isEqualTo(1);
    volume.abandon();
    volume = mount(ram, new RefusingStores(new MemoryMetadataStores()));
    assertIsThere(volume, "a");
    assertIsThere(volume, "b");
    volume.close();
  }

  /** No zone has failed: power was lost between the writes of a frame to its two zones. */
  @Test
  void aMountAfterAPowerLossBetweenTwoCopiesNeedsNoImage() throws Exception {
    RamZonedDevice ram = format(2);
    MemoryMetadataStores index = new MemoryMetadataStores();
    Volume volume = mount(ram, withoutImages(index));
    create(volume, "a");
    volume.abandon();
    Snapshots cuts = new Snapshots(ram);
    volume = mount(cuts, withoutImages(index));
    create(volume, "b");
    create(volume, "c");
    volume.abandon();
    assertThat(cuts.before).hasSizeGreaterThan(6);
    for (RamZonedDevice cut : cuts.before) {
      Volume after = mount(cut, withoutImages(new MemoryMetadataStores()));
      assertIsThere(after, "a");
      create(after, "d");
      after.abandon();
      cut.close();
    }
  }

  // ---- mounts that end before a checkpoint

  private static int segments(RamZonedDevice ram) throws IOException {
    return Objects.requireNonNull(
            new SuperblockFinder(ram, ram.report(0, ram.geometry().zoneCount())).inSuperblock())
        .segments()
        .size();
  }

  private void assertAllMountsWork(int journalCopies) throws Exception {
    // The journal of all mounts is not too long.
    RamZonedDevice ram = format(journalCopies, 256);
    MemoryMetadataStores index = new MemoryMetadataStores();
    for (int mounts = 0; mounts < MANY_MOUNTS; mounts++) {
      Volume volume = mount(ram, withoutImages(index));
      create(volume, "f" + mounts);
      volume.abandon();
      assertThat(segments(ram)).isLessThan(SuperblockEntry.MAX_SEGMENTS + 3);
      if (mounts % 50 == 0) {
        // The next one replays all of the journal.
        index.lose();
      }
    }
    Volume volume = mount(ram, new RefusingStores(new MemoryMetadataStores()));
    for (int mounts = 0; mounts < MANY_MOUNTS; mounts++) {
      assertIsThere(volume, "f" + mounts);
    }
    volume.close();
  }

  @Test
  void anyNumberOfMountsMayEndBeforeACheckpoint() throws Exception {
    assertAllMountsWork(1);
  }

  @Test
  void soItIsWithTwoCopiesOfTheJournal() throws Exception {
    assertAllMountsWork(2);
  }

  /** Power is lost before each write of a mount that merges segments. */
  @Test
  void whatIsMergedIsNeverLost() throws Exception {
    RamZonedDevice ram = format(2);
    MemoryMetadataStores index = new MemoryMetadataStores();
    int files = 0;
    while (segments(ram) < SuperblockEntry.MAX_SEGMENTS) {
      Volume volume = mount(ram, withoutImages(index));
      create(volume, "f" + files++);
      volume.abandon();
    }
    Snapshots cuts = new Snapshots(ram);
    Volume volume = mount(cuts, withoutImages(index));
    create(volume, "last");
    volume.abandon();
    assertThat(segments(ram)).as("merged").isLessThan(8);
    assertThat(cuts.before).hasSizeGreaterThan(2 * files);
    for (RamZonedDevice cut : cuts.before) {
      Volume after = mount(cut, withoutImages(new MemoryMetadataStores()));
      for (int file = 0; file < files; file++) {
        assertIsThere(after, "f" + file);
      }
      create(after, "later");
      after.abandon();
      cut.close();
    }
  }

  // ---- errors=continue

  /** The journal would take every zone, and no later mount would find one. */
  @Test
  void aJournalThatNoCheckpointShortensHasABound() throws Exception {
    RamZonedDevice ram = format(1);
    RefusingStores stores = new RefusingStores(new MemoryMetadataStores());
    stores.failImages(true);
    VolumeOptions goingOn = UsualOptions.goingOn();
    Volume volume = FaultyVolume.mounting(random.split(), stores).with(goingOn).on(ram);
    create(volume, "a");
    Errno refused = null;
    int commits = 0;
    while (refused == null && commits < 4000) {
      try {
        change(volume);
        commits++;
      } catch (ErrnoException full) {
        refused = full.errno();
      }
    }
    assertThat(refused).isEqualTo(Errno.EROFS);
    assertThat(volume.isReadOnly()).as("for good").isFalse();
    assertThat(volume.status().errors())
        .anySatisfy(error -> assertThat(error).contains("a checkpoint failed"))
        .anySatisfy(error -> assertThat(error).contains("no changes are let in for now"));
    stores.failImages(false);
    volume.checkpoint();
    change(volume);
    stores.failImages(true);
    change(volume);
    volume.close();
    stores.failImages(false);
    for (int mounts = 0; mounts < 3; mounts++) {
      volume = mount(ram, stores);
      assertIsThere(volume, "a");
      create(volume, "n" + mounts);
      volume.checkpoint();
      volume.close();
    }
  }

  /** One record that no compression shortens. */
  private void change(Volume volume) throws IOException, ErrnoException {
    byte[] value = new byte[60_000];
    random.nextBytes(value);
    ZoneFileSystem files = volume.fileSystem();
    long inode = files.lookup(ZoneFileSystem.ROOT_INODE, name("a")).inode();
    files.setXattr(Caller.ROOT, inode, name("user.a"), value, XattrMode.ANY);
    files.sync();
  }
}
