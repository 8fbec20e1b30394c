// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.library;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;

/**
 * A drive whose accesses return at once: each method of {@link ZonedDevice} with a future, under
 * the same contract. {@link AsyncAccesses} describes the bound on accesses in flight, cancellation
 * and threads.
 *
 * <ul>
 *   <li>Changes of one zone take effect in the order of submission, so a caller can submit write
 *       after write at the pointers that it expects. If one fails or is cancelled, those behind it
 *       fail with {@link DeviceException.Reason#NOT_AT_WRITE_POINTER} and change nothing. Appends
 *       of one zone run in parallel with each other, in any order.
 *   <li>Reads and reports run beside everything else: a read that needs a write is submitted after
 *       the write has completed.
 *   <li>A flush covers every change that was submitted before it and that succeeded.
 *   <li>A buffer belongs to the access until its future completes.
 * </ul>
 *
 * <p>Thread-safe. Closing it does not close the drive.
 */
public final class AsyncZonedDevice implements Closeable {
  private final ZonedDevice drive;
  private final AsyncAccesses accesses;

  /** By zone, made when first used; guarded by itself. About 100 bytes for each zone in use. */
  private final AsyncAccesses.@Nullable Lane[] lanes;

  /** An access without a result. */
  private interface Action {
    void run() throws IOException;
  }

  /**
   * @param drive the caller keeps it, and closes it after this object
   * @param accesses can be shared with other drives and handles; this object closes it
   */
  public AsyncZonedDevice(ZonedDevice drive, AsyncAccesses accesses) {
    this.drive = drive;
    this.accesses = accesses;
    lanes = new AsyncAccesses.@Nullable Lane[drive.geometry().zoneCount()];
  }

  /**
   * A drive with accesses of its own.
   *
   * @param executor see {@link AsyncAccesses}; as many threads as the drive can use at a time
   * @param maxInFlight most accesses that are accepted and not ended
   */
  public AsyncZonedDevice(ZonedDevice drive, Executor executor, int maxInFlight) {
    this(drive, new AsyncAccesses(executor, maxInFlight));
  }

  /** The constant properties of the drive. */
  public DeviceGeometry geometry() {
    return drive.geometry();
  }

  /** See {@link ZonedDevice#report}. */
  public CompletableFuture<List<ZoneDescriptor>> report(int from, int count) {
    return accesses.submit(() -> drive.report(from, count));
  }

  /** See {@link ZonedDevice#read}. */
  public CompletableFuture<Void> read(long positionBytes, ByteBuffer destination) {
    return accesses.submit(nothing(() -> drive.read(positionBytes, destination)));
  }

  /** See {@link ZonedDevice#readCopy}. */
  public CompletableFuture<Void> readCopy(int copy, long positionBytes, ByteBuffer destination) {
    return accesses.submit(nothing(() -> drive.readCopy(copy, positionBytes, destination)));
  }

  /** See {@link ZonedDevice#write}. */
  public CompletableFuture<Void> write(long positionBytes, ByteBuffer... sources) {
    ByteBuffer[] own = sources.clone();
    return accesses.submitInOrder(
        lane(positionBytes / drive.geometry().zoneSizeBytes()),
        nothing(() -> drive.write(positionBytes, own)));
  }

  /** See {@link ZonedDevice#append}; returns the absolute position of the first byte. */
  public CompletableFuture<Long> append(int zone, ByteBuffer... sources) {
    ByteBuffer[] own = sources.clone();
    return accesses.submitShared(lane(zone), () -> drive.append(zone, own));
  }

  /** Makes every change durable that was submitted before; see {@link ZonedDevice#flush}. */
  public CompletableFuture<Void> flush() {
    return accesses.submitBarrier(nothing(drive::flush));
  }

  /** See {@link ZonedDevice#open}. */
  public CompletableFuture<Void> open(int zone) {
    return accesses.submitInOrder(lane(zone), nothing(() -> drive.open(zone)));
  }

  /** See {@link ZonedDevice#close(int)}. */
  public CompletableFuture<Void> close(int zone) {
    return accesses.submitInOrder(lane(zone), nothing(() -> drive.close(zone)));
  }

  /** See {@link ZonedDevice#finish}. */
  public CompletableFuture<Void> finish(int zone) {
    return accesses.submitInOrder(lane(zone), nothing(() -> drive.finish(zone)));
  }

  /** See {@link ZonedDevice#reset}. */
  public CompletableFuture<Void> reset(int zone) {
    return accesses.submitInOrder(lane(zone), nothing(() -> drive.reset(zone)));
  }

  /** Returns when all accesses have ended; later ones are refused. The drive stays open. */
  @Override
  public void close() {
    accesses.close();
  }

  /** The drive refuses a zone that it does not have; until then any lane will do. */
  private AsyncAccesses.Lane lane(long zone) {
    int index = (int) Math.max(0, Math.min(zone, lanes.length - 1));
    synchronized (lanes) {
      AsyncAccesses.Lane lane = lanes[index];
      if (lane == null) {
        lane = accesses.newLane();
        lanes[index] = lane;
      }
      return lane;
    }
  }

  private static AsyncAccesses.Access<Void> nothing(Action action) {
    return () -> {
      action.run();
      return null;
    };
  }
}
