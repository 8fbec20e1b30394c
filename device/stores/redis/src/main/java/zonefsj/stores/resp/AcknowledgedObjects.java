// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.resp;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import zonefsj.stores.StoreRefusedException;

/**
 * The last objects that a server has acknowledged and that we have not deleted. A server that was
 * started again, or another one in its place, may lack what was acknowledged, from the end; and
 * somebody may have put other objects under these names then. Thread-safe.
 *
 * <p>Costs a name and {@link #HEAD_BYTES} bytes for each of them.
 */
public final class AcknowledgedObjects {
  /** So many bytes at the beginning tell an object from another one. */
  public static final int HEAD_BYTES = 64;

  private final String store;
  private final int most;

  /** Oldest first; guarded by its own monitor. */
  private final Map<String, ByteBuffer> heads = new LinkedHashMap<>();

  /**
   * Of a store that has acknowledged nothing yet.
   *
   * @param store what it is called
   * @param most how many are remembered: more than there are requests at once
   */
  public AcknowledgedObjects(String store, int most) {
    this.store = store;
    this.most = most;
  }

  /**
   * An object.
   *
   * @param head its first bytes
   */
  public record Known(String name, ByteBuffer head) {}

  /** An object was acknowledged. */
  public void put(String name, byte[] object) {
    ByteBuffer head = ByteBuffer.allocate(Math.min(HEAD_BYTES, object.length));
    head.put(object, 0, head.capacity()).flip();
    synchronized (heads) {
      heads.remove(name);
      heads.put(name, head);
      if (heads.size() > most) {
        heads.remove(heads.keySet().iterator().next());
      }
    }
  }

  /** An object is going to be deleted. */
  public void delete(String name) {
    synchronized (heads) {
      heads.remove(name);
    }
  }

  /** All of them, oldest first. */
  public List<Known> all() {
    synchronized (heads) {
      return heads.entrySet().stream()
          .map(entry -> new Known(entry.getKey(), entry.getValue().duplicate()))
          .toList();
    }
  }

  /** The last one. */
  public Optional<Known> newest() {
    List<Known> all = all();
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(all.size() - 1));
  }

  /** Whether an object should still be there. */
  public boolean isExpected(Known known) {
    synchronized (heads) {
      return known.head().equals(heads.get(known.name()));
    }
  }

  /**
   * Looks whether all are there.
   *
   * @throws StoreRefusedException if one is not
   */
  public void require(Look look) throws IOException {
    List<Known> all = all();
    List<Boolean> there = look.at(all);
    for (int at = 0; at < all.size(); at++) {
      // It may have been deleted meanwhile.
      if (!there.get(at) && isExpected(all.get(at))) {
        throw new StoreRefusedException(words(all.get(at)), null);
      }
    }
  }

  /** That one is not there. */
  public String words(Known known) {
    return store
        + " has not the object "
        + known.name()
        + " any more that it has acknowledged: it has lost the newest objects, or somebody deletes"
        + " them";
  }

  /** Looks at objects. */
  @FunctionalInterface
  public interface Look {
    /** Whether each of them is there. */
    List<Boolean> at(List<Known> objects) throws IOException;
  }
}
