// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.UUID;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.EmulatedGeometry;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Attributes;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.XattrMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.check.Scratch;
import zonefsj.fs.volume.repair.VolumeRepair;
import zonefsj.fs.volume.stored.BatchRecord;
import zonefsj.fs.volume.stored.SuperblockEntry;
import zonefsj.journal.Journal;
import zonefsj.journal.JournalPosition;
import zonefsj.journal.JournalReader;
import zonefsj.journal.JournalSegment;
import zonefsj.journal.JournalZones;
import zonefsj.tests.fixture.DriveFormat;
import zonefsj.tests.fixture.VolumeMount;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneStream;

/** A small drive with a filesystem, reached from outside and from below. */
final class SmallVolume {
  static final UUID FILESYSTEM = new UUID(0x0123456789abcdefL, 0xfedcba9876543210L);
  static final int SLOT_BYTES = 16 << 10;
  private static final InstantSource CLOCK =
      InstantSource.fixed(Instant.ofEpochSecond(1_700_000_000L, 123_456_789));

  private SmallVolume() {}

  /** Does something on a mounted filesystem. */
  @FunctionalInterface
  interface Work {
    void on(ZoneFileSystem files) throws IOException, ErrnoException;
  }

  /** Makes a batch by hand; the index is as the drive says now. */
  @FunctionalInterface
  interface Forgery {
    void make(MetadataStore index, BatchRecord.Builder batch) throws IOException;
  }

  static RamZonedDevice format() throws IOException {
    return format(0);
  }

  static RamZonedDevice format(int conventionalZones) throws IOException {
    RamZonedDevice device =
        RamZonedDevice.create(
            EmulatedGeometry.builder(64L << 20)
                .zoneSizeBytes(2 << 20)
                .zoneCapacityBytes(3 << 19)
                .conventionalZones(conventionalZones)
                .maxOpenZones(8)
                .maxActiveZones(10)
                .build());
    return formatted(device);
  }

  /** The superblock log does not fill its zones. */
  static RamZonedDevice formatWithLongZones() throws IOException {
    return formatted(
        RamZonedDevice.create(EmulatedGeometry.builder(1L << 30).zoneSizeBytes(32 << 20).build()));
  }

  private static RamZonedDevice formatted(RamZonedDevice device) throws IOException {
    new DriveFormat("small", FILESYSTEM).format(device, CLOCK, new SplittableRandom(1));
    return device;
  }

  static Volume mount(ZonedDevice device, MetadataStores stores) throws IOException {
    return VolumeMount.of(CLOCK, new SplittableRandom(7), stores).on(device);
  }

  static VolumeRepair.Result repair(ZonedDevice device, boolean data) throws IOException {
    return VolumeRepair.repair(
        device,
        new VolumeRepair.Plan(
            data, false, Scratch.ofSystem(), "pairs-1", CLOCK, new SplittableRandom(13)),
        ProgressListener.NONE);
  }

  /** Mounts without an index, works, and lets the power go once all is durable. */
  static void with(ZonedDevice device, Work work) throws IOException {
    try {
      Volume volume = mount(device, new MemoryMetadataStores());
      work.on(volume.fileSystem());
      volume.fileSystem().sync();
      volume.abandon();
    } catch (ErrnoException unexpected) {
      throw new AssertionError(unexpected);
    }
  }

  /** A filesystem with a few inodes of each kind. */
  static RamZonedDevice filled() throws IOException {
    RamZonedDevice device = format();
    with(device, SmallVolume::fill);
    return device;
  }

  static void fill(ZoneFileSystem files) throws IOException, ErrnoException {
    long entry = ZoneFileSystem.ROOT_INODE;
    long directory = files.makeDirectory(Caller.ROOT, entry, name("dir"), 0755).inode();
    files.makeDirectory(Caller.ROOT, directory, name("sub"), 0755);
    long small = write(files, directory, "small", 0, bytes(100, 1));
    write(files, entry, "big", 0, bytes(3 << 20, 2));
    long sparse = write(files, entry, "sparse", 1_000_001, bytes(70_001, 3));
    files.link(Caller.ROOT, small, entry, name("hard"));
    files.makeSymlink(Caller.ROOT, entry, name("symlink"), name("dir/small"));
    files.makeNode(Caller.ROOT, entry, name("pipe"), FileMode.FIFO | 0644, 0);
    files.setXattr(Caller.ROOT, sparse, name("user.a"), bytes(3000, 4), XattrMode.ANY);
    files.sync();
    overwrite(files, sparse, 1_020_000, bytes(1234, 5));
    overwrite(files, small, 10, bytes(20, 6));
  }

