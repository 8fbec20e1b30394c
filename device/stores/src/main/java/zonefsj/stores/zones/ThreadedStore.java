// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.nio.ByteBuffer;
import zonefsj.stores.FilterStore;
import zonefsj.stores.ObjectStore;

/** Makes each request on a thread of its own kind; whoever asks waits for it. Thread-safe. */
final class ThreadedStore extends FilterStore {
  private final StoreThreads threads;

  /**
   * @param store owned from now on
   */
  ThreadedStore(ObjectStore store, StoreThreads threads) {
    super(store);
    this.threads = threads;
  }

  @Override
  public boolean putIfAbsent(String name, ByteBuffer... sources) throws IOException {
    return threads.callPut(() -> super.putIfAbsent(name, sources));
  }

  @Override
  public boolean putOwn(String name, ByteBuffer... sources) throws IOException {
    return threads.callPut(() -> super.putOwn(name, sources));
  }

  @Override
  protected <T> T around(Request<T> request) throws IOException {
    return threads.call(request::run);
  }
}
