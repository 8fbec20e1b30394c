// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.rocks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import zonefsj.fs.HostException;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;

/** No write waits inside RocksDB, and a stall that does not end is a failure of the host. */
@Timeout(value = 30, unit = TimeUnit.SECONDS, threadMode = ThreadMode.SEPARATE_THREAD)
class WriteStallTest {
  private static final UUID FILESYSTEM = new UUID(1, 2);
  private static final int VALUE_BYTES = 64 << 10;

  /** More than RocksDB takes without a flush. */
  private static final int MANY = (4 * RocksSettings.WRITE_BUFFER_BYTES) / VALUE_BYTES;

  private final Random random = new Random(3);
  private final List<Long> pauses = new ArrayList<>();
  private IndexDirectory directory;
  private OpenIndex index;
  private RocksMetadataStore store;
  private boolean goesOn;
  private boolean isPaused;

  @BeforeEach
  void open(@TempDir Path temporary) throws Exception {
    directory = new IndexDirectory(temporary.resolve("index"), IndexDirectory.Use.MOUNT);
    NativeLibrary.load(directory);
    DirectoryLock lock = directory.lock();
    directory.make();
    index = OpenIndex.open(directory.path(), 1 << 20, OpenIndex.Mode.NEW);
    store = new RocksMetadataStore(directory, index, lock, null, this::pause);
  }

  /** A write that waits inside RocksDB ends with the pause, and a close waits for it. */
  @AfterEach
  void close() throws Exception {
    flushAgain();
    store.close();
  }

  private void flushNoMore() throws RocksDBException {
    index.db().pauseBackgroundWork();
    isPaused = true;
  }

  private void flushAgain() throws RocksDBException {
    if (isPaused) {
      isPaused = false;
      index.db().continueBackgroundWork();
    }
  }

  private void pause(long millis) throws InterruptedException {
    pauses.add(millis);
    if (goesOn) {
      Thread.sleep(millis);
    }
  }

  private void apply(int number) throws IOException {
    byte[] value = new byte[VALUE_BYTES];
    random.nextBytes(value);
    store.apply(
        sink -> sink.put(ColumnFamily.INODES, ByteBuffer.allocate(4).putInt(number).array(), value),
        new AppliedPosition(FILESYSTEM, number, number));
  }

  private int applyUntilRefused() {
    for (int number = 0; number < MANY; number++) {
      try {
        apply(number);
      } catch (IOException refused) {
        assertThat(refused)
            .isInstanceOf(HostException.class)
            .hasMessageContaining("has accepted no writes");
        return number;
      }
    }
    throw new AssertionError("RocksDB accepted " + MANY + " writes without a flush");
  }

  @Test
  void flushesThatDoNotEndAreAFailureOfTheHost() throws Exception {
    flushNoMore();
    int accepted = applyUntilRefused();
    assertThat(pauses.stream().mapToLong(Long::longValue).sum())
        .isGreaterThanOrEqualTo(WriteStall.MOST_MILLIS);
    pauses.clear();
    // The caller keeps the changes and tries often: it must not wait each time.
    assertThatThrownBy(() -> apply(accepted)).isInstanceOf(HostException.class);
    assertThat(pauses).isEmpty();
    assertThat(store.mark()).contains(new AppliedPosition(FILESYSTEM, accepted - 1, accepted - 1));
    flushAgain();
    store.flush();
    apply(MANY);
    goesOn = true;
    for (int number = 0; number < MANY; number++) {
      apply(number);
    }
  }

  /** As on a disk that is only slow. */
  @Test
  void aStallThatEndsIsNoFailure() throws Exception {
    flushNoMore();
    WriteStall.Pause flushesAfterSome =
        millis -> {
          pauses.add(millis);
          try {
            if (pauses.size() == 100) {
              flushAgain();
            }
          } catch (RocksDBException e) {
            throw new AssertionError(e);
          }
          Thread.sleep(pauses.size() < 100 ? 0 : millis);
        };
    WriteStall stall = new WriteStall(directory, index::failedJobs, flushesAfterSome);
    byte[] value = new byte[VALUE_BYTES];
    for (int number = 0; number < MANY; number++) {
      byte[] key = ByteBuffer.allocate(4).putInt(number).array();
      random.nextBytes(value);
      stall.run(
          () ->
              index
                  .db()
                  .put(index.family(ColumnFamily.INODES), index.settings().write(), key, value));
    }
    assertThat(pauses).hasSizeGreaterThanOrEqualTo(100);
  }

  /** As by compactions for which the disk has no space. */
  @Test
  void jobsThatFailDuringAStallEndIt() {
    long[] failed = {7};
    WriteStall stall =
        new WriteStall(
            directory,
            () -> failed[0],
            millis -> {
              pauses.add(millis);
              failed[0] += pauses.size() == 5 ? 1 : 0;
            });
    assertThatThrownBy(() -> stall.run(WriteStallTest::refuse))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("compactions or flushes fail");
    assertThat(pauses).containsExactly(1L, 2L, 4L, 8L, 16L);
  }

  @Test
  void anInterruptEndsAStall() {
    Thread.currentThread().interrupt();
    WriteStall stall = new WriteStall(directory, () -> 0, Thread::sleep);
    assertThatThrownBy(() -> stall.run(WriteStallTest::refuse)).isInstanceOf(HostException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void otherErrorsAreNotRepeated() {
    WriteStall stall = new WriteStall(directory, () -> 0, this::pause);
    RocksDBException full =
        new RocksDBException("", new Status(Status.Code.IOError, Status.SubCode.NoSpace, ""));
    assertThatThrownBy(
            () ->
                stall.run(
                    () -> {
                      throw full;
                    }))
        .isSameAs(full);
    assertThat(pauses).isEmpty();
  }

  private static void refuse() throws RocksDBException {
    throw new RocksDBException(
        "Write stall", new Status(Status.Code.Incomplete, Status.SubCode.None, "Write stall"));
  }
}