  static byte[] name(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] bytes(int length, long seed) {
    byte[] bytes = new byte[length];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  static long write(ZoneFileSystem files, long parent, String name, long offset, byte[] bytes)
      throws IOException, ErrnoException {
    ZoneFileSystem.Created created =
        files.create(Caller.ROOT, parent, name(name), 0644, OpenFlags.READ_WRITE);
    files.write(created.handle(), offset, ByteBuffer.wrap(bytes), false);
    files.release(created.handle());
    return created.attributes().inode();
  }

  private static void overwrite(ZoneFileSystem files, long inode, long offset, byte[] bytes)
      throws IOException, ErrnoException {
    long handle = files.open(Caller.ROOT, inode, OpenFlags.READ_WRITE);
    files.write(handle, offset, ByteBuffer.wrap(bytes), false);
    files.release(handle);
  }

  static long inode(ZonedDevice device, String... path) throws IOException {
    long[] inode = {ZoneFileSystem.ROOT_INODE};
    with(
        device,
        files -> {
          for (String name : path) {
            Attributes found = files.lookup(inode[0], name(name));
            inode[0] = found.inode();
          }
        });
    return inode[0];
  }

  /** The newest entry of the first superblock zone. */
  static SuperblockEntry root(ZonedDevice device) throws IOException {
    ZoneDescriptor zone = device.report(0, 1).get(0);
    ByteBuffer slot = ByteBuffer.allocate(SLOT_BYTES);
    device.read(zone.writePointerBytes() - SLOT_BYTES, slot);
    SuperblockEntry entry = SuperblockEntry.decode(slot.flip());
    if (entry == null) {
      throw new AssertionError("the superblock log ends without a root");
    }
    return entry;
  }

  /** What the journal adds up to; for a drive without a checkpoint. */
  static MetadataStore index(ZonedDevice device) throws IOException {
    MetadataStore index = new MemoryMetadataStores().create();
    replay(device, index);
    return index;
  }

  private static JournalReader.Result replay(ZonedDevice device, MetadataStore index)
      throws IOException {
    return new JournalReader(device, FILESYSTEM)
        .read(
            root(device).segments(),
            JournalPosition.START,
            (record, position, proven) -> {
              index.apply(
                  BatchRecord.of(record),
                  new AppliedPosition(FILESYSTEM, position.sequence(), position.chain()));
              return true;
            });
  }

  /** Appends a batch to the journal, as a mount that went wrong would. */
  static void forge(ZonedDevice device, Forgery forgery) throws IOException {
    BatchRecord.Builder batch = new BatchRecord.Builder();
    try (MetadataStore index = new MemoryMetadataStores().create()) {
      JournalReader.Result history = replay(device, index);
      forgery.make(index, batch);
      append(device, history, batch.build());
    }
  }

  private static void append(ZonedDevice device, JournalReader.Result history, BatchRecord batch)
      throws IOException {
    List<ZoneDescriptor> report = device.report(0, device.geometry().zoneCount());
    ZoneAllocator allocator = new ZoneAllocator(device, report, 1);
    SuperblockEntry old = root(device);
    SuperblockEntry current = old.withEpoch(old.epoch() + 1, history.segments());
    try (Journal journal =
        new Journal(
            device,
            FILESYSTEM,
            current.epoch(),
            history,
            new ForgedZones(device, allocator, current),
            new SplittableRandom(11))) {
      journal.begin();
      journal.append(batch.bytes());
      journal.commit();
      journal.appendProof();
      device.flush();
    }
  }

  /** Goes on in the journal's last zone, as a mount would. */
  private record ForgedZones(ZonedDevice device, ZoneAllocator allocator, SuperblockEntry current)
      implements JournalZones {
    @Override
    public int copies() {
      return 1;
    }

    @Override
    public boolean hasRoomForSegment(
        List<ZoneHandle> open, List<JournalSegment> segments, JournalPosition end) {
      return false;
    }

    @Override
    public List<ZoneHandle> nextZones(
        List<JournalSegment> closed,
        JournalPosition before,
        List<ZoneHandle> open,
        long firstFrameBytes)
        throws IOException {
      assertThat(open).as("there was no append yet").isEmpty();
      int zone = closed.get(closed.size() - 1).copies().get(0).zone();
      ZoneHandle handle = allocator.open(zone, ZoneStream.JOURNAL);
      JournalSegment.Copy place = new JournalSegment.Copy(zone, handle.positionBytes() + 4096);
      List<JournalSegment> grown = new ArrayList<>(closed);
      grown.add(new JournalSegment(List.of(place), current.epoch(), JournalSegment.OPEN, before));
      SuperblockEntry next = current.withSegments(grown);
      handle.append(next.encode(4096));
      for (int side : next.facts().superblockZones()) {
        device.write(device.report(side, 1).get(0).writePointerBytes(), next.encode(SLOT_BYTES));
      }
      return List.of(handle);
    }
  }
}
