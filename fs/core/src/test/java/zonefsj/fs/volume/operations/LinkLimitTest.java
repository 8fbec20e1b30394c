// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.SplittableRandom;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import zonefsj.device.emulated.RamZonedDevice;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.RenameMode;
import zonefsj.fs.VolumeOptions;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.kit.DelegatingStore;
import zonefsj.fs.kit.DelegatingStores;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.memory.MemoryMetadataStores;
import zonefsj.fs.volume.Volume;
import zonefsj.fs.volume.VolumeEnvironment;

/** A link count never overflows, and more links than ext4 takes are no matter. */
class LinkLimitTest {
  private static final long ROOT = ZoneFileSystem.ROOT_INODE;
  private static final int MORE_THAN_16_BITS = 66_000;

  /** Of an inode record. */
  private static final int OFFSET_OF_LINKS = 5;

  private final FullStores stores = new FullStores();
  private RamZonedDevice drive;
  private Volume volume;
  private ZoneFileSystem files;

  /** Says of one inode that it has all links that it can have. */
  private static final class FullStores extends DelegatingStores {
    volatile long full = -1;

    FullStores() {
      super(new MemoryMetadataStores());
    }

    @Override
    protected MetadataStore made(MetadataStore store) {
      return new DelegatingStore(store) {
        @Override
        public byte @Nullable [] get(ColumnFamily family, byte[] key) throws IOException {
          byte[] value = super.get(family, key);
          if (value == null || family != ColumnFamily.INODES || Keys.leadingInode(key) != full) {
            return value;
          }
          byte[] changed = value.clone();
          ByteBuffer.wrap(changed).putInt(OFFSET_OF_LINKS, Integer.MAX_VALUE);
          return changed;
        }
      };
    }
  }

  @BeforeEach
  void mount() throws Exception {
    drive = FormattedDrive.create(256L << 20);
    volume =
        Volume.mount(
            drive,
            VolumeOptions.DEFAULT,
            new VolumeEnvironment(InstantSource.system(), new SplittableRandom(1), stores, false),
            ProgressListener.NONE);
    files = volume.fileSystem();
  }

  @AfterEach
  void unmount() throws Exception {
    stores.full = -1;
    volume.close();
    drive.close();
  }

  private static byte[] name(String text) {
    return text.getBytes(UTF_8);
  }

  private long directory(long parent, String name) throws Exception {
    return files.makeDirectory(Caller.ROOT, parent, name(name), 0755).inode();
  }

  private static void isRefused(ThrowingCallable operation) {
    assertThatThrownBy(operation)
        .isInstanceOfSatisfying(
            ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EMLINK));
  }

  @Test
  void aDirectoryTakesMoreThan65000Subdirectories() throws Exception {
    long parent = directory(ROOT, "parent");
    for (int number = 0; number < MORE_THAN_16_BITS; number++) {
      directory(parent, "d" + number);
    }
    assertThat(files.attributes(parent).linkCount()).isEqualTo(MORE_THAN_16_BITS + 2);
  }

  @Test
  void aFileTakesMoreThan65000Names() throws Exception {
    long file = files.makeNode(Caller.ROOT, ROOT, name("file"), 0100644, 0).inode();
    for (int number = 1; number < MORE_THAN_16_BITS; number++) {
      files.link(Caller.ROOT, file, ROOT, name("l" + number));
    }
    assertThat(files.attributes(file).linkCount()).isEqualTo(MORE_THAN_16_BITS);
  }

  @Test
  void nothingOverflows() throws Exception {
    long target = directory(ROOT, "target");
    long old = directory(target, "old");
    directory(ROOT, "moved");
    files.makeNode(Caller.ROOT, ROOT, name("file"), 0100644, 0);
    volume.checkpoint();
    stores.full = target;
    isRefused(() -> directory(target, "new"));
    isRefused(
        () ->
            files.rename(Caller.ROOT, ROOT, name("moved"), target, name("m"), RenameMode.REPLACE));
    assertThat(files.lookup(target, name("old")).inode()).isEqualTo(old);
    files.rename(Caller.ROOT, ROOT, name("file"), target, name("f"), RenameMode.REPLACE);
    assertThat(files.lookup(target, name("f")).isRegular()).isTrue();
    isRefused(
        () ->
            files.rename(Caller.ROOT, target, name("f"), ROOT, name("moved"), RenameMode.EXCHANGE));
  }
}
