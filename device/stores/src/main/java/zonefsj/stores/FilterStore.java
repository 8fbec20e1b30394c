// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Does something around each request to another store. Thread-safe if that is. */
public abstract class FilterStore implements ObjectStore {
  private final ObjectStore store;

  /**
   * Stands before a store.
   *
   * @param store owned from now on
   */
  protected FilterStore(ObjectStore store) {
    this.store = store;
  }

  /** Makes a request, and returns its answer. */
  protected abstract <T> T around(Request<T> request) throws IOException;

  /** The same of a list, which may take long. */
  protected <T> T aroundList(Request<T> request) throws IOException {
    return around(request);
  }

  @Override
  public final long maxObjectBytes() {
    return store.maxObjectBytes();
  }

  @Override
  public boolean putIfAbsent(String name, ByteBuffer... sources) throws IOException {
    return around(() -> store.putIfAbsent(name, sources));
  }

  @Override
  public boolean putOwn(String name, ByteBuffer... sources) throws IOException {
    return around(() -> store.putOwn(name, sources));
  }

  @Override
  public Optional<ByteBuffer> get(String name, int mostBytes) throws IOException {
    return around(() -> store.get(name, mostBytes));
  }

  @Override
  public void read(String name, long offsetBytes, ByteBuffer destination) throws IOException {
    around(
        () -> {
          store.read(name, offsetBytes, destination);
          return true;
        });
  }

  @Override
  public void list(String prefix, Listing listing) throws IOException {
    aroundList(
        () -> {
          store.list(prefix, listing);
          return true;
        });
  }

  @Override
  public void delete(String name) throws IOException {
    around(
        () -> {
          store.delete(name);
          return true;
        });
  }

  @Override
  public final void deleteLeftovers() {
    store.deleteLeftovers();
  }

  @Override
  public final long stalledMillis() {
    return store.stalledMillis();
  }

  @Override
  public final void close() throws IOException {
    store.close();
  }

  @Override
  public final String toString() {
    return store.toString();
  }

  /** A request to the store below. */
  @FunctionalInterface
  protected interface Request<T> {
    /** Makes it. */
    T run() throws IOException;
  }
}
