// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.mirror;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.AccessRules;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;

/**
 * A member whose media can stop answering, as a store can: other members have what it has, so no
 * access waits for it without an end. Every access fails with {@link Reason#UNAVAILABLE} when the
 * media have answered nothing for their limit, and the access itself has waited for two seconds: if
 * the process was stopped meanwhile, the media had no time to answer. A read can be given up sooner
 * with {@link #readSoon}.
 *
 * <p>An access that is given up may still be under way: it has bytes of its own, and a thread of
 * this member. At most 16 are under way at a time, with up to 16 MiB; others wait for one of them
 * to end, as long as the limit.
 *
 * <p>Thread-safe.
 */
final class LimitedMember extends FilterZonedDevice {
  private static final Logger LOG = LoggerFactory.getLogger(LimitedMember.class);

  private static final int ANY_COPY = -1;

  /** Longest part of an access that is made at once. */
  private static final int PIECE_BYTES = 1 << 20;

  /** Shorter ones are not kept for the next access. */
  private static final int MIN_KEPT_BYTES = 64 << 10;

  static final int MAX_UNDER_WAY = 16;

  /** Bytes of Java heap that the accesses under way take. */
  static final long BUFFER_BYTES = (long) MAX_UNDER_WAY * PIECE_BYTES;

  /** A read that takes longer is one that another member answers. */
  private static final long READ_LIMIT_MILLIS = 2000;

  /** A close that takes longer, of media that do not answer, continues without being waited for. */
  private static final long CLOSE_LIMIT_MILLIS = 5000;

  private static final long LOOK_MILLIS = 50;
  private static final long IDLE_SECONDS = 10;
  private static final long CLOSE_PAUSE_MILLIS = 1000;

  private final long limitMillis;
  private final long readLimitMillis;
  private final Semaphore slots = new Semaphore(MAX_UNDER_WAY);
  private final ExecutorService threads;

  /** Of accesses that have ended, for the next ones. */
  private final Queue<ByteBuffer> buffers = new ArrayBlockingQueue<>(MAX_UNDER_WAY);

  /** Whether an access gives up soon, because the mirror is going to be closed. */
  private volatile boolean hurries;

  /** The close, which ends when the drive is closed; null before. Guarded by this object. */
  private @Nullable Thread closing;

  private volatile @Nullable IOException closeFailure;

  /** The last request of {@link #probe}. */
  private volatile @Nullable FutureTask<?> probing;

