// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse.direct;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.FuseMountException;
import zonefsj.fs.fuse.LiveFuseMount;
import zonefsj.fs.fuse.UmountCalls;

/**
 * A live mount over /dev/fuse: its workers, and its end. Requests may wait for long, such as a
 * write for the collector. So that they do not hold up others, a worker that leaves none idle when
 * it takes a request starts another one, up to a limit; it stays. {@link SlowRequests} never take
 * all of them.
 */
final class DirectFuseMount extends LiveFuseMount implements RequestWorker.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(DirectFuseMount.class);

  private final FuseDevice device;
  private final RequestHandler handler;
  private final ZoneFileSystem fileSystem;
  private final SlowRequests slow;

  /** Workers that wait for a request, and those that are being started. */
  private final AtomicInteger idle = new AtomicInteger();

  /** Workers so far. */
  private final AtomicInteger started = new AtomicInteger();

  private volatile int most;

  /**
   * @param mostThreads limit of the number of workers while requests wait
   */
  DirectFuseMount(
      Path mountPoint,
      FuseDevice device,
      RequestHandler handler,
      ZoneFileSystem fileSystem,
      int mostThreads) {
    super(
        DirectFuseTransport.NAME,
        mountPoint,
        new LibcUmount(),
        FusermountMount.PROGRAM,
        fileSystem);
    this.device = device;
    this.handler = handler;
    this.fileSystem = fileSystem;
    this.slow = new SlowRequests(mostThreads);
    this.most = mostThreads;
  }

  /**
   * Starts workers, once; returns when the mount can be used.
   *
   * @param threads their number
   */
  void start(int threads) throws FuseMountException {
    List<RequestWorker> workers = new ArrayList<>();
    for (int index = 0; index < threads; index++) {
      workers.add(worker(index));
    }
    idle.set(threads);
    started.set(threads);
    start(workers);
  }

  private RequestWorker worker(int index) {
    return new RequestWorker("fuse-" + index, device, handler, slow, meter(), this);
  }

  @Override
  public void taken() {
    if (idle.decrementAndGet() == 0) {
      startAnother();
    }
  }

  @Override
  public void served() {
    idle.incrementAndGet();
  }

  private void startAnother() {
    int index = started.getAndUpdate(number -> Math.min(number + 1, most));
    if (index >= most) {
      return;
    }
    idle.incrementAndGet();
    try {
      addWorker(worker(index));
    } catch (OutOfMemoryError none) {
      // No memory for its buffers, or no thread: those that run go on.
      idle.decrementAndGet();
      most = index;
      LOG.warn("requests of {} are served by {} threads: no memory for more", mountPoint(), index);
    }
  }

  @Override
  protected @Nullable String refusal() {
    return handler.isRefused()
        ? "the kernel's FUSE protocol is older than 7.31: mount with -o transport=jnr-fuse"
        : null;
  }

  @Override
  public void answered() {
    firstAnswered();
  }

  @Override
  public void ended(int error) {
    workerEnded(error);
  }

  @Override
  protected void free() {
    fileSystem.onSetIdsDropped(inode -> {});
    forgetAll();
    device.close();
  }

  /** Forgets all references: the kernel sends no FORGET at the end. */
  private void forgetAll() {
    try {
      fileSystem.forgetAll();
    } catch (ErrnoException | IOException failed) {
      LOG.warn("unlinked files could not be purged, the next mount does it", failed);
    }
  }

  /** Through the C library. */
  private static final class LibcUmount implements UmountCalls {
    @Override
    public int open(String path, int flags) {
      int descriptor = FuseLibc.open(path, flags);
      return descriptor < 0 ? -Native.getLastError() : descriptor;
    }

    @Override
    public void close(int descriptor) {
      FuseLibc.close(descriptor);
    }

    @Override
    public int umount(String path, int flags) {
      return FuseLibc.umount2(path, flags) == 0 ? 0 : Native.getLastError();
    }
  }
}
