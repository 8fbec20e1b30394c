package zonefsj.fs.fuse.direct;

import com.sun.jna.Native;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.FuseEnd;
import zonefsj.fs.fuse.LiveFuseMount;

/** A live mount over /dev/fuse: its workers, and the way to its end. */
final class DirectFuseMount extends LiveFuseMount implements RequestWorker.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(DirectFuseMount.class);

  private final FuseDevice device;
  private final RequestHandler handler;
  private final ZoneFileSystem fileSystem;
  private final List<RequestWorker> workers = new ArrayList<>();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger firstError = new AtomicInteger();
  private final CountDownLatch ready = new CountDownLatch(1);

  DirectFuseMount(
      Path mountPoint, FuseDevice device, RequestHandler handler, ZoneFileSystem fileSystem) {
    super(DirectFuseTransport.NAME, mountPoint, FusermountMount.PROGRAM);
    this.device = device;
    this.handler = handler;
    this.fileSystem = fileSystem;
  }

  /** Starts the workers. Once. */
  void start(int threads) {
    locate();
    running.set(threads);
    for (int index = 0; index < threads; index++) {
      workers.add(new RequestWorker("fuse-" + index, device, handler, this));
    }
    workers.forEach(Thread::start);
  }

  @Override
  public void answered() {
    if (ready.getCount() > 0) {
      raiseReadAhead();
      ready.countDown();
    }
  }

  /** Waits until the mount can be used; false when it cannot within the time. */
  boolean awaitReady(Duration timeout) throws InterruptedException {
    return ready.await(timeout.toMillis(), TimeUnit.MILLISECONDS) && !handler.isRefused();
  }

  @Override
  public void ended(int error) {
    if (error != 0) {
      firstError.compareAndSet(0, error);
      if (error != ECONNABORTED) {
        tearDown(); // wakes the other workers; a dead one must not go unseen
      }
    }
    if (running.decrementAndGet() == 0) {
      // Not on this thread: it has to end before the connection is closed.
      Thread cleaner = new Thread(this::finish, "fuse-end");
      cleaner.setDaemon(true);
      cleaner.start();
    }
  }

  private void finish() {
    FuseEnd result;
    fileSystem.onSetIdsDropped(inode -> {});
    try {
      for (RequestWorker worker : workers) {
        worker.join();
      }
      result = describeEnd(firstError.get());
      forgetAll();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      result = new FuseEnd(FuseEnd.Cause.FAILED, "interrupted while ending " + mountPoint());
    }
    device.close();
    complete(result);
  }

  /** The kernel does not say what it forgets at the end: all. */
  private void forgetAll() {
    try {
      fileSystem.forgetAll();
    } catch (ErrnoException | IOException failed) {
      LOG.warn("unlinked files could not be purged, the next mount does it", failed);
    }
  }

  @Override
  protected int umount(int flags) {
    return LibC.umount2(mountPoint().toString(), flags) == 0 ? 0 : Native.getLastError();
  }
}
