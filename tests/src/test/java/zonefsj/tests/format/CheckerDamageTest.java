// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.fs.volume.check.VolumeChecker.Finding;
import zonefsj.fs.volume.stored.CheckpointManifest;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.journal.JournalSegment;
import zonefsj.zonemgr.FrameHeader;

/** Bytes that changed on the drive are found; what a crash leaves is not taken for them. */
class CheckerDamageTest {
  private static List<Finding> check(ZonedDevice device) throws IOException {
    return VolumeChecker.check(device, true, ProgressListener.NONE).findings();
  }

  private static void assertFound(ZonedDevice device, String words) throws IOException {
    assertThat(check(device)).anySatisfy(found -> assertThat(found.what()).contains(words));
  }

  private static RamZonedDevice withCheckpoint() throws IOException {
    RamZonedDevice device = SmallVolume.format();
    try (Volume volume = SmallVolume.mount(device, new MemoryMetadataStores())) {
      SmallVolume.fill(volume.fileSystem());
      volume.checkpoint();
    } catch (ErrnoException unexpected) {
      throw new AssertionError(unexpected);
    }
    return device;
  }

  private static PhysicalExtent firstDataOf(ZonedDevice device, String name) throws IOException {
    long inode = SmallVolume.inode(device, name);
    List<PhysicalExtent> found = new ArrayList<>();
    try (MetadataStore index = SmallVolume.index(device)) {
      index.scan(
          ColumnFamily.EXTENTS,
          Keys.extent(inode, 1),
          Keys.extent(inode + 1, 0),
          (key, value) -> {
            PhysicalExtent data = Extent.decode(Keys.extentEnd(key), value).placed();
            if (data != null) {
              found.add(data);
            }
            return true;
          });
    }
    return found.get(0);
  }

  @Test
  void aSlotOfTheSuperblockLog() throws IOException {
    RamZonedDevice device = SmallVolume.filled();
    assertFound(new FlippingDevice(device).flip(100), "a slot of the superblock log is damaged");
    long second = device.geometry().zoneStartBytes(1);
    assertFound(
        new FlippingDevice(device).flip(second + SmallVolume.SLOT_BYTES + 20),
        "a slot of the superblock log is damaged");
  }

  @Test
  void bothCopiesOfTheNewestRoot() throws IOException {
    RamZonedDevice device = SmallVolume.filled();
    FlippingDevice flipping = new FlippingDevice(device);
    for (int zone = 0; zone < 2; zone++) {
      long end = device.report(zone, 1).get(0).writePointerBytes();
      flipping.flip(end - SmallVolume.SLOT_BYTES + 70);
    }
    // The clean entry is lost; the one before it names the same journal.
    assertThat(check(flipping)).hasSize(2);
  }

  @Test
  void aTornSlotIsNoDamage() throws IOException {
    RamZonedDevice device = SmallVolume.filled();
    long end = device.report(0, 1).get(0).writePointerBytes();
    device.write(end, ByteBuffer.allocate(8192));
    assertThat(check(device)).isEmpty();
  }

  @Test
  void aSuperblockZoneThatIsGone() throws IOException {
    RamZonedDevice device = SmallVolume.filled();
    device.setOffline(1);
    assertFound(device, "a copy of the superblock log lies in a zone that is OFFLINE");
    device.setReadOnly(0);
    assertFound(device, "a copy of the superblock log lies in a zone that is READ_ONLY");
  }

  @Test
  void aBlockThatCannotBeReadHidesNoRoot() throws IOException {
    RamZonedDevice device = SmallVolume.filled();
    FlippingDevice head = new FlippingDevice(device.snapshot()).failAt(0);
    assertFound(head, "a slot of the superblock log cannot be read");
    SmallVolume.with(head, files -> files.lookup(1, SmallVolume.name("big")));
    // Zones of file data near the start are looked at for a superblock, too.
    PhysicalExtent data = firstDataOf(device, "big");
    long zoneStart =
        device.geometry().zoneStartBytes(device.geometry().zoneOf(data.positionBytes()));
    FlippingDevice other = new FlippingDevice(device).failAt(zoneStart);
    assertThat(check(other)).isEmpty();
    SmallVolume.with(other, files -> files.lookup(1, SmallVolume.name("big")));
  }

