// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.contract;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.meta.AppliedPosition;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.MetadataBatch;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.meta.MetadataStore;

/**
 * An endless history of batches that follows from a seed, and the state after each: whatever mark a
 * store has, one can tell what it must hold.
 */
final class MetadataStoreHistory {
  /** Few different bytes, so that keys collide, lie in ranges, and show signed comparison. */
  private static final byte[] KEY_BYTES = {0, 1, 0x7F, (byte) 0x80, (byte) 0xFF};

  private static final int MAXIMUM_KEY_BYTES = 3;

  /** All keys that a history may use. */
  private static final List<byte[]> KEYS = keys(new byte[0], new ArrayList<>());

  private static final List<ColumnFamily> FAMILIES = List.of(ColumnFamily.values());
  private static final byte[] SEQUENCE_KEY = "sequence".getBytes(US_ASCII);

  private final long seed;
  private final int maximumValueBytes;

  MetadataStoreHistory(long seed, int maximumValueBytes) {
    this.seed = seed;
    this.maximumValueBytes = maximumValueBytes;
  }

  /** The seed of a random test: given with -Dzonefsj.seed=N, or a new one. */
  static long newSeed() {
    Long given = Long.getLong("zonefsj.seed");
    return given != null ? given : new Random().nextLong();
  }

  String repeatWith() {
    return "repeat with -Dzonefsj.seed=" + seed;
  }

  /** The mark of a batch; sequences begin with 1. */
  AppliedPosition mark(long sequence) {
    return new AppliedPosition(new UUID(seed, 7), sequence, seed * 31 + sequence * sequence);
  }

  Changes batch(long sequence) {
    Random random = new Random(seed ^ (sequence * 0x9E3779B97F4A7C15L));
    Changes changes = new Changes();
    for (int i = random.nextInt(12); i >= 0; i--) {
      ColumnFamily family = FAMILIES.get(random.nextInt(FAMILIES.size()));
      int kind = random.nextInt(10);
      if (kind == 0) {
        changes.deleteRange(family, key(random), key(random));
      } else if (kind < 3) {
        changes.put(family, key(random), null);
      } else {
        byte[] value = new byte[random.nextInt(maximumValueBytes + 1)];
        random.nextBytes(value);
        changes.put(family, key(random), value);
      }
    }
    changes.put(ColumnFamily.META, SEQUENCE_KEY, ByteBuffer.allocate(8).putLong(sequence).array());
    return changes;
  }

  private static byte[] key(Random random) {
    byte[] key = new byte[1 + random.nextInt(MAXIMUM_KEY_BYTES)];
    for (int i = 0; i < key.length; i++) {
      key[i] = KEY_BYTES[random.nextInt(KEY_BYTES.length)];
    }
    return key;
  }

  private static List<byte[]> keys(byte[] prefix, List<byte[]> found) {
    for (byte next : KEY_BYTES) {
      byte[] key = Arrays.copyOf(prefix, prefix.length + 1);
      key[prefix.length] = next;
      found.add(key);
      if (key.length < MAXIMUM_KEY_BYTES) {
        keys(key, found);
      }
    }
    return found;
  }

  State stateAfter(long sequence) {
    State state = new State();
    for (long s = 1; s <= sequence; s++) {
      batch(s).forEach(state);
    }
    return state;
  }

  /** Applies the batches after {@code from} up to {@code to}. */
  void apply(MetadataStore store, long from, long to) throws IOException {
    for (long s = from + 1; s <= to; s++) {
      store.apply(batch(s), mark(s));
    }
  }

  /** Asserts that a store is at some batch of this history, and returns its number; 0 for none. */
  long assertPrefix(MetadataStore store) throws IOException {
    long sequence = store.mark().map(AppliedPosition::sequence).orElse(0L);
    if (sequence > 0) {
      assertThat(store.mark()).as(repeatWith()).contains(mark(sequence));
    }
    stateAfter(sequence).assertSameAs(store, repeatWith() + " at batch " + sequence);
    return sequence;
  }

  /** A batch in memory. */
  static final class Changes implements MetadataBatch, MetadataBatch.Sink {
    private interface Change {
      void replay(Sink sink) throws IOException;
    }

    private final List<Change> changes = new ArrayList<>();

    @Override
    public void put(ColumnFamily family, byte[] key, byte @Nullable [] value) {
      changes.add(sink -> sink.put(family, key, value));
    }

    @Override
    public void deleteRange(ColumnFamily family, byte[] from, byte[] to) {
      changes.add(sink -> sink.deleteRange(family, from, to));
    }

    @Override
    public void forEach(Sink sink) throws IOException {
      for (Change change : changes) {
        change.replay(sink);
      }
    }

    void forEach(State state) {
      try {
        forEach((Sink) state);
      } catch (IOException e) {
        throw new IllegalStateException("the reference does no I/O", e);
      }
    }
  }

  /** The reference: what a store must hold, as plainly as it can be said. */
  static final class State implements MetadataBatch.Sink {
    private final Map<ColumnFamily, NavigableMap<byte[], byte[]>> families =
        new EnumMap<>(ColumnFamily.class);

    State() {
      for (ColumnFamily family : ColumnFamily.values()) {
        families.put(family, new TreeMap<>(Arrays::compareUnsigned));
      }
    }

    NavigableMap<byte[], byte[]> family(ColumnFamily family) {
      return Objects.requireNonNull(families.get(family));
    }

    @Override
    public void put(ColumnFamily family, byte[] key, byte @Nullable [] value) {
      if (value == null) {
        family(family).remove(key);
      } else {
        family(family).put(key, value);
      }
    }

    @Override
    public void deleteRange(ColumnFamily family, byte[] from, byte[] to) {
      family(family)
          .keySet()
          .removeIf(
              key -> Arrays.compareUnsigned(from, key) <= 0 && Arrays.compareUnsigned(key, to) < 0);
    }

    void assertSameAs(MetadataReader reader, String description) throws IOException {
      for (ColumnFamily family : ColumnFamily.values()) {
        List<String> wanted = new ArrayList<>();
        family(family).forEach((key, value) -> wanted.add(show(key, value)));
        assertThat(scan(reader, family, new byte[0], null))
            .as("%s, %s", description, family)
            .isEqualTo(wanted);
        for (Map.Entry<byte[], byte[]> entry : family(family).entrySet()) {
          assertThat(reader.get(family, entry.getKey()))
              .as("%s, %s", description, family)
              .isEqualTo(entry.getValue());
        }
        for (byte[] key : KEYS) {
          if (!family(family).containsKey(key) && reader.get(family, key) != null) {
            throw new AssertionError(
                description + ", " + family + " has no key " + Arrays.toString(key));
          }
        }
      }
    }
  }

  /** All that a scan visits, in words that can be compared. */
  static List<String> scan(
      MetadataReader reader, ColumnFamily family, byte[] from, byte @Nullable [] to)
      throws IOException {
    List<String> seen = new ArrayList<>();
    reader.scan(family, from, to, (key, value) -> seen.add(show(key, value)));
    return seen;
  }

  static String show(byte[] key, byte[] value) {
    return Arrays.toString(key) + " " + value.length + " " + Arrays.hashCode(value);
  }
}
