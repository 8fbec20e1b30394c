// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.kit.DelegatingStore;
import zonefsj.fs.kit.DelegatingStores;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.meta.MetadataStores;

/** A file of many extents is deleted by a thread of its own, which takes a while. */
@Timeout(120)
class LargeDeletionTest {
  private static final int BLOCK = 4096;
  private static final int EXTENTS = 10_000;
  private static final int EXTENT_BYTES = 1500;
  private static final long SHORT_MILLIS = 500;
  private static final int SMALL = 400;

  private FaultyVolume drive;
  private SlowDeletions stores;
  private long inode;

  /** Delays the thread that deletes large files, at each of its looks at extents. */
  private static final class SlowDeletions extends DelegatingStores {
    volatile long delayMillis = SHORT_MILLIS;
    volatile boolean isHeld;
    volatile boolean breaks;
    volatile boolean fails;
    final AtomicInteger scans = new AtomicInteger();

    SlowDeletions(MetadataStores delegate) {
      super(delegate);
    }

    @Override
    protected MetadataStore existing(MetadataStore store) {
      return new DelegatingStore(store) {
        @Override
        public void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
            throws IOException {
          if (Thread.currentThread().getName().equals("zonefsj-delete")) {
            scans.incrementAndGet();
            do {
              LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(delayMillis));
            } while (isHeld);
            if (fails) {
              throw new IOException("as a test wants it");
            }
            if (breaks) {
              throw new IllegalStateException("as a test wants it");
            }
          }
          super.scan(family, from, to, visitor);
        }
      };
    }
  }

  @BeforeEach
  void writeAFileOfManyExtents() throws Exception {
    drive = new FaultyVolume(FaultyVolume.geometry(200));
    drive.unmount();
    stores = new SlowDeletions(drive.stores);
    mount();
    drive.write("file", 0, new byte[1]);
    inode = drive.inode("file");
    long handle = drive.fileSystem().open(Caller.ROOT, inode, OpenFlags.READ_WRITE);
    byte[] bytes = FaultyVolume.random(1, EXTENT_BYTES);
    for (int extent = 0; extent < EXTENTS; extent++) {
      drive.fileSystem().write(handle, (long) extent * 2 * BLOCK, ByteBuffer.wrap(bytes), false);
    }
    drive.fileSystem().release(handle);
    drive.fsync("file");
  }

  @AfterEach
  void close() throws IOException {
    stores.delayMillis = 0;
    stores.isHeld = false;
    stores.breaks = false;
    stores.fails = false;
    drive.close();
  }

  private void mount() throws IOException, ErrnoException {
    drive.use(
        FaultyVolume.mounting(new SplittableRandom(9), stores).background(true).on(drive.device));
  }

  private void unlink() throws ErrnoException, IOException {
    unlink("file");
  }

  private void unlink(String name) throws ErrnoException, IOException {
    drive
        .fileSystem()
        .unlink(Caller.ROOT, ZoneFileSystem.ROOT_INODE, name.getBytes(StandardCharsets.UTF_8));
  }

  private void fill() throws Exception {
    int filled = 0;
    while (takes("filler" + filled)) {
      filled++;
    }
    assertThat(filled).isPositive();
  }

  private boolean takes(String file) throws Exception {
    try {
      drive.write(file, 0, FaultyVolume.random(2, 1 << 20));
      return true;
    } catch (ErrnoException full) {
      assertThat(full.errno()).isEqualTo(Errno.ENOSPC);
      return false;
    }
  }

  private void awaitItsEnd() throws Exception {
    while (drive.volume().status().liveBytes() >= (long) EXTENTS * EXTENT_BYTES) {
      Thread.sleep(20);
      drive.fileSystem().sync();
    }
  }

  /** The thread looks for a rest once more after the last extent is deleted. */
  private void awaitIdle() throws Exception {
    while (drive.volume().status().caches().containsKey("large files")) {
      Thread.sleep(20);
    }
  }

  /** As on a disk: what was deleted is free for the next writer, however long that takes. */
  @Test
  void aWriterWaitsForIt() throws Exception {
    fill();
    unlink();
    drive.write("next", 0, FaultyVolume.random(3, EXTENTS * EXTENT_BYTES / 2));
    drive.fsync("next");
  }

  private void unlinkSmall(int file) {
    try {
      unlink("small" + file);
    } catch (ErrnoException | IOException failed) {
      throw new IllegalStateException(failed);
    }
  }

  /** Small files that end meanwhile are no news. */
  @Test
  void aWriterWaitsForItWhileOthersDeleteSmallFiles() throws Exception {
    for (int file = 0; file < SMALL; file++) {
      drive.write("small" + file, 0, new byte[1]);
    }
    fill();
    stores.delayMillis = 2000;
    unlink();
    AtomicBoolean isOver = new AtomicBoolean();
    CompletableFuture<Void> others =
        CompletableFuture.runAsync(
            () -> {
              for (int file = 0; file < SMALL && !isOver.get(); file++) {
                unlinkSmall(file);
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(SHORT_MILLIS / 10));
              }
            });
    drive.write("next", 0, FaultyVolume.random(3, EXTENTS * EXTENT_BYTES / 2));
    isOver.set(true);
    others.get();
  }

  @Test
  void aHandleFindsNoFileThatIsBeingDeleted() throws Exception {
    assertThat(drive.fileSystem().find(inode).inode()).isEqualTo(inode);
    stores.isHeld = true;
    unlink();
    assertThat(drive.volume().status().caches())
        .containsEntry("large files", "1 are being deleted");
    assertThatThrownBy(() -> drive.fileSystem().find(inode))
        .isInstanceOfSatisfying(
            ErrnoException.class, gone -> assertThat(gone.errno()).isEqualTo(Errno.ENOENT));
    stores.isHeld = false;
    awaitItsEnd();
    awaitIdle();
  }

  @Test
  void aFileThatIsInUseHasAHandle() throws Exception {
    drive.fileSystem().retain(inode);
    unlink();
    assertThat(drive.fileSystem().find(inode).linkCount()).isZero();
    drive.fileSystem().forget(inode, 1);
    awaitItsEnd();
  }

  /** A lookup by its handle was under way. */
  @Test
  void aFileThatIsUsedWhileItIsDeletedEndsWithItsLastUse() throws Exception {
    unlink();
    drive.unmount();
    int before = stores.scans.get();
    stores.isHeld = true;
    mount();
    while (stores.scans.get() == before) {
      Thread.sleep(20);
    }
    drive.fileSystem().retain(inode);
    stores.isHeld = false;
    awaitIdle();
    stores.delayMillis = 0;
    drive.fileSystem().forget(inode, 1);
    awaitItsEnd();
  }

  @Test
  void aDeletionThatFailsIsTriedAgain() throws Exception {
    stores.delayMillis = 0;
    stores.fails = true;
    unlink();
    awaitIdle();
    assertThat(drive.volume().status().errors()).anyMatch(error -> error.contains("unlinked"));
    stores.fails = false;
    awaitItsEnd();
  }

  @Test
  void nobodyWaitsForAThreadThatHasBrokenOff() throws Exception {
    fill();
    stores.breaks = true;
    unlink();
    assertThatThrownBy(
            () -> drive.write("next", 0, FaultyVolume.random(3, EXTENTS * EXTENT_BYTES / 2)))
        .isInstanceOf(ErrnoException.class);
    // Who waits is told first, and then the filesystem becomes read-only.
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (drive.volume().status().readOnlyReason().isEmpty() && System.nanoTime() < deadline) {
      Thread.sleep(10);
    }
    assertThat(drive.volume().status().readOnlyReason()).contains("zonefsj-delete");
  }
}
