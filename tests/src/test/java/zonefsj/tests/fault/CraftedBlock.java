// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;

/** The entries of a block of a table of RocksDB, which may be written wrong. */
final class CraftedBlock {
  private static final long HASH_INDEX = 0x80000000L;

  /** What lies before the entry's bytes is written as it stands, whatever those are. */
  private static final class Entry {
    long shared;
    long rest;
    long valueLength;
    byte[] key;
    byte[] value;

    Entry(long shared, long rest, long valueLength, byte[] key, byte[] value) {
      this.shared = shared;
      this.rest = rest;
      this.valueLength = valueLength;
      this.key = key;
      this.value = value;
    }
  }

  /** Index blocks have no length of a value. */
  private final boolean isIndex;

  private final List<Entry> entries = new ArrayList<>();
  private final List<Integer> restarts = new ArrayList<>();

  /** Takes a good block apart. */
  CraftedBlock(byte[] block, boolean isIndex) {
    this.isIndex = isIndex;
    int count = CraftedBytes.fixed32(block, block.length - 4);
    int end = block.length - 4 - 4 * count;
    CraftedBytes.Reader in = new CraftedBytes.Reader(block, 0, end);
    List<Integer> starts = new ArrayList<>();
    while (in.hasMore()) {
      starts.add(in.at());
      long shared = in.varint();
      long rest = in.varint();
      long length = isIndex ? 0 : in.varint();
      byte[] key = in.take((int) rest);
      byte[] value = isIndex ? handle(in, shared != 0) : in.take((int) length);
      entries.add(new Entry(shared, rest, length, key, value));
    }
    for (int restart = 0; restart < count; restart++) {
      restarts.add(starts.indexOf(CraftedBytes.fixed32(block, end + 4 * restart)));
    }
  }

  private static byte[] handle(CraftedBytes.Reader in, boolean isDelta) {
    CraftedBytes bytes = new CraftedBytes().varint(in.varint());
    return isDelta ? bytes.toBytes() : bytes.varint(in.varint()).toBytes();
  }

  private byte[] write(long restartCount, int wrongRestart, long wrongOffset) {
    CraftedBytes out = new CraftedBytes();
    List<Integer> starts = new ArrayList<>();
    for (Entry entry : entries) {
      starts.add(out.size());
      out.varint(entry.shared).varint(entry.rest);
      if (!isIndex) {
        out.varint(entry.valueLength);
      }
      out.bytes(entry.key).bytes(entry.value);
    }
    for (int index = 0; index < restarts.size(); index++) {
      int entry = restarts.get(index);
      int right = entry >= 0 && entry < starts.size() ? starts.get(entry) : 0;
      out.fixed32(index == wrongRestart ? wrongOffset : right);
    }
    return out.fixed32(restartCount).toBytes();
  }

  byte[] write() {
    return write(restarts.size(), -1, 0);
  }

  /** Changes it, once or more often, and writes it. */
  byte[] craft(SplittableRandom random) {
    long restartCount = restarts.size();
    int wrongRestart = -1;
    long wrongOffset = 0;
    for (int change = random.nextInt(3); change >= 0; change--) {
      switch (random.nextInt(8)) {
        case 0 -> {
          wrongRestart = random.nextInt(Math.max(1, restarts.size()));
          wrongOffset = CraftedBytes.limit(random, 0);
        }
        case 1 ->
            restartCount =
                random.nextInt(3) == 0
                    ? restarts.size() | HASH_INDEX
                    : CraftedBytes.limit(random, restarts.size());
        case 2 -> dropOrSwap(random);
        default -> {
          if (!entries.isEmpty()) {
            change(entries.get(random.nextInt(entries.size())), random);
          }
        }
      }
    }
    byte[] bytes = write(restartCount, wrongRestart, wrongOffset);
    if (random.nextInt(6) == 0 && bytes.length > 0) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
    }
    return bytes;
  }

  private void dropOrSwap(SplittableRandom random) {
    if (entries.size() > 1) {
      int one = random.nextInt(entries.size());
      int other = random.nextInt(entries.size());
      Entry first = entries.get(one);
      if (random.nextBoolean()) {
        entries.set(one, entries.get(other));
        entries.set(other, first);
      } else {
        entries.add(other, first);
      }
    }
  }

  private static void change(Entry entry, SplittableRandom random) {
    switch (random.nextInt(8)) {
      case 0 -> entry.shared = CraftedBytes.limit(random, entry.shared);
      case 1 -> entry.rest = CraftedBytes.limit(random, entry.rest);
      case 2 -> entry.valueLength = CraftedBytes.limit(random, entry.valueLength);
      case 3 -> {
        // The type and the sequence number are the last 8 bytes.
        if (entry.key.length >= 8) {
          entry.key = entry.key.clone();
          entry.key[entry.key.length - 8 + random.nextInt(8)] = (byte) random.nextInt(32);
        }
      }
      case 4 -> {
        byte[] key = CraftedBytes.random(random, random.nextInt(20));
        entry.key = key;
        entry.rest = key.length;
      }
      case 5 -> {
        entry.value = CraftedBytes.random(random, random.nextInt(40));
        entry.valueLength = entry.value.length;
      }
      case 6 ->
          entry.value =
              new CraftedBytes()
                  .varint(CraftedBytes.limit(random, 0))
                  .varint(CraftedBytes.limit(random, 0))
                  .toBytes();
      default -> {
        entry.value = new byte[0];
        entry.valueLength = 0;
      }
    }
  }

  /** A block of pairs, each a restart, as properties and metaindex are. */
  static byte[] ofPairs(List<byte[]> keys, List<byte[]> values) {
    CraftedBytes out = new CraftedBytes();
    List<Integer> starts = new ArrayList<>();
    for (int index = 0; index < keys.size(); index++) {
      starts.add(out.size());
      byte[] key = keys.get(index);
      byte[] value = values.get(index);
      out.varint(0).varint(key.length).varint(value.length).bytes(key).bytes(value);
    }
    if (starts.isEmpty()) {
      starts.add(0);
    }
    starts.forEach(out::fixed32);
    return out.fixed32(starts.size()).toBytes();
  }

  /** Calls for each pair of a block without shared keys. */
  static void pairs(byte[] block, BiConsumer<byte[], byte[]> each) {
    int count = CraftedBytes.fixed32(block, block.length - 4);
    CraftedBytes.Reader in = new CraftedBytes.Reader(block, 0, block.length - 4 - 4 * count);
    byte[] before = new byte[0];
    while (in.hasMore()) {
      int shared = (int) in.varint();
      int rest = (int) in.varint();
      int length = (int) in.varint();
      byte[] key = Arrays.copyOf(before, shared + rest);
      System.arraycopy(in.take(rest), 0, key, shared, rest);
      each.accept(key, in.take(length));
      before = key;
    }
  }
}
