// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import zonefsj.stores.ObjectStore;

/** Makes each request on a thread of its own kind; whoever asks waits for it. Thread-safe. */
final class ThreadedStore implements ObjectStore {
  private final ObjectStore store;
  private final StoreThreads threads;

  /**
   * @param store owned from now on
   */
  ThreadedStore(ObjectStore store, StoreThreads threads) {
    this.store = store;
    this.threads = threads;
  }

  @Override
  public long maxObjectBytes() {
    return store.maxObjectBytes();
  }

  @Override
  public boolean putIfAbsent(String name, ByteBuffer... sources) throws IOException {
    return threads.call(() -> store.putIfAbsent(name, sources));
  }

  @Override
  public Optional<ByteBuffer> get(String name) throws IOException {
    return threads.call(() -> store.get(name));
  }

  @Override
  public void read(String name, long offsetBytes, ByteBuffer destination) throws IOException {
    threads.call(
        () -> {
          store.read(name, offsetBytes, destination);
          return true;
        });
  }

  @Override
  public void list(String prefix, Listing listing) throws IOException {
    threads.call(
        () -> {
          store.list(prefix, listing);
          return true;
        });
  }

  @Override
  public void delete(String name) throws IOException {
    threads.call(
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
}
