// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import zonefsj.device.Patience;
import zonefsj.fs.TestThread;
import zonefsj.fs.VolumeOptions.ErrorPolicy;
import zonefsj.fs.data.Extent;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.volume.state.RequestCalls;
import zonefsj.fs.volume.stored.BatchRecord;

/** Requests count what they drop, but leave threads to others. */
@Timeout(60)
class ExtentCounterTest {
  private static final long LARGE = 10;
  private static final long SMALL = 11;
  private static final long FIRST_LARGE = 12;
  private static final int MANY = ExtentCounter.FEW_EXTENTS + 1;

  private final CommitVolume volume = new CommitVolume(16 << 20, 1 << 20);
  private final CountedRanges ranges = new CountedRanges(volume.device::geometry);
  private final CountDownLatch mayGoOn = new CountDownLatch(1);
  private final List<TestThread> threads = new ArrayList<>();
  private volatile long slowInode = -1;
  private final ExtentCounter counter =
      new ExtentCounter(
          volume.log,
          new SlowIndex(),
          ranges,
          volume.committer(ErrorPolicy.REMOUNT_READ_ONLY),
          new RequestCalls(Patience.NONE, null));

  ExtentCounterTest() throws IOException {}

  private void awaitGoingOn() throws IOException {
    try {
      mayGoOn.await();
    } catch (InterruptedException interrupted) {
      throw new IOException(interrupted);
    }
  }

  /** Scans of one inode wait. */
  private final class SlowIndex implements MetadataReader {
    @Override
    public byte @Nullable [] get(ColumnFamily family, byte[] key) throws IOException {
      return volume.buffered.get(family, key);
    }

    @Override
    public void scan(ColumnFamily family, byte[] from, byte @Nullable [] to, Visitor visitor)
        throws IOException {
      if (Keys.leadingInode(from) == slowInode) {
        awaitGoingOn();
      }
      volume.buffered.scan(family, from, to, visitor);
    }
  }

  @BeforeEach
  void putExtents() throws IOException {
    BatchRecord.Builder record = new BatchRecord.Builder();
    put(record, LARGE, MANY);
    put(record, SMALL, 10);
    for (int request = 0; request < ExtentCounter.MOST_COUNTING_REQUESTS; request++) {
      put(record, FIRST_LARGE + request, MANY);
    }
    volume.buffered.apply(record.build(), new AppliedPosition(CommitVolume.FILESYSTEM, 1, 1));
  }

  private static void put(BatchRecord.Builder record, long inode, int extents) {
    record.put(ColumnFamily.EXTENTS, Keys.extent(inode, 0), Keys.number(1 << 20));
    for (int at = 0; at < extents; at++) {
      Extent extent = Extent.lost(2L * at, 1);
      record.put(ColumnFamily.EXTENTS, Keys.extent(inode, extent.end()), extent.encode());
    }
  }

  @AfterEach
  void close() throws Exception {
    mayGoOn.countDown();
    for (TestThread thread : threads) {
      thread.finish();
    }
    volume.close();
  }

  private ExtentCounter.Counted drop(long inode) throws IOException {
    return counter.countForRequest(inode, 0, Long.MAX_VALUE);
  }

  private TestThread start(String name, TestThread.Step step) {
    TestThread thread = new TestThread(name, step);
    threads.add(thread);
    thread.awaitWaiting();
    return thread;
  }

  /** As many requests as may count drop a file each, and wait. */
  private void startRequests(LongUnaryOperator inodeOf) {
    for (int request = 0; request < ExtentCounter.MOST_COUNTING_REQUESTS; request++) {
      long inode = inodeOf.applyAsLong(request);
      start("request-" + request, () -> drop(inode).close());
    }
  }

  @Test
  void aRequestThatDropsManyExtentsCountsThem() throws Exception {
    try (ExtentCounter.Counted counted = drop(LARGE)) {
      assertThat(counted).isNotNull();
      assertThat(ranges.of(LARGE)).singleElement().matches(CountedRange::isUsable);
      assertThat(ranges.of(LARGE).get(0).sums().bytes()).isEqualTo(MANY);
    }
    assertThat(ranges.of(LARGE)).isEmpty();
    try (ExtentCounter.Counted counted = drop(SMALL)) {
      assertThat(counted).isNotNull();
      assertThat(ranges.of(SMALL)).isEmpty();
    }
  }

  /** Its commit visits the extents instead. */
  @Test
  void aRequestDoesNotCountWhileAsManyDoAsThereAreProcessors() throws Exception {
    start("commit", () -> volume.log.commitInTurn(this::awaitGoingOn));
    startRequests(request -> FIRST_LARGE + request);
    TestThread other = new TestThread("other", () -> drop(LARGE).close());
    threads.add(other);
    assertThat(other.endsWithoutWaiting()).isTrue();
    mayGoOn.countDown();
    for (TestThread thread : threads) {
      thread.finish();
    }
    try (ExtentCounter.Counted counted = drop(LARGE)) {
      assertThat(counted).isNotNull();
      assertThat(ranges.of(LARGE)).isNotEmpty();
    }
  }

  @Test
  void requestsThatDropFewExtentsLeaveTheCountsToOthers() throws Exception {
    slowInode = SMALL;
    startRequests(request -> SMALL);
    try (ExtentCounter.Counted counted = drop(LARGE)) {
      assertThat(counted).isNotNull();
      assertThat(ranges.of(LARGE)).isNotEmpty();
    }
  }
}
