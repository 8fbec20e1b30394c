// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import zonefsj.device.ByteSize;

/** Counts requests and bytes. Thread-safe. */
public final class CountingStore extends FilterStore {
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

  @Override
  protected <T> T around(Request<T> request) throws IOException {
    boolean done = false;
    try {
      T result = request.run();
      done = true;
      return result;
    } catch (ObjectMissingException | ObjectTooLongException answer) {
      done = true;
      throw answer;
    } finally {
      if (!done) {
        failures.increment();
      }
    }
  }
}
