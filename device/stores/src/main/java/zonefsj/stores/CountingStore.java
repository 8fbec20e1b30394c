// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import zonefsj.device.ByteSize;

/** Counts requests and bytes. Thread-safe. */
public final class CountingStore implements ObjectStore {
  private final ObjectStore store;
  private final LongAdder puts = new LongAdder();
  private final LongAdder putBytes = new LongAdder();
  private final LongAdder reads = new LongAdder();
  private final LongAdder readBytes = new LongAdder();
  private final LongAdder lists = new LongAdder();
  private final LongAdder deletes = new LongAdder();
  private final LongAdder failures = new LongAdder();

  /**
   * Counts requests to a store.
   *
   * @param store owned from now on
   */
  public CountingStore(ObjectStore store) {
    this.store = store;
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

  /** Number of puts so far. */
  public long puts() {
    return puts.sum();
  }

  @Override
  public long maxObjectBytes() {
    return store.maxObjectBytes();
  }

  @Override
  public boolean putIfAbsent(String name, ByteBuffer... sources) throws IOException {
    puts.increment();
    for (ByteBuffer source : sources) {
      putBytes.add(source.remaining());
    }
    return counted(() -> store.putIfAbsent(name, sources));
  }

  @Override
  public Optional<ByteBuffer> get(String name) throws IOException {
    reads.increment();
    Optional<ByteBuffer> object = counted(() -> store.get(name));
    object.ifPresent(bytes -> readBytes.add(bytes.remaining()));
    return object;
  }

  @Override
  public void read(String name, long offsetBytes, ByteBuffer destination) throws IOException {
    reads.increment();
    readBytes.add(destination.remaining());
    counted(
        () -> {
          store.read(name, offsetBytes, destination);
          return true;
        });
  }

  @Override
  public void list(String prefix, Listing listing) throws IOException {
    lists.increment();
    counted(
        () -> {
          store.list(prefix, listing);
          return true;
        });
  }

  @Override
  public void delete(String name) throws IOException {
    deletes.increment();
    counted(
        () -> {
          store.delete(name);
          return true;
        });
  }

  @Override
  public void close() throws IOException {
    store.close();
  }

  @Override
  public String toString() {
    return store.toString();
  }

  private <T> T counted(Request<T> request) throws IOException {
    boolean done = false;
    try {
      T result = request.run();
      done = true;
      return result;
    } finally {
      if (!done) {
        failures.increment();
      }
    }
  }

  /** A request to the store below. */
  @FunctionalInterface
  private interface Request<T> {
    T run() throws IOException;
  }
}
