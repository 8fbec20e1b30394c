// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.library;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Runs blocking accesses on an executor: a bounded number at a time, and in order where order
 * matters. {@link AsyncZonedDevice} and {@code AsyncZoneHandle} submit to it; several of them can
 * share one, and with it the bound and the barriers.
 *
 * <p><b>Bound.</b> At most {@code maxInFlight} accesses are accepted and not ended. A submission
 * beyond that runs accepted accesses in its own thread until there is room. It never waits for a
 * thread of the executor alone, so a submission from a callback of a future cannot deadlock, even
 * on an executor of one thread.
 *
 * <p><b>Order.</b> The accesses of a {@link Lane} run in the order of submission, one at a time; a
 * run of consecutive shared ones may run in parallel. A barrier runs after every ordered access
 * that was submitted before it, in any lane, has ended. Other accesses run in any order.
 *
 * <p><b>Cancellation.</b> {@link CompletableFuture#cancel} withdraws an access that has not begun:
 * it does nothing, and the next one of its lane takes its turn. An access that has begun cannot be
 * cancelled, because half a write would leave a write pointer unknown: {@code cancel} returns
 * false, and the future receives the result. The same holds for every other completion from
 * outside, like {@link CompletableFuture#orTimeout}.
 *
 * <p>A future fails with the {@link IOException} of its access. Its callbacks run after the access
 * has left the bound and its lane.
 *
 * <p>Thread-safe. No lock is held while an access or a callback runs. Costs about 200 bytes for
 * each access in flight.
 */
public final class AsyncAccesses implements Closeable {
  private final Executor executor;
  private final int maxInFlight;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ended = lock.newCondition();

  /** Accepted accesses whose turn has come, in that order. */
  private final Deque<Submission<?>> ready = new ArrayDeque<>();

  /** Barriers that wait, in order of submission. */
  private final Deque<Submission<?>> barriers = new ArrayDeque<>();

  /** Ordered accesses that have not ended, in order of submission. */
  private final Set<Submission<?>> ordered = new LinkedHashSet<>();

  private int inFlight;
  private long submitted;
  private boolean closed;

  /**
   * A blocking access.
   *
   * @param <T> what it returns
   */
  @FunctionalInterface
  public interface Access<T> {
    /** Performs the access. */
    @Nullable T run() throws IOException;
  }

  /**
   * The order of the accesses to one thing, usually a zone. Belongs to one {@code AsyncAccesses}.
   */
  public static final class Lane {
    private final Deque<Submission<?>> waiting = new ArrayDeque<>(1);
    private int running;
    private boolean isExclusive;

    Lane() {}

    /** Whether an access may run beside those that do. */
    private boolean admits(Submission<?> next) {
      return running == 0 || (!isExclusive && next.isShared);
    }
  }

  private enum Stage {
    WAITING,
    RUNNING,
    ENDED
  }

  /** An accepted access and its future. */
  private final class Submission<T> extends CompletableFuture<T> {
    private final Access<T> access;
    private final @Nullable Lane lane;
    private final boolean isShared;
    private long number;
    private Stage stage = Stage.WAITING;

    Submission(Access<T> access, @Nullable Lane lane, boolean isShared) {
      this.access = access;
      this.lane = lane;
      this.isShared = isShared;
    }

    /** Runs the access; completes the future here, or in a thread of the executor. */
    void run(boolean completeHere) {
      @Nullable T result = null;
      Throwable failure = null;
      try {
        result = access.run();
      } catch (Throwable thrown) {
        failure = thrown;
      }
      end(this);
      @Nullable T value = result;
      Throwable reason = failure;
      Runnable completion =
          () -> {
            if (reason == null) {
              super.complete(value);
            } else {
              super.completeExceptionally(reason);
            }
          };
      if (completeHere || !isAccepted(completion)) {
        completion.run();
      }
    }

    void reject(RejectedExecutionException reason) {
      super.completeExceptionally(reason);
    }

    @Override
    public boolean complete(@Nullable T value) {
      return withdraw(this) && super.complete(value);
    }

    @Override
    public boolean completeExceptionally(Throwable reason) {
      return withdraw(this) && super.completeExceptionally(reason);
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
      return withdraw(this) && super.cancel(mayInterruptIfRunning);
    }

    /** Futures that depend on this one are the caller's own. */
    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
      return new CompletableFuture<>();
    }
  }

  /**
   * @param executor runs the accesses and the callbacks of their futures; the caller shuts it down
   *     after {@link #close()}
   * @param maxInFlight most accesses that are accepted and not ended
   * @throws IllegalArgumentException if {@code maxInFlight} is not positive
   */
  public AsyncAccesses(Executor executor, int maxInFlight) {
    if (maxInFlight < 1) {
      throw new IllegalArgumentException("maxInFlight is " + maxInFlight + ", not positive");
    }
    this.executor = executor;
    this.maxInFlight = maxInFlight;
  }

  /** A new lane. */
  public Lane newLane() {
    return new Lane();
  }

  /** Submits an access whose order does not matter. */
  public <T> CompletableFuture<T> submit(Access<T> access) {
    return accept(new Submission<>(access, null, true), false);
  }

  /** Submits an access that runs alone in its lane, after those before it. */
  public <T> CompletableFuture<T> submitInOrder(Lane lane, Access<T> access) {
    return accept(new Submission<>(access, lane, false), false);
  }

  /**
   * Submits an access that runs after those before it in its lane, but beside other shared ones.
   */
  public <T> CompletableFuture<T> submitShared(Lane lane, Access<T> access) {
    return accept(new Submission<>(access, lane, true), false);
  }

  /** Submits an access that runs when all earlier accesses of all lanes have ended. */
  public <T> CompletableFuture<T> submitBarrier(Access<T> access) {
    return accept(new Submission<>(access, null, true), true);
  }

  /** Accesses that are accepted and not ended. */
  public int inFlight() {
    lock.lock();
    try {
      return inFlight;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Refuses new accesses and returns when all accepted ones have ended; runs those that the
   * executor does not. The futures of these may complete a moment later.
   */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
    } finally {
      lock.unlock();
    }
    helpUntil(1);
  }

  private <T> CompletableFuture<T> accept(Submission<T> submission, boolean isBarrier) {
    for (; ; ) {
      helpUntil(maxInFlight);
      int begun;
      lock.lock();
      try {
        if (closed) {
          submission.stage = Stage.ENDED;
          submission.reject(new RejectedExecutionException("closed"));
          return submission;
        }
        if (inFlight == maxInFlight) {
          continue;
        }
        inFlight++;
        submission.number = submitted++;
        Lane lane = submission.lane;
        if (lane != null) {
          ordered.add(submission);
          lane.waiting.add(submission);
          begun = advance(lane);
        } else if (isBarrier) {
          barriers.add(submission);
          begun = advanceBarriers();
        } else {
          ready.add(submission);
          begun = 1;
        }
      } finally {
        lock.unlock();
      }
      dispatch(begun);
      return submission;
    }
  }

  /** Runs accesses here until fewer than a number are in flight. */
  private void helpUntil(int fewerThan) {
    for (; ; ) {
      Submission<?> next;
      lock.lock();
      try {
        if (inFlight < fewerThan) {
          return;
        }
        next = begin();
        if (next == null) {
          // All of them run elsewhere, or wait for one that does.
          ended.awaitUninterruptibly();
          continue;
        }
      } finally {
        lock.unlock();
      }
      // Not here: a callback may submit again, which may help again, and so on.
      next.run(false);
    }
  }

  /** Has the executor run as many accesses as have become ready. */
  private void dispatch(int count) {
    for (int i = 0; i < count; i++) {
      try {
        executor.execute(this::runOne);
      } catch (RejectedExecutionException e) {
        rejectReady(e);
      }
    }
  }

  private boolean isAccepted(Runnable task) {
    try {
      executor.execute(task);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  private void runOne() {
    Submission<?> next;
    lock.lock();
    try {
      next = begin();
    } finally {
      lock.unlock();
    }
    if (next != null) {
      next.run(true);
    }
  }

  /** The executor takes no more: what is ready, and then what waits for it, fails. */
  private void rejectReady(RejectedExecutionException reason) {
    for (; ; ) {
      Submission<?> rejected;
      lock.lock();
      try {
        rejected = begin();
        if (rejected == null) {
          return;
        }
        leave(rejected);
      } finally {
        lock.unlock();
      }
      rejected.reject(reason);
    }
  }

  /** Takes the next access that may run; null if there is none. */
  private @Nullable Submission<?> begin() {
    Submission<?> next = ready.poll();
    if (next != null) {
      next.stage = Stage.RUNNING;
    }
    return next;
  }

  private void end(Submission<?> submission) {
    int begun;
    lock.lock();
    try {
      begun = leave(submission);
    } finally {
      lock.unlock();
    }
    dispatch(begun);
  }

  /** Takes an access back that has not begun. */
  private boolean withdraw(Submission<?> submission) {
    int begun;
    lock.lock();
    try {
      if (submission.stage != Stage.WAITING) {
        return false;
      }
      begun = leave(submission);
    } finally {
      lock.unlock();
    }
    dispatch(begun);
    return true;
  }

  /**
   * Ends an access, whether it has run or not.
   *
   * @return how many others became ready
   */
  private int leave(Submission<?> submission) {
    boolean hadTurn = submission.stage == Stage.RUNNING || ready.remove(submission);
    submission.stage = Stage.ENDED;
    inFlight--;
    ended.signalAll();
    Lane lane = submission.lane;
    if (lane == null) {
      barriers.remove(submission);
      return 0;
    }
    ordered.remove(submission);
    if (hadTurn) {
      lane.running--;
    } else {
      lane.waiting.remove(submission);
    }
    return advance(lane) + advanceBarriers();
  }

  private int advance(Lane lane) {
    int begun = 0;
    for (Submission<?> next = lane.waiting.peek();
        next != null && lane.admits(next);
        next = lane.waiting.peek()) {
      lane.running++;
      lane.isExclusive = !next.isShared;
      ready.add(lane.waiting.remove());
      begun++;
    }
    return begun;
  }

  private int advanceBarriers() {
    long oldest = ordered.isEmpty() ? Long.MAX_VALUE : ordered.iterator().next().number;
    int begun = 0;
    for (Submission<?> next = barriers.peek();
        next != null && next.number < oldest;
        next = barriers.peek()) {
      ready.add(barriers.remove());
      begun++;
    }
    return begun;
  }
}
