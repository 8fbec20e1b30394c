package zonefsj.fs.fuse.jnr;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import jnr.ffi.LastError;
import jnr.ffi.Runtime;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.fs.fuse.FuseEnd;
import zonefsj.fs.fuse.FuseMount;
import zonefsj.fs.fuse.FuseMountException;
import zonefsj.fs.fuse.MountTable;

/** A live mount over libfuse 2.9: its workers, and the way to its end. */
final class JnrFuseMount implements FuseMount, FuseWorker.WorkerListener {
  private static final Logger LOG = LoggerFactory.getLogger(JnrFuseMount.class);

  private static final int EPERM = 1;
  private static final int EBUSY = 16;
  private static final int ECONNABORTED = 103;
  private static final int MNT_FORCE = 1;
  private static final int MNT_DETACH = 2;
  private static final int READ_AHEAD_KILOBYTES = 1024;
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(30);

  private final LibFuse2 fuse;
  private final LibC libc;
  private final Path mountPoint;
  private final long channel;
  private final long handle;
  private final long session;
  private final OperationsTable operations;
  private final HiddenNodes hidden;
  private final SendChannel replies;
  private final OwnRequests own;
  private final TargetHolds holds;
  private final ZoneFileSystem fileSystem;

  private final List<FuseWorker> workers = new ArrayList<>();
  private final AtomicInteger running = new AtomicInteger();
  private final AtomicInteger firstError = new AtomicInteger();
  private final CountDownLatch ready = new CountDownLatch(1);
  private final CompletableFuture<FuseEnd> end = new CompletableFuture<>();

  /** Number of the connection in /sys/fs/fuse/connections; "" while unknown. */
  private volatile String connection = "";

  /** Number of the device of the mount, as in /sys/class/bdi; "" while unknown. */
  private volatile String device = "";

  private volatile boolean unmountAsked;
  private volatile boolean abortAsked;

  JnrFuseMount(
      LibFuse2 fuse,
      LibC libc,
      Path mountPoint,
      long channel,
      long handle,
      OperationsTable operations,
      HiddenNodes hidden,
      KeepCachePolicy keepCache,
      ZoneFileSystem fileSystem) {
    this.fuse = fuse;
    this.libc = libc;
    this.mountPoint = mountPoint;
    this.channel = channel;
    this.handle = handle;
    this.session = fuse.fuse_get_session(handle);
    this.operations = operations;
    this.hidden = hidden;
    this.replies = new SendChannel(fuse, channel, new ReplyPatch(fuse, channel, keepCache));
    this.own = new OwnRequests(fuse, session, channel);
    this.holds = new TargetHolds(own);
    this.fileSystem = fileSystem;
  }

  /** Starts the workers. Once. */
  void start(int threads) {
    try {
      MountTable.Entry entry = MountTable.at(mountPoint);
      if (entry != null) {
        connection = entry.connection();
        device = entry.device();
      }
    } catch (IOException e) {
      LOG.warn("cannot read the table of mounts: {} cannot be aborted if it hangs", mountPoint, e);
    }
    running.set(threads);
    for (int i = 0; i < threads; i++) {
      workers.add(
          new FuseWorker(
              "fuse-" + i, fuse, session, channel, replies.address(), hidden, holds, this));
    }
    workers.forEach(Thread::start);
  }

  @Override
  public void initialized() {
    raiseReadAhead(); // not earlier: the kernel takes the lesser of the two values at INIT
    ready.countDown();
  }

