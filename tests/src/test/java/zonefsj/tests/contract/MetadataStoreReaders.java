// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataReader;

/**
 * Threads that read the keys 0 to N-1 of INODES while a writer sets all of them to the same ever
 * greater number, batch by batch.
 */
final class MetadataStoreReaders {
  private final MetadataReader reader;
  private final AtomicLong applied;
  private final int keys;
  private final Queue<Throwable> wrong = new ConcurrentLinkedQueue<>();
  private final AtomicLong reads = new AtomicLong();
  private volatile boolean stop;
  private final List<Thread> threads;

  /**
   * @param applied the newest number whose batch has returned
   */
  MetadataStoreReaders(MetadataReader reader, AtomicLong applied, int keys) {
    this.reader = reader;
    this.applied = applied;
    this.keys = keys;
    this.threads =
        IntStream.range(0, 3).mapToObj(n -> new Thread(this::run, "reader-" + n)).toList();
    threads.forEach(Thread::start);
  }

  static byte[] value(long n) {
    return ByteBuffer.allocate(8).putLong(n).array();
  }

  private void run() {
    try {
      while (!stop) {
        for (int key = 0; key < keys; key++) {
          readOne(key);
        }
        scanAll();
      }
    } catch (IOException | AssertionError | RuntimeException e) {
      wrong.add(e);
    }
  }

  private void readOne(int key) throws IOException {
    long atLeast = applied.get();
    byte[] value = reader.get(ColumnFamily.INODES, new byte[] {(byte) key});
    assertThat(number(value)).as("key %d", key).isGreaterThanOrEqualTo(atLeast);
    reads.incrementAndGet();
  }

  private void scanAll() throws IOException {
    long atLeast = applied.get();
    long[] count = {0};
    reader.scan(
        ColumnFamily.INODES,
        new byte[0],
        null,
        (key, value) -> {
          assertThat(number(value)).isGreaterThanOrEqualTo(atLeast);
          count[0]++;
          return true;
        });
    assertThat(count[0]).isIn(atLeast == 0 ? List.of(0L, (long) keys) : List.of((long) keys));
  }

  private static long number(byte @Nullable [] value) {
    return value == null ? 0 : ByteBuffer.wrap(value).getLong();
  }

  /** Waits until every thread has read something, and fails with what any of them saw. */
  void assertNothingWrong() throws InterruptedException {
    stop = true;
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(wrong).isEmpty();
    assertThat(reads.get()).isPositive();
  }

  /** Ends the threads, whatever they saw. */
  void stop() {
    stop = true;
  }
}
