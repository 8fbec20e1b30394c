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
import zonefsj.fs.PassProgress;
import zonefsj.fs.ProgressListener;
import zonefsj.fs.cli.bench.BenchPlan.Part;
import zonefsj.fs.cli.bench.BenchResult.ZoneResult;

/**
 * Writes or reads several zones at once and measures every access. Each zone has a thread, which
 * makes one access after another. Writes use random data, which no drive can compress.
 *
 * <p>Each instance serves one command, on one thread.
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
   * @param plan a plan for this drive
   * @param progress receives the progress; several threads call it
   */
  public ZoneBench(ZonedDevice device, BenchPlan plan, ProgressListener progress) {
    this.device = device;
    this.plan = plan;
    this.progress = progress;
  }

  /**
   * Runs a measurement.
   *
   * @param write whether to write. Resets every zone of the plan first, and writes from its start;
   *     a flush after the writes counts.
   * @throws IOException of an access that failed; the other zones then stop as soon as they can
   */
  public BenchResult run(boolean write) throws IOException, InterruptedException {
    if (write) {
      PassProgress pass = new PassProgress(progress, "resetting zones", plan.parts().size());
      for (Part part : plan.parts()) {
        device.reset(part.zone().index());
        pass.add(1);
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
      // No thread may use the drive after the caller closes it.
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
