// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.WriteMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.data.Extent;
import zonefsj.fs.kit.DelegatingStore;
import zonefsj.fs.kit.DelegatingStores;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;
import zonefsj.fs.tree.InodeRecord;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.check.VolumeChecker;
import zonefsj.fs.volume.stored.ZoneRecord;
import zonefsj.tests.crash.LogSilencer;

/** A record of one file says what no program writes: that file fails, and no other one. */
final class CraftedRecordTest {
  /** Hands out another record for one key. */
  private static final class CraftingStores extends DelegatingStores {
    private final ColumnFamily craftedFamily;
    private final byte[] craftedKey;
    private final byte[] craftedValue;

    CraftingStores(MetadataStores delegate, ColumnFamily family, byte[] key, byte[] value) {
      super(delegate);
      craftedFamily = family;
      craftedKey = key;
      craftedValue = value;
    }

    private boolean isCrafted(ColumnFamily family, byte[] key) {
      return family == craftedFamily && Arrays.equals(key, craftedKey);
    }

    @Override
    protected MetadataStore existing(MetadataStore store) {
      return new DelegatingStore(store) {
        @Override
        public byte @Nullable [] get(ColumnFamily family, byte[] key) throws IOException {
          byte[] value = super.get(family, key);
          return value != null && isCrafted(family, key) ? craftedValue.clone() : value;
        }

        @Override
        public void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
            throws IOException {
          super.scan(
              family,
              from,
              to,
              (key, value) ->
                  visitor.visit(key, isCrafted(family, key) ? craftedValue.clone() : value));
        }
      };
    }
  }

  private static void assertOthersAreWell(Volume volume) throws IOException, ErrnoException {
    ZoneFileSystem files = volume.fileSystem();
    ZoneFileSystem.Created other =
        files.create(
            Caller.ROOT,
            ZoneFileSystem.ROOT_INODE,
            FaultyVolume.name("other"),
            0644,
            OpenFlags.READ_WRITE);
    files.write(other.handle(), 0, ByteBuffer.wrap(new byte[100_000]), WriteMode.PLAIN);
    files.fsync(other.handle());
    files.release(other.handle());
    assertThat(volume.isReadOnly()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE, ZoneFileSystem.MAX_FILE_BYTES})
  void appendToAFileOfAnImpossibleLength(long length) throws Exception {
    LogSilencer quiet = new LogSilencer();
    try (quiet;
        FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      drive.writeDurably("f", FaultyVolume.random(1, 50_000));
      long inode = drive.inode("f");
      drive.unmount();
      byte[] key = Keys.inode(inode);
      byte[] value;
      try (MetadataStore index = drive.stores.openExisting().orElseThrow()) {
        InodeRecord record =
            InodeRecord.decode(Objects.requireNonNull(index.get(ColumnFamily.INODES, key)));
        value = record.withSize(length).encode();
      }
      Volume volume =
          FaultyVolume.mounting(
                  new SplittableRandom(3),
                  new CraftingStores(drive.stores, ColumnFamily.INODES, key, value))
              .on(drive.ram);
      ZoneFileSystem files = volume.fileSystem();
      long handle = files.open(Caller.ROOT, inode, OpenFlags.READ_WRITE);
      assertThatThrownBy(
              () ->
                  files.write(
                      handle,
                      0,
                      ByteBuffer.wrap(new byte[100]),
                      new WriteMode(Caller.ROOT, true, false, false)))
          .isInstanceOfAny(IOException.class, ErrnoException.class);
      files.release(handle);
      assertOthersAreWell(volume);
      files.unlink(Caller.ROOT, ZoneFileSystem.ROOT_INODE, FaultyVolume.name("f"));
      files.sync();
      assertThat(volume.isReadOnly()).isFalse();
      volume.close();
    }
  }

  /** Its zone has the data of others, too, and must not be reset. */
  @Test
  void deletionOfAFileWhoseZoneIsSaidToHoldLess() throws Exception {
    LogSilencer quiet = new LogSilencer();
    try (quiet;
        FaultyVolume drive = new FaultyVolume(FaultyVolume.small())) {
      byte[] content = FaultyVolume.random(1, 30_000);
      drive.write("victim", 0, content);
      drive.write("f", 0, FaultyVolume.random(2, 30_000));
      drive.fileSystem().sync();
      long inode = drive.inode("f");
      drive.unmount();
      byte[] key;
      byte[] value;
      try (MetadataStore index = drive.stores.openExisting().orElseThrow()) {
        Extent extent =
            Extent.decode(
                30_000,
                Objects.requireNonNull(
                    index.get(ColumnFamily.EXTENTS, Keys.extent(inode, 30_000))));
        long position = Objects.requireNonNull(extent.placed()).positionBytes();
        key = Keys.zone(drive.ram.geometry().zoneOf(position));
        ZoneRecord honest =
            ZoneRecord.decode(Objects.requireNonNull(index.get(ColumnFamily.ZONES, key)));
        assertThat(honest.liveBytes()).isEqualTo(60_000);
        value = new ZoneRecord(1, honest.stream(), honest.lastWriteMillis()).encode();
      }
      Volume volume =
          FaultyVolume.mounting(
                  new SplittableRandom(3),
                  new CraftingStores(drive.stores, ColumnFamily.ZONES, key, value))
              .on(drive.ram);
      volume.fileSystem().unlink(Caller.ROOT, ZoneFileSystem.ROOT_INODE, FaultyVolume.name("f"));
      volume.fileSystem().sync();
      assertOthersAreWell(volume);
      assertThat(volume.status().errors())
          .anySatisfy(error -> assertThat(error).contains("counts as full until zonefs-j fsck"));
      drive.use(volume);
      volume.runGc(ProgressListener.NONE);
      assertThat(drive.read("victim")).isEqualTo(content);
      volume.close();
      assertThat(VolumeChecker.check(drive.ram, true, ProgressListener.NONE).findings())
          .anySatisfy(finding -> assertThat(finding.toString()).contains("live bytes"));
    }
  }
}
