// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import zonefsj.stores.FilterStore;

class DeadObjectsTest {
  private static final long PAUSE_MILLIS = 1000;
  private static final long KEEP_MILLIS = 60_000;
  private static final long MILLI = 1_000_000;

  private final Deleting store = new Deleting();

  /** Near the end of its range: the clock of a process may begin anywhere. */
  private long nowNanos = Long.MAX_VALUE - 5 * MILLI;

  private DeadObjects dead = objects(KEEP_MILLIS);

  private static final class Deleting extends FilterStore {
    final List<String> deleted = new ArrayList<>();
    final Set<String> refused = new HashSet<>();

    Deleting() {
      super(new MemoryObjectStore(1));
    }

    @Override
    public void delete(String name) throws IOException {
      if (refused.contains(name)) {
        throw new IOException("refused");
      }
      deleted.add(name);
      super.delete(name);
    }

    @Override
    protected <T> T around(Request<T> request) throws IOException {
      return request.run();
    }
  }

  private DeadObjects objects(long keepMillis) {
    return new DeadObjects(store, StoreThreads.none(), PAUSE_MILLIS, keepMillis, () -> nowNanos);
  }

  private void put(String... names) throws IOException {
    for (String name : names) {
      store.putOwn(name, ByteBuffer.allocate(1));
    }
  }

  private void pass(long millis) {
    nowNanos += millis * MILLI;
  }

  private void deleteAll() {
    while (dead.deleteSome()) {
      assertThat(store.deleted).hasSizeLessThan(1_000_000);
    }
  }

  @Test
  void anObjectStaysForAsLongAsItIsToBeKept() throws IOException {
    put("a", "b");
    dead.add("a");
    pass(KEEP_MILLIS - 1);
    dead.add("b");
    assertThat(dead.deleteSome()).isFalse();
    pass(1);
    deleteAll();
    assertThat(store.deleted).containsExactly("a");
    pass(KEEP_MILLIS);
    deleteAll();
    assertThat(store.deleted).containsExactly("a", "b");
  }

  @Test
  void whatNothingReferredToGoesAtOnce() throws IOException {
    put("a", "b");
    dead.add("a");
    dead.addUnread("b");
    deleteAll();
    assertThat(store.deleted).containsExactly("b");
  }

  @Test
  void nothingIsKeptByDefault() throws IOException {
    dead = objects(0);
    put("a");
    dead.add("a");
    deleteAll();
    assertThat(store.deleted).containsExactly("a");
  }

  @Test
  void oneThatCannotBeDeletedIsTriedAgainLater() throws IOException {
    dead = objects(0);
    put("a", "b", "c");
    store.refused.add("b");
    dead.addAll(List.of("a", "b", "c"));
    deleteAll();
    assertThat(store.deleted).containsExactly("a", "c");
    store.refused.clear();
    assertThat(dead.deleteSome()).as("at once").isFalse();
    pass(PAUSE_MILLIS);
    deleteAll();
    assertThat(store.deleted).containsExactly("a", "c", "b");
  }

  @Test
  void thoseThatCannotBeDeletedKeepNoOtherBack() throws IOException {
    dead = objects(0);
    for (int at = 0; at < 50; at++) {
      store.refused.add("refused-" + at);
      dead.add("refused-" + at);
    }
    dead.add("last");
    put("last");
    for (int round = 0; round < 20 && store.deleted.isEmpty(); round++) {
      dead.deleteSome();
      pass(PAUSE_MILLIS);
    }
    assertThat(store.deleted).containsExactly("last");
  }

  @Test
  void noMoreAreKeptThanMemoryAllows() {
    for (int at = 0; at < DeadObjects.MOST_KEPT + 3; at++) {
      dead.add(Integer.toString(at));
    }
    deleteAll();
    assertThat(store.deleted).containsExactly("0", "1", "2");
  }
}
