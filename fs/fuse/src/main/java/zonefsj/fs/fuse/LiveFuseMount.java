// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.fuse;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.LatencyCounts;
import zonefsj.device.mounts.MountTable;
import zonefsj.device.mounts.MountTableEntry;
import zonefsj.fs.MountHelper;
import zonefsj.fs.ThreadGuard;
import zonefsj.fs.ZoneFileSystem;

/**
 * The common part of all mounts, independent of the transport: start and end of the workers, the
 * ways to end a mount, and settings of the kernel that root can change outside the protocol.
 * Thread-safe.
 */
public abstract class LiveFuseMount implements FuseMount {
  /** Takes the place of an error number: a worker died. */
  public static final int DIED = -1;

  private static final Logger LOG = LoggerFactory.getLogger(LiveFuseMount.class);

  private static final int EPERM = 1;
  private static final int EBUSY = 16;

  /** A transport reads this error after an abort. */
  private static final int ECONNABORTED = 103;

  private static final int EINVAL = 22;
  private static final int MNT_FORCE = 1;
  private static final int MNT_DETACH = 2;
  private static final int READ_AHEAD_KILOBYTES = 1024;
  private static final Duration START_TIMEOUT = Duration.ofSeconds(20);
  private static final Duration END_TIMEOUT = Duration.ofSeconds(10);
  private static final long THREAD_WAIT_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final Duration POLL = Duration.ofMillis(10);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

  private final String transport;
  private final Path mountPoint;
  private final PlacedUmount umount;
  private final String unmountHelper;
  private final ThreadGuard guard;
  private final RequestMeter meter = new RequestMeter();
  private final AtomicBoolean ending = new AtomicBoolean();
  private final AtomicInteger firstError = new AtomicInteger();
  private final CountDownLatch ready = new CountDownLatch(1);
  private final CompletableFuture<MountEnd> end = new CompletableFuture<>();

  /** Number of the connection in /sys/fs/fuse/connections; "" while unknown. */
  private volatile String connection = "";

  /** Number of the device of the mount, as in /sys/class/bdi; "" while unknown. */
  private volatile String device = "";

  private final List<Thread> workers = new CopyOnWriteArrayList<>();
  private volatile boolean unmountAsked;
  private volatile boolean abortAsked;

  /**
   * @param transport its name
   * @param mountPoint as the kernel names it
   * @param umountCalls unmounts for root
   * @param unmountHelper the program that unmounts for users other than root
   * @param fileSystem the mounted filesystem; notified when a thread of the mount breaks down
   */
  protected LiveFuseMount(
      String transport,
      Path mountPoint,
      UmountCalls umountCalls,
      String unmountHelper,
      ZoneFileSystem fileSystem) {
    this.transport = transport;
    this.mountPoint = mountPoint;
    this.umount = new PlacedUmount(umountCalls);
    this.unmountHelper = unmountHelper;
    this.guard = new ThreadGuard(fileSystem::turnReadOnly);
  }

  /**
   * Unmounts only if this mount is at the mount point: it may have been removed, and another may
   * have taken its place.
   *
   * @return 0 or the error number
   */
  private int umountOurs(int flags) {
    try {
      MountTableEntry mount = mountedThere();
      if (mount == null || (!device.isEmpty() && !mount.device().equals(device))) {
        return EINVAL;
      }
      return umount.umount(mountPoint, mount.id(), flags);
    } catch (IOException e) {
      LOG.warn("cannot read the table of mounts", e);
      return EINVAL;
    }
  }

  /** The topmost mount at the mount point now: ours, another, or null for none. */
  private @Nullable MountTableEntry mountedThere() throws IOException {
    return MountTable.read().at(mountPoint).orElse(null);
  }

  /** Frees the resources of the mount, after the end of all workers. */
  protected abstract void free();

  /**
   * The reason why the mount cannot be used although the first request was answered; null if it
   * can.
   */
  protected @Nullable String refusal() {
    return null;
  }