  @Test
  void theHeadOfAJournalSegment() throws IOException {
    RamZonedDevice device = SmallVolume.filled();
    long start = 0;
    for (JournalSegment segment : SmallVolume.root(device).segments()) {
      start = segment.copies().get(0).startBytes();
    }
    assertFound(
        new FlippingDevice(device).flip(start - 4000),
        "the copy of the superblock entry at the head of a journal segment is damaged");
  }

  @Test
  void aRecordInTheMiddleOfTheJournal() throws IOException {
    RamZonedDevice device = SmallVolume.filled();
    long start = SmallVolume.root(device).segments().get(0).copies().get(0).startBytes();
    assertFound(
        new FlippingDevice(device).flip(start + 70), "the newest state cannot be rebuilt: journal");
  }

  @Test
  void theTornTailOfTheJournalIsNoDamage() throws IOException {
    RamZonedDevice device = SmallVolume.filled();
    List<JournalSegment> segments = SmallVolume.root(device).segments();
    int zone = segments.get(segments.size() - 1).copies().get(0).zone();
    long end = device.report(zone, 1).get(0).writePointerBytes();
    ByteBuffer garbage = ByteBuffer.wrap(SmallVolume.bytes(12_288, 99));
    device.write(end, garbage);
    assertThat(check(device)).isEmpty();
  }

  @Test
  void aJournalZoneThatIsGone() throws IOException {
    RamZonedDevice device = SmallVolume.filled();
    device.setOffline(SmallVolume.root(device).segments().get(0).copies().get(0).zone());
    assertThat(check(device)).isNotEmpty();
  }

  @Test
  void theCheckpoint() throws IOException {
    RamZonedDevice device = withCheckpoint();
    SuperblockEntry.CheckpointRef ref = checkpointOf(SmallVolume.root(device).checkpoint());
    assertFound(
        new FlippingDevice(device).flip(ref.manifestPositions().get(0) + 80),
        "a manifest of the checkpoint is damaged");
    assertFound(
        new FlippingDevice(device).flip(partPosition(device, ref, 1) + 80),
        "copy 2 of the checkpoint's file pairs cannot be");
    FlippingDevice both =
        new FlippingDevice(device)
            .flip(partPosition(device, ref, 0) + 80)
            .flip(partPosition(device, ref, 1) + 80);
    assertFound(both, "no copy of the checkpoint's file pairs is whole");
  }

  private static long partPosition(ZonedDevice device, SuperblockEntry.CheckpointRef ref, int copy)
      throws IOException {
    ByteBuffer frame = ByteBuffer.allocate(ref.manifestFrameBytes());
    device.read(ref.manifestPositions().get(0), frame);
    ByteBuffer payload = frame.flip().position(FrameHeader.BYTES);
    CheckpointManifest manifest = CheckpointManifest.decode(SmallVolume.FILESYSTEM, payload);
    return manifest.files().get(0).copies().get(copy).get(0).position();
  }

  private static SuperblockEntry.CheckpointRef checkpointOf(
      SuperblockEntry.@Nullable CheckpointRef ref) {
    if (ref == null) {
      throw new AssertionError("no checkpoint");
    }
    return ref;
  }

  @Test
  void fileDataWithTheNameOfTheFile() throws IOException {
    RamZonedDevice device = SmallVolume.filled();
    PhysicalExtent data = firstDataOf(device, "big");
    FlippingDevice flipping = new FlippingDevice(device).flip(data.positionBytes() + 5);
    assertThat(check(flipping))
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.what()).contains("checksum mismatch");
              assertThat(found.where()).contains("file /big").contains("offset 0 to");
              assertThat(found.consequence()).contains("EIO");
            });
    assertThat(VolumeChecker.check(flipping, false, ProgressListener.NONE).findings()).isEmpty();
  }

  @Test
  void aDataZoneThatIsGone() throws IOException {
    RamZonedDevice device = SmallVolume.filled();
    PhysicalExtent data = firstDataOf(device, "big");
    device.setOffline(device.geometry().zoneOf(data.positionBytes()));
    assertFound(device, "data is lost: zone");
  }
}
