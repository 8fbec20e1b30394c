// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import zonefsj.device.ByteSize;

/** Counts requests and bytes, and for how long none had an answer. Thread-safe. */
public final class CountingStore extends FilterStore {
  private static final long NEVER = Long.MIN_VALUE;

  private final LongAdder puts = new LongAdder();
  private final LongAdder putBytes = new LongAdder();
  private final LongAdder reads = new LongAdder();
  private final LongAdder readBytes = new LongAdder();
  private final LongAdder lists = new LongAdder();
  private final LongAdder deletes = new LongAdder();
  private final LongAdder failures = new LongAdder();

  /** Guards the next three. */
  private final Object silence = new Object();

  /** When each request under way began, but for lists, which may take long; in that order. */
  private final Map<Long, Long> began = new LinkedHashMap<>();

  private long begun;

  private int underWay;

  /** Since when no request has had an answer, though one was made; {@link #NEVER} if one had. */
  private long silentSinceNanos = NEVER;

  /**
   * Counts requests to a store.
   *
   * @param store owned from now on
   */
  public CountingStore(ObjectStore store) {
    super(store);
  }

  /** For the user. */
  public String words() {
    return puts.sum()
        + " puts of "
        + ByteSize.approximate(putBytes.sum())
        + ", "
        + reads.sum()
        + " gets of "
        + ByteSize.approximate(readBytes.sum())
        + ", "
        + lists.sum()
        + " lists, "
        + deletes.sum()
        + " deletes, "
        + failures.sum()
        + " failed";
  }

  @Override
  public boolean putIfAbsent(String name, ByteBuffer... sources) throws IOException {
    countPut(sources);
    return super.putIfAbsent(name, sources);
  }

  @Override
  public boolean putOwn(String name, ByteBuffer... sources) throws IOException {
    countPut(sources);
    return super.putOwn(name, sources);
  }

  private void countPut(ByteBuffer... sources) {
    puts.increment();
    for (ByteBuffer source : sources) {
      putBytes.add(source.remaining());
    }
  }

  @Override
  public Optional<ByteBuffer> get(String name, int mostBytes) throws IOException {
    reads.increment();
    Optional<ByteBuffer> object = super.get(name, mostBytes);
    object.ifPresent(bytes -> readBytes.add(bytes.remaining()));
    return object;
  }

  @Override
  public void read(String name, long offsetBytes, ByteBuffer destination) throws IOException {
    reads.increment();
    readBytes.add(destination.remaining());
    super.read(name, offsetBytes, destination);
  }

  @Override
  public void list(String prefix, Listing listing) throws IOException {
    lists.increment();
    super.list(prefix, listing);
  }

  @Override
  public void delete(String name) throws IOException {
    deletes.increment();
    super.delete(name);
  }

  /**
   * For so long, in milliseconds, no request has had an answer; 0 if the last one had, or none was
   * made. A refusal is none: a directory that is gone refuses everything. A request that has had no
   * answer until the limit counts also if others have: a store may serve what is read, and take
   * nothing.
   *
   * @param limitMillis after so long without an answer a request is given up
   */
  public long silentMillis(long limitMillis) {
    synchronized (silence) {
      long now = System.nanoTime();
      long millis =
          silentSinceNanos == NEVER ? 0 : Math.max(1, (now - silentSinceNanos) / 1_000_000);
      if (!began.isEmpty()) {
        long oldestMillis = (now - began.values().iterator().next()) / 1_000_000;
        millis = oldestMillis >= limitMillis ? Math.max(millis, oldestMillis) : millis;
      }
      return millis;
    }
  }

  private long begin(boolean isTimed) {
    synchronized (silence) {
      long now = System.nanoTime();
      underWay++;
      if (silentSinceNanos == NEVER) {
        silentSinceNanos = now;
      }
      long number = begun++;
      if (isTimed) {
        began.put(number, now);
      }
      return number;
    }
  }

  private void end(long number, boolean answered) {
    synchronized (silence) {
      underWay--;
      began.remove(number);
      if (answered) {
        silentSinceNanos = underWay == 0 ? NEVER : System.nanoTime();
      }
    }
  }

  @Override
  protected <T> T around(Request<T> request) throws IOException {
    return counted(request, true);
  }

  @Override
  protected <T> T aroundList(Request<T> request) throws IOException {
    return counted(request, false);
  }

  private <T> T counted(Request<T> request, boolean isTimed) throws IOException {
    boolean done = false;
    boolean answered = false;
    long number = begin(isTimed);
    try {
      T result = request.run();
      done = true;
      answered = true;
      return result;
    } catch (ObjectMissingException | ObjectTooLongException answer) {
      done = true;
      answered = true;
      throw answer;
    } catch (ObjectUnreadableException | EOFException answer) {
      answered = true;
      throw answer;
    } finally {
      end(number, answered);
      if (!done) {
        failures.increment();
      }
    }
  }
}
