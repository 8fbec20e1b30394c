// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.meta.memory;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.meta.MetadataReader;

/**
 * An immutable sorted map of byte arrays, in ascending unsigned order. A change returns a new map
 * that shares all nodes but one path.
 *
 * <p>It is a treap whose priorities are hashes of the keys (Seidel and Aragon, "Randomized Search
 * Trees", 1996). Its shape depends only on its content and the process, and deleting a range takes
 * two cuts and a join. The depth is logarithmic in expectation, also for chosen keys: each process
 * has its own random hash key, so no user can choose the priorities.
 */
final class SortedBytes {
  private static final long MULTIPLIER = 0x9E3779B97F4A7C15L;
  private static final long SEED = new SecureRandom().nextLong();

  static final SortedBytes EMPTY = new SortedBytes(null);

  private final @Nullable Node root;

  private SortedBytes(@Nullable Node root) {
    this.root = root;
  }

  /** Number of keys. */
  long size() {
    return root == null ? 0 : root.size;
  }

  /** Bytes of all keys and values. */
  long bytes() {
    return root == null ? 0 : root.bytes;
  }

  byte @Nullable [] get(byte[] key) {
    Node node = root;
    while (node != null) {
      int order = Arrays.compareUnsigned(key, node.key);
      if (order == 0) {
        return node.value;
      }
      node = order < 0 ? node.left : node.right;
    }
    return null;
  }

  SortedBytes put(byte[] key, byte[] value) {
    return new SortedBytes(put(root, key, value, priority(key)));
  }

  SortedBytes remove(byte[] key) {
    return get(key) == null ? this : new SortedBytes(remove(root, key));
  }

  /** The map without the keys {@code from <= key < to}. */
  SortedBytes removeRange(byte[] from, byte[] to) {
    if (Arrays.compareUnsigned(from, to) >= 0) {
      return this;
    }
    return new SortedBytes(join(below(root, from), from(root, to)));
  }

  /** An entry; callers must not change the arrays. */
  interface Entry {
    byte[] key();

    byte[] value();
  }

  /** The entry with the smallest key, or null. */
  @Nullable Entry first() {
    return atOrAfter(new byte[0]);
  }

  /** The entry with the smallest key at or above {@code key}, or null. */
  @Nullable Entry atOrAfter(byte[] key) {
    return least(key, 0);
  }

  /** The entry with the smallest key above {@code key}, or null. */
  @Nullable Entry after(byte[] key) {
    return least(key, 1);
  }

  /** The entry with the largest key at or below {@code key}, or null. */
  @Nullable Entry atOrBefore(byte[] key) {
    Node best = null;
    Node node = root;
    while (node != null) {
      if (Arrays.compareUnsigned(node.key, key) <= 0) {
        best = node;
        node = node.right;
      } else {
        node = node.left;
      }
    }
    return best;
  }

  /**
   * @param order smallest accepted result of comparing the wanted key with {@code key}
   */
  private @Nullable Entry least(byte[] key, int order) {
    Node best = null;
    Node node = root;
    while (node != null) {
      if (Integer.signum(Arrays.compareUnsigned(node.key, key)) >= order) {
        best = node;
        node = node.left;
      } else {
        node = node.right;
      }
    }
    return best;
  }

  /** Visits {@code from <= key < to} in order, up to the end if {@code to} is null. */
  void scan(byte[] from, byte @Nullable [] to, MetadataReader.Visitor visitor) throws IOException {
    scan(root, from, to, visitor);
  }

  private static boolean scan(
      @Nullable Node node, byte[] from, byte @Nullable [] to, MetadataReader.Visitor visitor)
      throws IOException {
    if (node == null) {
      return true;
    }
    boolean atOrAfterFrom = Arrays.compareUnsigned(node.key, from) >= 0;
    boolean beforeTo = to == null || Arrays.compareUnsigned(node.key, to) < 0;
    if (atOrAfterFrom && !scan(node.left, from, to, visitor)) {
      return false;
    }
    // The visitor may keep its key; ours must not change.
    if (atOrAfterFrom && beforeTo && !visitor.visit(node.key.clone(), node.value)) {
      return false;
    }
    return !beforeTo || scan(node.right, from, to, visitor);
  }

  private static Node put(@Nullable Node node, byte[] key, byte[] value, int priority) {
    // If the new priority is greater than the node's, the key cannot be further below: it would
    // have the same priority.
    if (node == null || priority > node.priority) {
      return new Node(key, value, priority, below(node, key), from(node, key));
    }
    int order = Arrays.compareUnsigned(key, node.key);
    if (order == 0) {
      return new Node(node.key, value, priority, node.left, node.right);
    }
    return order < 0
        ? node.with(put(node.left, key, value, priority), node.right)
        : node.with(node.left, put(node.right, key, value, priority));
  }

  private static @Nullable Node remove(@Nullable Node node, byte[] key) {
    if (node == null) {
      return null;
    }
    int order = Arrays.compareUnsigned(key, node.key);
    if (order == 0) {
      return join(node.left, node.right);
    }
    return order < 0
        ? node.with(remove(node.left, key), node.right)
        : node.with(node.left, remove(node.right, key));
  }

  /** The part with keys below {@code key}. */
  private static @Nullable Node below(@Nullable Node node, byte[] key) {
    if (node == null) {
      return null;
    }
    return Arrays.compareUnsigned(node.key, key) < 0
        ? node.with(node.left, below(node.right, key))
        : below(node.left, key);
  }

  /** The part with keys at or above {@code key}. */
  private static @Nullable Node from(@Nullable Node node, byte[] key) {
    if (node == null) {
      return null;
    }
    return Arrays.compareUnsigned(node.key, key) >= 0
        ? node.with(from(node.left, key), node.right)
        : from(node.right, key);
  }

  /** Joins two trees; every key of {@code low} is below every key of {@code high}. */
  private static @Nullable Node join(@Nullable Node low, @Nullable Node high) {
    if (low == null) {
      return high;
    }
    if (high == null) {
      return low;
    }
    return low.priority >= high.priority
        ? low.with(low.left, join(low.right, high))
        : high.with(join(low, high.left), high.right);
  }

  private static int priority(byte[] key) {
    long hash = SEED + key.length;
    for (byte b : key) {
      hash = (hash ^ b) * MULTIPLIER;
      hash ^= hash >>> 29;
    }
    // Mix the seed in again; otherwise the last bytes of a key alone could determine its priority.
    hash = (hash ^ SEED) * MULTIPLIER;
    return (int) (hash >>> 32);
  }

  private static final class Node implements Entry {
    final byte[] key;
    final byte[] value;
    final int priority;
    final @Nullable Node left;
    final @Nullable Node right;

    /** Number of keys in this tree. */
    final long size;

    /** Bytes of keys and values in this tree. */
    final long bytes;

    Node(byte[] key, byte[] value, int priority, @Nullable Node left, @Nullable Node right) {
      this.key = key;
      this.value = value;
      this.priority = priority;
      this.left = left;
      this.right = right;
      this.size = 1 + (left == null ? 0 : left.size) + (right == null ? 0 : right.size);
      this.bytes =
          (long) key.length
              + value.length
              + (left == null ? 0 : left.bytes)
              + (right == null ? 0 : right.bytes);
    }

    @Override
    public byte[] key() {
      return key;
    }

    @Override
    public byte[] value() {
      return value;
    }

    Node with(@Nullable Node newLeft, @Nullable Node newRight) {
      return new Node(key, value, priority, newLeft, newRight);
    }
  }
}