  /**
   * Starts the workers, and waits until the mount can be used.
   *
   * @throws FuseMountException if it cannot; nothing is mounted then
   */
  protected final void start(List<? extends Thread> threads) throws FuseMountException {
    locate();
    workers.addAll(threads);
    boolean started = false;
    try {
      for (Thread worker : threads) {
        guard.guard(worker);
        worker.start();
      }
      started = true;
    } finally {
      if (!started) {
        // The system has no more threads: end those that run.
        workerEnded(DIED);
      }
    }
    boolean begun = false;
    try {
      begun = ready.await(START_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    String refused =
        begun ? refusal() : mountPoint + " cannot be used: the kernel sent no first request";
    if (refused != null) {
      close();
      throw new FuseMountException(refused);
    }
  }

  /** Starts one more worker. Called only by a worker. */
  protected final void addWorker(Thread worker) {
    guard.guard(worker);
    worker.start();
    workers.add(worker);
  }

  /** Records that a request was answered; the first one makes the mount usable. */
  protected final void firstAnswered() {
    if (ready.getCount() > 0) {
      raiseReadAhead();
      ready.countDown();
    }
  }

  /** Counts the requests. */
  protected final RequestMeter meter() {
    return meter;
  }

  @Override
  public final Map<String, LatencyCounts> requests() {
    return meter.counts();
  }

  /** The guard of this mount's threads. */
  protected final ThreadGuard guard() {
    return guard;
  }

  /**
   * Records the end of a worker, on its own thread.
   *
   * @param error 0 at an orderly end, the positive error number of its read, or {@link #DIED}
   */
  protected final void workerEnded(int error) {
    if (error != 0) {
      firstError.compareAndSet(0, error);
      if (error != ECONNABORTED) {
        // Wakes the other workers; the end of one worker must not go unnoticed.
        umountOurs(MNT_FORCE | MNT_DETACH);
      }
    }
    if (ending.compareAndSet(false, true)) {
      startEnd();
    }
  }

  /** Uses another thread: this one must end before its resources can be freed. */
  private void startEnd() {
    while (true) {
      try {
        guard.thread("fuse-end", this::finish).start();
        return;
      } catch (OutOfMemoryError none) {
        // The other workers are about to end, too.
        LOG.warn("the end of {} waits for a thread: {}", mountPoint, none.getMessage());
        LockSupport.parkNanos(THREAD_WAIT_NANOS);
      }
    }
  }

  private void finish() {
    MountEnd result =
        new MountEnd(MountEnd.Cause.FAILED, "the end of " + mountPoint + " broke down");
    try {
      awaitWorkers();
      result = describeEnd(firstError.get());
      free();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      result = new MountEnd(MountEnd.Cause.FAILED, "interrupted while ending " + mountPoint);
    } finally {
      // In every case, complete the end: threads may wait for it.
      try {
        if (result.cause() == MountEnd.Cause.ABORTED || result.cause() == MountEnd.Cause.FAILED) {
          detachDeadMount();
        }
        LOG.debug("{}", result.message());
      } finally {
        end.complete(result);
      }
    }
  }

  /** Waits for the end of all workers, and logs which request delays it if it takes long. */
  private void awaitWorkers() throws InterruptedException {
    // By index: a worker may add another one as long as it runs.
    for (int index = 0; index < workers.size(); index++) {
      Thread worker = workers.get(index);
      worker.join(END_TIMEOUT.toMillis());
      while (worker.isAlive()) {
        LOG.warn(
            "the end of {} waits for a request that {} still serves: {}",
            mountPoint,
            worker.getName(),
            Arrays.toString(worker.getStackTrace()));
        worker.join(END_TIMEOUT.toMillis());
      }
    }
  }

  /** Looks up the kernel's numbers of the mount. */
  private void locate() {
    try {
      MountTableEntry mount = mountedThere();
      if (mount != null) {
        connection = mount.minor();
        device = mount.device();
      }
    } catch (IOException e) {
      LOG.warn("cannot read the table of mounts: {} cannot be aborted if it hangs", mountPoint, e);
    }
  }

  /**
   * Sets the read-ahead. The kernel starts with 128 KiB, and only root can change it, outside the
   * protocol. This works only after INIT, in which the kernel takes the lower of its value and
   * ours.
   */
  private void raiseReadAhead() {
    Path control = Path.of("/sys/class/bdi", device, "read_ahead_kb");
    if (!device.isEmpty() && Files.isWritable(control)) {
      try {
        Files.writeString(control, Integer.toString(READ_AHEAD_KILOBYTES));
      } catch (IOException e) {
        LOG.debug("read-ahead of {} stays as it is", mountPoint, e);
      }
    }
  }

  /** Determines the reason of the end; the error is that of {@link #workerEnded}. */
  private MountEnd describeEnd(int error) {
    MountEnd result;
    if (abortAsked || error == ECONNABORTED || (error == 0 && isDead())) {
      result =
          new MountEnd(MountEnd.Cause.ABORTED, "the connection of " + mountPoint + " was aborted");
    } else if (error != 0) {
      result =
          new MountEnd(
              MountEnd.Cause.FAILED,
              error == DIED
                  ? "a worker of " + mountPoint + " died, see the log"
                  : "receiving requests of " + mountPoint + " failed: errno " + error);
    } else if (unmountAsked) {
      result = new MountEnd(MountEnd.Cause.UNMOUNTED, mountPoint + " is unmounted");
    } else {
      result =
          new MountEnd(
              MountEnd.Cause.UNMOUNTED_BY_OTHERS, mountPoint + " was unmounted from outside");
    }
    return result;
  }

  /** Whether the mount still exists without its connection: not all kernels report an abort. */
  private boolean isDead() {
    try {
      MountTableEntry mount = mountedThere();
      return mount != null && !connection.isEmpty() && mount.minor().equals(connection);
    } catch (IOException e) {
      LOG.warn("cannot read the table of mounts", e);
      return false;
    }
  }

  /** Detaches a mount without a connection, which only answers ENOTCONN. */
  private void detachDeadMount() {
    try {
      MountTableEntry mount = mountedThere();
      if (mount != null && mount.minor().equals(connection)) {
        int error = umountOurs(MNT_DETACH);
        if (error == EPERM) {
          unmountByHelper();
        } else if (error != 0) {
          LOG.warn("{} is dead but could not be taken away: errno {}", mountPoint, error);
        }
      }
    } catch (IOException e) {
      LOG.warn("{} is dead but could not be taken away", mountPoint, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public final String transport() {
    return transport;
  }

  @Override
  public final Path mountPoint() {
    return mountPoint;
  }

  @Override
  public final String device() {
    return device;
  }

  @Override
  public final boolean isConnected() {
    return !ending.get();
  }

  @Override
  public final MountEnd awaitEnd() throws InterruptedException {
    try {
      return end.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("never completed with a failure", e);
    }
  }

  @Override
  public final @Nullable MountEnd awaitEnd(Duration timeout) throws InterruptedException {
    try {
      return end.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return null;
    } catch (ExecutionException e) {
      throw new IllegalStateException("never completed with a failure", e);
    }
  }

  @Override
  public final void unmount() throws FuseMountException, InterruptedException {
    if (end.isDone()) {
      return;
    }
    unmountAsked = true;
    int error = umountOurs(0);
    try {
      if (error == EPERM) {
        unmountByHelper();
      } else if (error != 0 && !end.isDone()) {
        throw new FuseMountException(
            error == EBUSY
                ? mountPoint + " is in use: close the files and leave the directories below it"
                : error == EINVAL
                    ? mountPoint + " is not the place of this mount any more"
                    : mountPoint + " cannot be unmounted: errno " + error);
      }
    } catch (FuseMountException refused) {
      unmountAsked = false;
      throw refused;
    }
    awaitDisconnection();
    MountEnd result = awaitEnd();
    LOG.debug("end of {}: {}", mountPoint, result.cause());
  }

  /**
   * Waits until the kernel ends the connection, which it does at once, unless there is another
   * mount of it.
   */
  private void awaitDisconnection() throws FuseMountException, InterruptedException {
    long deadlineNanos = System.nanoTime() + END_TIMEOUT.toNanos();
    while (isConnected() && !end.isDone()) {
      if (System.nanoTime() - deadlineNanos > 0) {
        throw new FuseMountException(
            mountPoint + " is unmounted, but the filesystem is still mounted elsewhere");
      }
      Thread.sleep(POLL.toMillis());
    }
  }

  /** Unmounts if only root may call umount(2). */
  private void unmountByHelper() throws FuseMountException, InterruptedException {
    String words;
    try {
      Process process =
          new ProcessBuilder(unmountHelper, "-u", "--", mountPoint.toString())
              .redirectErrorStream(true)
              .start();
      process.getOutputStream().close();
      words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
      if (process.waitFor() == 0) {
        return;
      }
    } catch (IOException e) {
      throw new FuseMountException(
          MountHelper.isMissing(e)
              ? MountHelper.missing(unmountHelper)
              : unmountHelper + " cannot be started: " + e.getMessage(),
          e);
    }
    throw new FuseMountException(words.isEmpty() ? unmountHelper + " -u failed" : words);
  }

  @Override
  public final void abort() throws FuseMountException {
    if (end.isDone()) {
      return;
    }
    abortAsked = true;
    Path control = Path.of("/sys/fs/fuse/connections", connection, "abort");
    if (!connection.isEmpty() && Files.isWritable(control)) {
      try {
        Files.writeString(control, "1");
        return;
      } catch (IOException e) {
        LOG.debug("{} does not work, using a forced unmount", control, e);
      }
    }
    // If the control filesystem is not mounted: a forced unmount also aborts the connection, even
    // if it then reports that the mount is busy.
    int error = umountOurs(MNT_FORCE | MNT_DETACH);
    if (error != 0 && error != EBUSY && !end.isDone()) {
      abortAsked = false;
      throw new FuseMountException(mountPoint + " cannot be aborted: errno " + error);
    }
  }

  @Override
  public final void close() throws FuseMountException {
    if (end.isDone()) {
      return;
    }
    boolean interrupted = false;
    try {
      unmount();
    } catch (FuseMountException e) {
      LOG.warn("{}: aborting it", e.getMessage());
      abort();
    } catch (InterruptedException e) {
      interrupted = true;
      abort();
    }
    try {
      if (awaitEnd(CLOSE_TIMEOUT) == null) {
        throw new FuseMountException(mountPoint + " did not end: a request hangs");
      }
    } catch (InterruptedException e) {
      interrupted = true;
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
