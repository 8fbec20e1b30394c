// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.cli.bench;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import zonefsj.device.ZonedDevice;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.bench.BenchPlan.Part;
import zonefsj.fs.cli.bench.BenchResult.ZoneResult;

/**
 * Writes or reads several zones at once, a thread for each, one access after another in each zone,
 * and measures every access. What is written is noise, which no drive can compress.
 *
 * <p>Used for one run, by one thread.
 */
public final class ZoneBench {
  private final ZonedDevice device;
  private final BenchPlan plan;
  private final ProgressListener progress;
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final AtomicLong doneBytes = new AtomicLong();
  private final CountDownLatch start = new CountDownLatch(1);

  /**
   * @param device the drive; stays open
   * @param plan made for it
   * @param progress is told how far it is
   */
  public ZoneBench(ZonedDevice device, BenchPlan plan, ProgressListener progress) {
    this.device = device;
    this.plan = plan;
    this.progress = progress;
  }

  /**
   * Runs.
   *
   * @param write whether zones are written, from their starts, after a reset of those that are not
   *     empty; then all is flushed, which counts
   * @throws IOException of the first access that failed; the others end as soon as they can
   */
  public BenchResult run(boolean write) throws IOException, InterruptedException {
    if (write) {
      for (Part part : plan.parts()) {
        device.reset(part.zone().index());
      }
      device.flush();
    }
    ExecutorService threads = Executors.newFixedThreadPool(plan.parts().size());
    try {
      List<Future<ZoneResult>> running = new ArrayList<>();
      for (Part part : plan.parts()) {
        ByteBuffer buffer = buffer(part.zone().index());
        running.add(threads.submit(() -> measure(part, buffer, write)));
      }
      long begun = System.nanoTime();
      start.countDown();
      List<ZoneResult> results = new ArrayList<>();
      for (Future<ZoneResult> each : running) {
        results.add(get(each));
      }
      long flushBegun = System.nanoTime();
      if (write) {
        device.flush();
      }
      long ended = System.nanoTime();
      return new BenchResult(
          write, plan.blockBytes(), results, ended - begun, write ? ended - flushBegun : 0);
    } finally {
      stopped.set(true);
      start.countDown();
      threads.shutdown();
      // Nobody works on a drive that the caller closes.
      while (!threads.awaitTermination(1, TimeUnit.MINUTES)) {
        progress.progress("waiting for the drive", -1, -1);
      }
    }
  }

  private ByteBuffer buffer(int seed) {
    int block = device.geometry().blockSizeBytes();
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(plan.blockBytes() + block)
            .alignedSlice(block)
            .slice(0, plan.blockBytes());
    SplittableRandom random = new SplittableRandom(seed);
    while (buffer.remaining() >= Long.BYTES) {
      buffer.putLong(random.nextLong());
    }
    return buffer.clear();
  }

  private ZoneResult measure(Part part, ByteBuffer buffer, boolean write)
      throws IOException, InterruptedException {
    start.await();
    LatencyHistogram latencies = new LatencyHistogram();
    long position = part.zone().startBytes();
    long end = position + part.bytes();
    long begun = System.nanoTime();
    long before = begun;
    while (position < end) {
      if (stopped.get()) {
        throw new InterruptedIOException("stopped because another zone failed");
      }
      int length = (int) Math.min(plan.blockBytes(), end - position);
      buffer.clear().limit(length);
      if (write) {
        device.write(position, buffer);
      } else {
        device.read(position, buffer);
      }
      long now = System.nanoTime();
      latencies.add(now - before);
      position += length;
      progress.progress(
          write ? "writing, in bytes" : "reading, in bytes",
          doneBytes.addAndGet(length),
          plan.totalBytes());
      before = System.nanoTime();
    }
    return new ZoneResult(part.zone().index(), part.bytes(), before - begun, latencies);
  }

  private ZoneResult get(Future<ZoneResult> zone) throws IOException, InterruptedException {
    try {
      return zone.get();
    } catch (ExecutionException e) {
      stopped.set(true);
      if (e.getCause() instanceof IOException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    }
  }
}