  /** Waits until the mount can be used; false when it cannot within the time. */
  boolean awaitReady(Duration timeout) throws InterruptedException {
    return ready.await(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The kernel starts with 128 KiB and lets nobody but root change it, outside of the protocol. */
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

  @Override
  public void ended(int error) {
    if (error != 0) {
      firstError.compareAndSet(0, error);
      if (error != ECONNABORTED) {
        umount(MNT_FORCE | MNT_DETACH); // wakes the other workers; a dead one must not go unseen
      }
    }
    fuse.fuse_session_exit(session);
    if (running.decrementAndGet() == 0) {
      // Not on this thread: it has to end before its buffers can be freed.
      Thread cleaner = new Thread(this::finish, "fuse-end");
      cleaner.setDaemon(true);
      cleaner.start();
    }
  }

  private void finish() {
    FuseEnd result;
    try {
      for (FuseWorker worker : workers) {
        worker.join();
        worker.free();
      }
      result = describeEnd();
      releaseHolds();
      own.free();
      replies.free();
      fuse.fuse_destroy(handle);
      if (result.cause() == FuseEnd.Cause.ABORTED || result.cause() == FuseEnd.Cause.FAILED) {
        detachDeadMount();
      }
      operations.free();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      result = new FuseEnd(FuseEnd.Cause.FAILED, "interrupted while ending " + mountPoint);
    }
    LOG.debug("{}", result.message());
    end.complete(result);
  }

  private void releaseHolds() {
    for (long held : holds.remaining()) {
      try {
        fileSystem.release(held);
      } catch (ErrnoException | IOException e) {
        LOG.warn("closing a file that was replaced: {}", e.getMessage());
      }
    }
  }

  private FuseEnd describeEnd() {
    int error = firstError.get();
    if (abortAsked || error == ECONNABORTED) {
      return new FuseEnd(FuseEnd.Cause.ABORTED, "the connection of " + mountPoint + " was aborted");
    }
    if (error != 0) {
      return new FuseEnd(
          FuseEnd.Cause.FAILED,
          error == FuseWorker.DIED
              ? "a worker of " + mountPoint + " died, see the log"
              : "receiving requests of " + mountPoint + " failed: errno " + error);
    }
    return unmountAsked
        ? new FuseEnd(FuseEnd.Cause.UNMOUNTED, mountPoint + " is unmounted")
        : new FuseEnd(
            FuseEnd.Cause.UNMOUNTED_BY_OTHERS, mountPoint + " was unmounted by somebody else");
  }

  /** A mount without a connection only answers ENOTCONN; nobody can use it any more. */
  private void detachDeadMount() {
    try {
      MountTable.Entry entry = MountTable.at(mountPoint);
      if (entry != null && entry.connection().equals(connection)) {
        int error = umount(MNT_DETACH);
        if (error != 0) {
          LOG.warn("{} is dead but could not be taken away: errno {}", mountPoint, error);
        }
      }
    } catch (IOException e) {
      LOG.warn("{} is dead but could not be taken away", mountPoint, e);
    }
  }

  @Override
  public Path mountPoint() {
    return mountPoint;
  }

  @Override
  public FuseEnd awaitEnd() throws InterruptedException {
    try {
      return end.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("never completed with a failure", e);
    }
  }

  @Override
  public @Nullable FuseEnd awaitEnd(Duration timeout) throws InterruptedException {
    try {
      return end.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      return null;
    } catch (ExecutionException e) {
      throw new IllegalStateException("never completed with a failure", e);
    }
  }

  @Override
  public void unmount() throws FuseMountException, InterruptedException {
    if (end.isDone()) {
      return;
    }
    unmountAsked = true;
    int error = umount(0);
    if (error == EPERM) {
      fusermount();
    } else if (error != 0 && !end.isDone()) {
      unmountAsked = false;
      throw new FuseMountException(
          error == EBUSY
              ? mountPoint + " is in use: close the files and leave the directories below it"
              : mountPoint + " cannot be unmounted: errno " + error);
    }
    FuseEnd result = awaitEnd();
    LOG.debug("end of {}: {}", mountPoint, result.cause());
  }

  /** Returns 0 or the error number. */
  private int umount(int flags) {
    long name = NativeMemory.newString(mountPoint.toString().getBytes(StandardCharsets.UTF_8));
    try {
      return libc.umount2(name, flags) == 0
          ? 0
          : LastError.getLastError(Runtime.getSystemRuntime());
    } finally {
      NativeMemory.free(name);
    }
  }

  /** Where only root may call umount(2). */
  private void fusermount() throws FuseMountException, InterruptedException {
    String words;
    try {
      Process process =
          new ProcessBuilder("fusermount", "-u", "--", mountPoint.toString())
              .redirectErrorStream(true)
              .start();
      process.getOutputStream().close();
      words = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).trim();
      if (process.waitFor() == 0) {
        return;
      }
    } catch (IOException e) {
      unmountAsked = false;
      throw new FuseMountException("fusermount cannot be started: " + e.getMessage(), e);
    }
    unmountAsked = false;
    throw new FuseMountException(words.isEmpty() ? "fusermount -u failed" : words);
  }

  @Override
  public void abort() throws FuseMountException {
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
    // Where the control filesystem is not mounted: a forced unmount breaks the connection, too,
    // even
    // when it then says that the mount is busy.
    int error = umount(MNT_FORCE | MNT_DETACH);
    if (error != 0 && error != EBUSY && !end.isDone()) {
      abortAsked = false;
      throw new FuseMountException(mountPoint + " cannot be aborted: errno " + error);
    }
  }

  @Override
  public void close() throws FuseMountException {
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
