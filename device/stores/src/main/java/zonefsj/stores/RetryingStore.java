// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores;

import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Repeats requests that fail, with pauses that double and are drawn at random between half and the
 * whole ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015, "equal jitter").
 *
 * <p>A put whose answer was lost may have taken effect, and a store may carry out a put twice. If
 * the same content is there under the name, the put has succeeded: so what is put must not be what
 * anybody else might put. A request that no attempt can have carried out fails as refused.
 *
 * <p>After the store has not answered anything for as long as a request is repeated, further ones
 * fail at their first failure, until one succeeds: not each of many has to wait for itself.
 *
 * <p>Thread-safe. After {@link #close} waiting requests fail at once.
 */
public final class RetryingStore implements ObjectStore {
  private static final Logger LOG = LoggerFactory.getLogger(RetryingStore.class);

  /**
   * How long requests are repeated.
   *
   * @param firstPauseMillis the first pause
   * @param longestPauseMillis pauses grow to this
   * @param limitMillis after so long a request fails
   */
  public record Patience(long firstPauseMillis, long longestPauseMillis, long limitMillis) {}

  private static final long NEVER = Long.MIN_VALUE;
  private static final long LONGEST_PUT_MILLIS = 60_000;
  private static final long LOG_NANOS = 60_000_000_000L;
  private static final long LONGEST_GAP_NANOS = 30_000_000_000L;

  private final ObjectStore store;
  private final Patience patience;
  private final RandomGenerator random;

  /** What is asked again is so within this time: longer ago, nobody knows how the store is. */
  private final long longestGapNanos;

  /** Guards nothing but waits; notified by the close. */
  private final Object pauses = new Object();

  private volatile boolean closed;

  /** When the first of the requests failed since the last one that was answered. */
  private final AtomicLong silentSince = new AtomicLong(NEVER);

  /** Guards when puts begin to wait. */
  private final Object puts = new Object();

  /** Guarded by {@link #puts}. */
  private int putsUnderWay;

  /**
   * Since when puts have been waiting for an answer to any of them: a server can answer what is
   * read, and store nothing. Written under {@link #puts}.
   */
  private final AtomicLong putsSilentSince = new AtomicLong(NEVER);

  /** Whether one of them has failed since then. Written under {@link #puts}. */
  private volatile boolean hasPutFailed;

  private volatile long lastFailure = System.nanoTime();

  /** When a repetition was logged last. */
  private final AtomicLong lastLogged = new AtomicLong(System.nanoTime() - LOG_NANOS);

  /**
   * @param store owned from now on
   * @param random for the pauses
   */
  public RetryingStore(ObjectStore store, Patience patience, RandomGenerator random) {
    this(store, patience, random, LONGEST_GAP_NANOS);
  }

  /** As above, for tests. */
  RetryingStore(
      ObjectStore store, Patience patience, RandomGenerator random, long longestGapNanos) {
    this.store = store;
    this.patience = patience;
    this.random = random;
    this.longestGapNanos = longestGapNanos;
  }

  @Override
  public long maxObjectBytes() {
    return store.maxObjectBytes();
  }

  @Override
  public boolean putIfAbsent(String name, ByteBuffer... sources) throws IOException {
    return put(name, () -> store.putIfAbsent(name, sources) || isOurs(name, sources));
  }

  @Override
  public boolean putOwn(String name, ByteBuffer... sources) throws IOException {
    return put(name, () -> store.putOwn(name, sources) || isOurs(name, sources));
  }

  private boolean put(String name, Request<Boolean> request) throws IOException {
    beginPut();
    boolean answered = false;
    try {
      boolean result = repeat("put of " + name, putsSilentSince, request);
      answered = true;
      return result;
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      answered = !NoAnswerException.isIn(e);
      throw e;
    } finally {
      endPut(answered);
    }
  }

  private void beginPut() {
    synchronized (puts) {
      long now = System.nanoTime();
      boolean isIdle = putsUnderWay++ == 0;
      if (putsSilentSince.get() == NEVER || (isIdle && now - lastFailure > longestGapNanos)) {
        // Nobody has asked since the last outage.
        waitSince(now);
      }
    }
  }

  private void endPut(boolean answered) {
    synchronized (puts) {
      putsUnderWay--;
      if (answered) {
        waitSince(putsUnderWay == 0 ? NEVER : System.nanoTime());
      }
    }
  }

  private void waitSince(long nanos) {
    putsSilentSince.set(nanos);
    hasPutFailed = false;
  }

  private void notePutFailure() {
    synchronized (puts) {
      if (putsSilentSince.get() == NEVER) {
        putsSilentSince.set(System.nanoTime());
      }
      hasPutFailed = true;
    }
  }

  /** Whether a put seems to wait for an answer. */
  boolean waitsForPuts() {
    return putsSilentSince.get() != NEVER;
  }

  @Override
  public void deleteLeftovers() {
    store.deleteLeftovers();
  }

  @Override
  public long stalledMillis() {
    long since = putsSilentSince.get();
    if (since == NEVER) {
      return 0;
    }
    long now = System.nanoTime();
    synchronized (puts) {
      if (putsUnderWay == 0 && now - lastFailure > longestGapNanos) {
        // Nobody has asked for so long: the next one may, and learns how the store is.
        return 0;
      }
    }
    long millis = Math.max(1, (now - since) / 1_000_000);
    // A put of a slow store may take long, and is none that fails.
    return hasPutFailed || millis >= LONGEST_PUT_MILLIS ? millis : 0;
  }

  /** The put may have had an effect, so nothing that fails here is a refusal. */
  private boolean isOurs(String name, ByteBuffer... sources) throws IOException {
    long length = 0;
    for (ByteBuffer source : sources) {
      length += source.remaining();
    }
    try {
      Optional<ByteBuffer> there = store.get(name, Math.toIntExact(length));
      if (there.isEmpty()) {
        // Nobody reuses a name: one of several servers may be behind.
        throw new IOException(store + " says that " + name + " is there, and that it is not");
      }
      return isSame(there.orElseThrow(), sources);
    } catch (ObjectTooLongException other) {
      LOG.trace("{} is of somebody else", name, other);
      return false;
    } catch (StoreRefusedException | StoreUnavailableException refused) {
      throw new IOException(refused.getMessage(), refused);
    }
  }

  private static boolean isSame(ByteBuffer content, ByteBuffer... sources) {
    for (ByteBuffer source : sources) {
      int length = source.remaining();
      if (content.remaining() < length
          || source.mismatch(content.slice(content.position(), length)) >= 0) {
        return false;
      }
      content.position(content.position() + length);
    }
    return !content.hasRemaining();
  }

  @Override
  public Optional<ByteBuffer> get(String name, int mostBytes) throws IOException {
    return repeat("get of " + name, () -> store.get(name, mostBytes));
  }

  @Override
  public void read(String name, long offsetBytes, ByteBuffer destination) throws IOException {
    int position = destination.position();
    int limit = destination.limit();
    repeat(
        "read of " + name,
        () -> {
          destination.limit(limit).position(position);
          store.read(name, offsetBytes, destination);
          return true;
        });
  }

  /** Is not repeated: whoever receives the objects has some of them already. */
  @Override
  public void list(String prefix, Listing listing) throws IOException {
    store.list(prefix, listing);
  }

  @Override
  public void delete(String name) throws IOException {
    repeat(
        "delete of " + name,
        () -> {
          store.delete(name);
          return true;
        });
  }

  @Override
  public void close() throws IOException {
    closed = true;
    synchronized (pauses) {
      pauses.notifyAll();
    }
    store.close();
  }

  @Override
  public String toString() {
    return store.toString();
  }

  private <T> T repeat(String what, Request<T> request) throws IOException {
    return repeat(what, silentSince, request);
  }

  /**
   * @param askedSince when the first of the requests of this kind failed, or was made, since the
   *     last one that was answered
   */
  private <T> T repeat(String what, AtomicLong askedSince, Request<T> request) throws IOException {
    long limitNanos = patience.limitMillis() * 1_000_000;
    long began = System.nanoTime();
    long pause = patience.firstPauseMillis();
    boolean ambiguous = false;
    while (true) {
      try {
        T result = request.run();
        silentSince.set(NEVER);
        return result;
      } catch (ObjectMissingException
          | ObjectUnreadableException
          | ObjectTooLongException
          | EOFException answer) {
        silentSince.set(NEVER);
        throw answer;
      } catch (StoreRefusedException refused) {
        silentSince.set(NEVER);
        if (ambiguous) {
          // An attempt before it may have had an effect.
          throw new IOException(refused.getMessage(), refused);
        }
        throw refused;
      } catch (IOException e) {
        ambiguous |= !(e instanceof StoreUnavailableException);
        if (isOfPut(askedSince)) {
          notePutFailure();
        }
        long now = System.nanoTime();
        boolean isAnother = now - lastFailure > longestGapNanos;
        lastFailure = now;
        if (isAnother) {
          // Nobody has asked since the last outage.
          silentSince.set(now);
        }
        silentSince.compareAndSet(NEVER, now);
        long since = askedSince.get();
        long wait = pause / 2 + random.nextLong(pause / 2 + 1);
        boolean isSilent = since != NEVER && now - since >= limitNanos;
        if (closed || isSilent || now - began + wait * 1_000_000 >= limitNanos) {
          throw end(e, ambiguous);
        }
        log(what, wait, e);
        if (!pauseFor(wait)) {
          throw end(e, ambiguous);
        }
        pause = Math.min(patience.longestPauseMillis(), pause * 2);
      }
    }
  }

  @SuppressWarnings("ReferenceEquality") // it tells the kinds of requests
  private boolean isOfPut(AtomicLong askedSince) {
    return askedSince == putsSilentSince;
  }

  /** Outages can last for hours, with thousands of requests in a minute. */
  private void log(String what, long waitMillis, IOException failure) {
    long now = System.nanoTime();
    long before = lastLogged.get();
    if (now - before >= LOG_NANOS && lastLogged.compareAndSet(before, now)) {
      LOG.info("{}: {} is repeated in {} ms: {}", store, what, waitMillis, failure.getMessage());
    } else {
      LOG.debug("{}: {} is repeated in {} ms", store, what, waitMillis, failure);
    }
  }

  private static IOException end(IOException last, boolean ambiguous) {
    NoAnswerException none = new NoAnswerException(last);
    return ambiguous ? none : new StoreRefusedException(String.valueOf(last.getMessage()), none);
  }

  /** Returns false if nothing is to be repeated any more. */
  private boolean pauseFor(long millis) throws InterruptedIOException {
    long end = System.nanoTime() + millis * 1_000_000;
    synchronized (pauses) {
      for (long left = millis; left > 0; left = (end - System.nanoTime()) / 1_000_000) {
        if (closed) {
          return false;
        }
        try {
          pauses.wait(left);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          InterruptedIOException interrupted = new InterruptedIOException("interrupted");
          interrupted.initCause(e);
          throw interrupted;
        }
      }
    }
    return true;
  }

  /** One attempt. */
  @FunctionalInterface
  private interface Request<T> {
    T run() throws IOException;
  }
}