  LimitedMember(ZonedDevice device, long limitMillis, long readLimitMillis) {
    super(device);
    this.limitMillis = limitMillis;
    this.readLimitMillis = Math.min(limitMillis, readLimitMillis);
    AtomicInteger number = new AtomicInteger();
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            MAX_UNDER_WAY,
            MAX_UNDER_WAY,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            work -> {
              Thread thread = new Thread(work, "mirror-member-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
    this.threads = pool;
  }

  /** The drive with limits if it needs some. */
  static ZonedDevice of(ZonedDevice device) {
    return MemberSilence.isPossible(device)
        ? new LimitedMember(device, MemberSilence.limitMillisOf(device), READ_LIMIT_MILLIS)
        : device;
  }

  /** Milliseconds since its media last answered; 0 if they answer, or cannot be silent. */
  static long silentMillisOf(ZonedDevice device) {
    return device instanceof LimitedMember limited ? limited.silentMillis() : 0;
  }

  private long silentMillis() {
    return MemberSilence.millisOf(delegate());
  }

  /** Whether reads had better go to another member. */
  boolean isSilent() {
    return silentMillis() >= readLimitMillis;
  }

  /**
   * Whether its media have been silent until their limit, so that it is to be left out unless it
   * answers now.
   */
  boolean isExhausted() {
    return silentMillis() >= limitMillis;
  }

  /** After so long without an answer it is left out, in milliseconds. */
  long limitMillis() {
    return limitMillis;
  }

  /** Why it is left out. */
  DeviceException unavailable() {
    return new DeviceException(
        Reason.UNAVAILABLE, -1, delegate() + " has not answered for " + limitMillis / 1000 + " s");
  }

  /**
   * Asks the media for something, one request at a time, so that it is known when they answer.
   *
   * @param waits whether the answer is waited for, as long as a read may take
   */
  void probe(boolean waits) throws InterruptedException {
    FutureTask<?> task = probing;
    if (task == null || task.isDone()) {
      task = new FutureTask<>(this::readAnything, true);
      try {
        threads.execute(task);
      } catch (RejectedExecutionException closed) {
        LOG.debug("{} is closed", delegate(), closed);
        return;
      }
      probing = task;
    }
    long limit = waits ? readLimitMillis : LOOK_MILLIS;
    for (long waited = 0; waited < limit && !isDone(task, LOOK_MILLIS); waited += LOOK_MILLIS) {
      LOG.trace("{} has not answered", delegate());
    }
  }

  private void readAnything() {
    try {
      delegate().read(0, ByteBuffer.allocate(geometry().blockSizeBytes()));
    } catch (IOException e) {
      LOG.debug("{} does not answer", delegate(), e);
    }
  }

  /**
   * Reads as {@link #read}, but gives up soon.
   *
   * @return false if that took too long: then the destination is as it was
   */
  boolean readSoon(long positionBytes, ByteBuffer destination) throws IOException {
    int position = destination.position();
    try {
      read(positionBytes, destination, ANY_COPY, readLimitMillis);
      return true;
    } catch (TimeoutException late) {
      LOG.debug("{} has not answered a read yet", delegate(), late);
      destination.position(position);
      return false;
    }
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    readWithin(positionBytes, destination, ANY_COPY);
  }

  @Override
  public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
    readWithin(positionBytes, destination, copy);
  }

  private void readWithin(long positionBytes, ByteBuffer destination, int copy) throws IOException {
    try {
      read(positionBytes, destination, copy, Long.MAX_VALUE);
    } catch (TimeoutException never) {
      throw new IllegalStateException(never);
    }
  }

  private void read(long positionBytes, ByteBuffer destination, int copy, long withinMillis)
      throws IOException, TimeoutException {
    long at = positionBytes;
    while (destination.hasRemaining()) {
      long from = at;
      int length = Math.min(destination.remaining(), PIECE_BYTES);
      ByteBuffer buffer =
          call(
              () -> {
                ByteBuffer taken = take(length);
                return () -> {
                  if (copy == ANY_COPY) {
                    delegate().read(from, taken);
                  } else {
                    delegate().readCopy(copy, from, taken);
                  }
                  return taken;
                };
              },
              withinMillis);
      destination.put(buffer.flip());
      give(buffer);
      at += length;
    }
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    long left = AccessRules.totalBytes(sources);
    long at = positionBytes;
    ByteBuffer[] rest = duplicates(sources);
    while (left > 0) {
      long from = at;
      int length = (int) Math.min(left, PIECE_BYTES);
      ByteBuffer buffer =
          callPrepared(
              () -> {
                ByteBuffer taken = take(length);
                fill(taken, rest);
                taken.flip();
                return () -> {
                  delegate().write(from, taken);
                  return taken;
                };
              });
      give(buffer);
      at += length;
      left -= length;
    }
    consume(sources);
  }

  @Override
  public long append(int zone, ByteBuffer... sources) throws IOException {
    long position =
        callPrepared(
            () -> {
              int length = Math.toIntExact(AccessRules.totalBytes(sources));
              ByteBuffer all = ByteBuffer.allocate(length);
              fill(all, duplicates(sources));
              all.flip();
              return () -> delegate().append(zone, all);
            });
    consume(sources);
    return position;
  }

  private static ByteBuffer[] duplicates(ByteBuffer... sources) {
    ByteBuffer[] duplicates = new ByteBuffer[sources.length];
    for (int at = 0; at < sources.length; at++) {
      duplicates[at] = sources[at].duplicate();
    }
    return duplicates;
  }

  private static void fill(ByteBuffer buffer, ByteBuffer... sources) {
    for (ByteBuffer source : sources) {
      int length = Math.min(buffer.remaining(), source.remaining());
      buffer.put(source.slice(source.position(), length));
      source.position(source.position() + length);
    }
  }

  private static void consume(ByteBuffer... sources) {
    for (ByteBuffer source : sources) {
      source.position(source.limit());
    }
  }

  private ByteBuffer take(int length) {
    ByteBuffer kept = length < MIN_KEPT_BYTES ? null : buffers.poll();
    if (kept != null) {
      return kept.clear().limit(length);
    }
    return ByteBuffer.allocate(length < MIN_KEPT_BYTES ? length : PIECE_BYTES).limit(length);
  }

  /** Keeps a buffer whose access has ended for the next one. */
  private void give(ByteBuffer buffer) {
    if (buffer.capacity() == PIECE_BYTES && !buffers.offer(buffer)) {
      LOG.trace("{} has enough buffers", delegate());
    }
  }

  @Override
  public List<ZoneDescriptor> report(int from, int count) throws IOException {
    return call(() -> delegate().report(from, count));
  }

  @Override
  public void flush() throws IOException {
    change(() -> delegate().flush());
  }

  @Override
  public void open(int zone) throws IOException {
    change(() -> delegate().open(zone));
  }

  @Override
  public void close(int zone) throws IOException {
    change(() -> delegate().close(zone));
  }

  @Override
  public void finish(int zone) throws IOException {
    change(() -> delegate().finish(zone));
  }

  @Override
  public void reset(int zone) throws IOException {
    change(() -> delegate().reset(zone));
  }

  /** An access that changes something. */
  @FunctionalInterface
  private interface Change {
    void run() throws IOException;
  }

  /** An access with a result. */
  @FunctionalInterface
  private interface Access<T> {
    T run() throws IOException;
  }

  /** Takes what an access needs, once it may be made. */
  @FunctionalInterface
  private interface Preparation<T> {
    Access<T> prepare();
  }

  private void change(Change change) throws IOException {
    call(
        () -> {
          change.run();
          return true;
        });
  }

  private <T> T call(Access<T> access) throws IOException {
    return callPrepared(() -> access);
  }

  private <T> T callPrepared(Preparation<T> preparation) throws IOException {
    try {
      return call(preparation, Long.MAX_VALUE);
    } catch (TimeoutException never) {
      throw new IllegalStateException(never);
    }
  }

  /**
   * Makes an access on a thread of this member, and waits for it, also if this thread is
   * interrupted.
   *
   * @throws DeviceException if the media have not answered for their limit
   * @throws TimeoutException if it has taken longer than {@code withinMillis}
   */
  private <T> T call(Preparation<T> preparation, long withinMillis)
      throws IOException, TimeoutException {
    Wait wait = new Wait(withinMillis);
    try {
      while (!wait.isTrue(millis -> slots.tryAcquire(millis, TimeUnit.MILLISECONDS))) {
        LOG.trace("{} waits for another access", delegate());
      }
      FutureTask<T> task = prepared(preparation);
      try {
        threads.execute(task);
      } catch (OutOfMemoryError noThread) {
        // Rather than not at all; it then waits as long as the media do.
        task.run();
      } catch (RejectedExecutionException closed) {
        slots.release();
        throw new DeviceException(Reason.CLOSED, -1, delegate() + " is closed", closed);
      }
      while (!wait.isTrue(millis -> isDone(task, millis))) {
        LOG.trace("{} has not answered yet", delegate());
      }
      return task.get();
    } catch (ExecutionException failed) {
      throw rethrown(failed.getCause());
    } catch (InterruptedException impossible) {
      throw new IllegalStateException(impossible);
    } finally {
      wait.end();
    }
  }

  /** An access that gives its slot back before its caller continues. */
  private <T> FutureTask<T> prepared(Preparation<T> preparation) {
    boolean isPrepared = false;
    try {
      Access<T> access = preparation.prepare();
      isPrepared = true;
      return new FutureTask<>(
          () -> {
            try {
              return access.run();
            } finally {
              slots.release();
            }
          });
    } finally {
      if (!isPrepared) {
        slots.release();
      }
    }
  }

  private static boolean isDone(FutureTask<?> task, long millis) throws InterruptedException {
    try {
      task.get(millis, TimeUnit.MILLISECONDS);
    } catch (ExecutionException failed) {
      LOG.trace("an access has failed", failed);
    } catch (TimeoutException notYet) {
      return false;
    }
    return true;
  }

  /** What an access has failed with; throws it if that is no failure of a drive. */
  static IOException rethrown(@Nullable Throwable failure) {
    if (failure instanceof RuntimeException internal) {
      throw internal;
    }
    if (failure instanceof Error error) {
      throw error;
    }
    return failure instanceof IOException io ? io : new IOException(failure);
  }

  /** Something that may take a while. */
  @FunctionalInterface
  private interface Step {
    boolean isTrueWithin(long millis) throws InterruptedException;
  }

  /** A wait that ends when the media have been silent for too long. */
  private final class Wait {
    private final long beganNanos = System.nanoTime();
    private final long withinMillis;
    private boolean interrupted;

    /** Counted and not measured: a clock runs while the process is stopped. */
    private long waitedMillis;

    Wait(long withinMillis) {
      this.withinMillis = withinMillis;
    }

    /** Waits a little for something. */
    boolean isTrue(Step step) throws DeviceException, TimeoutException {
      try {
        if (step.isTrueWithin(LOOK_MILLIS)) {
          return true;
        }
        waitedMillis += LOOK_MILLIS;
      } catch (InterruptedException e) {
        interrupted = true;
      }
      if (isExhausted() && waitedMillis >= readLimitMillis) {
        throw unavailable();
      }
      if (hurries && isSilent() && waitedMillis >= CLOSE_LIMIT_MILLIS) {
        throw new DeviceException(
            Reason.UNAVAILABLE,
            -1,
            delegate() + " does not answer, and the mirror is being closed");
      }
      if ((System.nanoTime() - beganNanos) / 1_000_000 >= withinMillis) {
        throw new TimeoutException();
      }
      return false;
    }

    void end() {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Closes the drive. If its media do not answer, that continues without the caller; see {@link
   * #isClosing}.
   */
  @Override
  public void close() throws IOException {
    Thread thread;
    synchronized (this) {
      thread = closing;
      if (thread == null) {
        thread = new Thread(this::closeAtLast, "mirror-close");
        thread.setDaemon(true);
        closing = thread;
        thread.start();
      }
    }
    boolean interrupted = false;
    long waitedMillis = 0;
    while (thread.isAlive()) {
      try {
        thread.join(LOOK_MILLIS);
        waitedMillis += LOOK_MILLIS;
      } catch (InterruptedException e) {
        interrupted = true;
      }
      boolean isLate =
          (isExhausted() && waitedMillis >= readLimitMillis)
              || (isSilent() && waitedMillis >= CLOSE_LIMIT_MILLIS);
      if (thread.isAlive() && isLate) {
        LOG.info("{} does not answer, and is closed when it does", delegate());
        break;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    IOException failure = closeFailure;
    if (failure != null) {
      throw failure;
    }
  }

  /** An access that is given up, and has not ended, keeps a drive from being closed. */
  private void closeAtLast() {
    boolean isClosed = false;
    while (!isClosed) {
      try {
        delegate().close();
        closeFailure = null;
        isClosed = true;
      } catch (IOException e) {
        closeFailure = e;
        LOG.debug("{} cannot be closed", delegate(), e);
        // Once it is closed, a second close does nothing.
        isClosed = slots.availablePermits() == MAX_UNDER_WAY;
      }
      try {
        if (!isClosed) {
          TimeUnit.MILLISECONDS.sleep(CLOSE_PAUSE_MILLIS);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        isClosed = true;
      }
    }
    threads.shutdown();
  }

  /**
   * Whether the drive is not closed yet though that was asked for, or an access of it has not
   * ended.
   */
  synchronized boolean isClosing() {
    FutureTask<?> probe = probing;
    return closing != null
        && (closing.isAlive()
            || slots.availablePermits() < MAX_UNDER_WAY
            || (probe != null && !probe.isDone()));
  }

  /**
   * Lets accesses give up soon if the media do not answer, also those under way.
   *
   * @param isHurry false: as before
   */
  void hurry(boolean isHurry) {
    hurries = isHurry;
  }
}
