// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import zonefsj.fs.meta.run.Lz4;

/**
 * A table of RocksDB, of format version 6, that somebody changed who knows the format: all
 * checksums are right, what they are of is not.
 */
final class CraftedTable {
  static final String FILTER = "fullfilter.rocksdb.BuiltinBloomFilter";
  static final String INDEX = "rocksdb.index";
  static final String RANGES = "rocksdb.range_del";
  static final String PROPERTIES = "rocksdb.properties";

  /** Names that RocksDB knows and our tables do not have. */
  private static final List<String> FOREIGN =
      List.of(
          "partitionedfilter.rocksdb.BuiltinBloomFilter",
          "filter.rocksdb.BuiltinBloomFilter",
          "rocksdb.compression_dict",
          "rocksdb.hashindex.prefixes",
          "rocksdb.hashindex.metadata",
          RANGES);

  /** Of what RocksDB makes the identity of a table. */
  private static final List<String> IDENTITY =
      List.of(
          "rocksdb.creating.db.identity",
          "rocksdb.creating.session.identity",
          "rocksdb.original.file.number");

  /** RocksDB divides by their sum. */
  private static final List<String> LENGTHS =
      List.of("rocksdb.raw.key.size", "rocksdb.raw.value.size");

  private static final Map<String, List<byte[]>> PROPERTY_VALUES = propertyValues();

  private static final int FOOTER_BYTES = 53;
  private static final int TRAILER_BYTES = 5;
  private static final int LZ4 = 4;

  /** A block as it lies in the file, without its checksum. */
  private static final class Stored {
    private final byte[] bytes;
    private final int type;

    Stored(byte[] bytes, int type) {
      this.bytes = bytes;
      this.type = type;
    }

    static Stored plain(byte[] bytes) {
      return new Stored(bytes, 0);
    }

    byte[] plain() {
      if (type == 0) {
        return bytes;
      }
      CraftedBytes.Reader in = new CraftedBytes.Reader(bytes, 0, bytes.length);
      byte[] plain = new byte[(int) in.varint()];
      if (type != LZ4 || !Lz4.decompress(bytes, in.at(), bytes.length, plain, plain.length)) {
        throw new IllegalStateException("no block of ours, of type " + type);
      }
      return plain;
    }
  }

  private final List<Stored> data = new ArrayList<>();
  private final List<byte[]> indexKeys = new ArrayList<>();

  /** Blocks that the metaindex names, in the order in which they lie in the file. */
  private final Map<String, Stored> meta = new LinkedHashMap<>();

  private final int context;

  /** Takes a good table apart. */
  CraftedTable(byte[] file) {
    int footer = file.length - FOOTER_BYTES;
    context = CraftedBytes.fixed32(file, footer + 9);
    int metaindexBytes = CraftedBytes.fixed32(file, footer + 13);
    checkFooter(file, footer);
    long metaindexAt = footer - TRAILER_BYTES - (long) metaindexBytes;
    TreeMap<Long, String> names = new TreeMap<>();
    CraftedBlock.pairs(
        read(file, metaindexAt, metaindexBytes).plain(),
        (name, handle) -> {
          CraftedBytes.Reader in = new CraftedBytes.Reader(handle, 0, handle.length);
          String words = new String(name, US_ASCII);
          long at = in.varint();
          meta.put(words, read(file, at, (int) in.varint()));
          names.put(at, words);
        });
    Map<String, Stored> found = Map.copyOf(meta);
    meta.clear();
    names.values().forEach(name -> meta.put(name, found.get(name)));
    readData(file);
  }

  private void checkFooter(byte[] file, int footer) {
    byte[] copy = Arrays.copyOfRange(file, footer, file.length);
    int stored = CraftedBytes.fixed32(copy, 5);
    Arrays.fill(copy, 5, 9, (byte) 0);
    if (checksum(copy, copy.length - 1, copy[copy.length - 1], footer) != stored) {
      throw new IllegalStateException("the footer's checksum is another one");
    }
  }

  private Stored read(byte[] file, long at, int length) {
    int from = (int) at;
    Stored block = new Stored(Arrays.copyOfRange(file, from, from + length), file[from + length]);
    int stored = CraftedBytes.fixed32(file, from + length + 1);
    if (checksum(block.bytes, length, block.type, at) != stored) {
      throw new IllegalStateException("the checksum of the block at " + at + " is another one");
    }
    return block;
  }

  private int checksum(byte[] bytes, int length, int lastByte, long at) {
    int hash = (int) Xxh3.hash(bytes, 0, length) ^ (lastByte & 0xff) * 0x6b9083d9;
    return context == 0 ? hash : hash + (context ^ ((int) at + (int) (at >>> 32)));
  }

  private void readData(byte[] file) {
    Stored index = meta.get(INDEX);
    if (index == null) {
      throw new IllegalStateException("a table without an index");
    }
    byte[] block = index.plain();
    int count = CraftedBytes.fixed32(block, block.length - 4);
    CraftedBytes.Reader in = new CraftedBytes.Reader(block, 0, block.length - 4 - 4 * count);
    byte[] before = new byte[0];
    long at = 0;
    long length = 0;
    while (in.hasMore()) {
      int shared = (int) in.varint();
      int rest = (int) in.varint();
      byte[] key = Arrays.copyOf(before, shared + rest);
      System.arraycopy(in.take(rest), 0, key, shared, rest);
      if (shared == 0) {
        at = in.varint();
        length = in.varint();
      } else {
        long zigzag = in.varint();
        at += length + TRAILER_BYTES;
        length += zigzag >>> 1 ^ -(zigzag & 1);
      }
      data.add(read(file, at, (int) length));
      indexKeys.add(key);
      before = key;
    }
  }

  /** The table as it was, but for the order of its blocks; of the same bytes if nothing changed. */
  byte[] write() {
    return write(new SplittableRandom(0), Target.NOTHING);
  }

  /**
   * Gives it the identity of another one: then blocks of both have one place in RocksDB's cache.
   */
  byte[] identifiedAs(CraftedTable other) {
    Map<String, byte[]> all = properties();
    Map<String, byte[]> others = other.properties();
    for (String name : IDENTITY) {
      byte[] value = others.get(name);
      if (value != null) {
        all.put(name, value);
      }
    }
    meta.put(PROPERTIES, Stored.plain(ofProperties(all)));
    return write();
  }

  /** Removes properties. */
  byte[] without(String... names) {
    Map<String, byte[]> all = properties();
    all.keySet().removeAll(List.of(names));
    meta.put(PROPERTIES, Stored.plain(ofProperties(all)));
    return write();
  }

  /** Gives it properties whose names share many bytes with that before. */
  byte[] withLongNames(int count, int bytes) {
    CraftedBytes out = new CraftedBytes();
    byte[] first = "a".repeat(bytes).getBytes(US_ASCII);
    out.varint(0).varint(bytes).varint(0).bytes(first);
    for (int name = 1; name < count; name++) {
      byte[] end = String.format("%08x", name).getBytes(US_ASCII);
      out.varint(bytes).varint(end.length).varint(0).bytes(end);
    }
    properties()
        .forEach(
            (name, value) -> {
              byte[] key = name.getBytes(US_ASCII);
              out.varint(0).varint(key.length).varint(value.length).bytes(key).bytes(value);
            });
    meta.put(PROPERTIES, Stored.plain(out.fixed32(0).fixed32(1).toBytes()));
    return write();
  }

  private Map<String, byte[]> properties() {
    Map<String, byte[]> all = new TreeMap<>();
    Stored block = meta.get(PROPERTIES);
    if (block != null) {
      CraftedBlock.pairs(
          block.plain(), (name, value) -> all.put(new String(name, US_ASCII), value));
    }
    return all;
  }

  private static byte[] ofProperties(Map<String, byte[]> all) {
    List<byte[]> keys = new ArrayList<>();
    all.keySet().forEach(name -> keys.add(name.getBytes(US_ASCII)));
    return CraftedBlock.ofPairs(keys, List.copyOf(all.values()));
  }

  /** What is changed. */
  private enum Target {
    NOTHING,
    DATA,
    INDEX,
    RANGES,
    PROPERTIES,
    METAINDEX,
    FILTER,
    COMPRESSION,
    FOOTER
  }

  /** Changes something. */
  byte[] craft(SplittableRandom random) {
    Target[] targets = Target.values();
    Target target = targets[1 + random.nextInt(targets.length - 1)];
    if (target == Target.RANGES && !meta.containsKey(RANGES)) {
      target = Target.DATA;
    }
    if (target == Target.DATA && data.isEmpty()) {
      target = Target.INDEX;
    }
    return write(random, target);
  }

  private byte[] write(SplittableRandom random, Target target) {
    CraftedBytes out = new CraftedBytes();
    List<long[]> handles = new ArrayList<>();
    int chosen = data.isEmpty() ? -1 : random.nextInt(data.size());
    for (int block = 0; block < data.size(); block++) {
      Stored stored = data.get(block);
      if (block == chosen && target == Target.DATA) {
        stored = Stored.plain(new CraftedBlock(stored.plain(), false).craft(random));
      } else if (block == chosen && target == Target.COMPRESSION && random.nextInt(3) != 0) {
        stored = compressed(stored, random);
        target = Target.NOTHING;
      }
      handles.add(put(out, stored));
    }
    Map<String, long[]> places = new TreeMap<>();
    Target left = target;
    for (Map.Entry<String, Stored> one : meta.entrySet()) {
      places.put(one.getKey(), put(out, meta(one.getKey(), one.getValue(), handles, random, left)));
    }
    byte[] metaindex = metaindex(places, random, target == Target.METAINDEX);
    long[] metaindexPlace = put(out, Stored.plain(metaindex));
    footer(out, metaindexPlace[1], random, target == Target.FOOTER);
    return out.toBytes();
  }

  private Stored meta(
      String name, Stored stored, List<long[]> handles, SplittableRandom random, Target target) {
    Stored now = stored;
    switch (name) {
      case INDEX -> {
        byte[] index = index(handles);
        if (target == Target.INDEX) {
          index = new CraftedBlock(index, true).craft(random);
        }
        now = Stored.plain(index);
      }
      case RANGES -> {
        if (target == Target.RANGES) {
          now = Stored.plain(new CraftedBlock(stored.plain(), false).craft(random));
        }
      }
      case PROPERTIES -> {
        if (target == Target.PROPERTIES) {
          now = Stored.plain(properties(stored.plain(), random));
        }
      }
      case FILTER -> {
        if (target == Target.FILTER) {
          now = Stored.plain(filter(stored.bytes, random));
        }
      }
      default -> throw new IllegalStateException("no block of ours: " + name);
    }
    return target == Target.COMPRESSION && random.nextInt(3) == 0 ? compressed(now, random) : now;
  }

  private long[] put(CraftedBytes out, Stored block) {
    long at = out.size();
    out.bytes(block.bytes).one(block.type);
    out.fixed32(checksum(block.bytes, block.bytes.length, block.type, at));
    return new long[] {at, block.bytes.length};
  }

  private byte[] index(List<long[]> handles) {
    CraftedBytes out = new CraftedBytes();
    List<Integer> starts = new ArrayList<>();
    for (int block = 0; block < handles.size(); block++) {
      starts.add(out.size());
      byte[] key = indexKeys.get(block);
      long[] handle = handles.get(block);
      out.varint(0).varint(key.length).bytes(key).varint(handle[0]).varint(handle[1]);
    }
    if (starts.isEmpty()) {
      starts.add(0);
    }
    starts.forEach(out::fixed32);
    return out.fixed32(starts.size()).toBytes();
  }

  /** Another compression than ours, or ours with lengths that are not true. */
  private static Stored compressed(Stored stored, SplittableRandom random) {
    byte[] plain = stored.plain();
    return switch (random.nextInt(5)) {
      case 0 -> new Stored(stored.bytes, random.nextInt(256));
      case 1 ->
          new Stored(
              new CraftedBytes()
                  .varint(CraftedBytes.limit(random, plain.length) & 0xffffffffL)
                  .bytes(literals(plain))
                  .toBytes(),
              LZ4);
      case 2 -> new Stored(bomb(256 << 20), LZ4);
      case 3 -> new Stored(new CraftedBytes().varint(0).toBytes(), LZ4);
      default -> {
        byte[] bytes = stored.bytes.clone();
        if (bytes.length > 0) {
          bytes[random.nextInt(bytes.length)] ^= (byte) (1 + random.nextInt(255));
        }
        yield new Stored(bytes, stored.type);
      }
    };
  }

  private static byte[] literals(byte[] plain) {
    CraftedBytes out = new CraftedBytes().one(0xf0);
    int rest = plain.length - 15;
    for (; rest >= 255; rest -= 255) {
      out.one(255);
    }
    return out.one(Math.max(rest, 0)).bytes(plain).toBytes();
  }

  /** A megabyte that becomes many. */
  private static byte[] bomb(int length) {
    CraftedBytes out = new CraftedBytes().varint(length).one(0x1f).one(0).one(1).one(0);
    for (int more = 0; more < length / 255; more++) {
      out.one(255);
    }
    return out.one(0).one(0x50).bytes(new byte[5]).toBytes();
  }

  private byte[] metaindex(Map<String, long[]> places, SplittableRandom random, boolean wrong) {
    if (wrong) {
      List<String> names = List.copyOf(places.keySet());
      for (int change = random.nextInt(2); change >= 0; change--) {
        String name = names.get(random.nextInt(names.size()));
        long[] place = places.getOrDefault(name, new long[2]);
        switch (random.nextInt(5)) {
          case 0 -> places.put(name, new long[] {CraftedBytes.limit(random, place[0]), place[1]});
          case 1 -> places.put(name, new long[] {place[0], CraftedBytes.limit(random, place[1])});
          case 2 -> places.remove(name);
          case 3 -> places.put(FOREIGN.get(random.nextInt(FOREIGN.size())), place);
          default -> {
            places.remove(name);
            places.put(FOREIGN.get(random.nextInt(FOREIGN.size())), place);
          }
        }
      }
    }
    List<byte[]> keys = new ArrayList<>();
    List<byte[]> values = new ArrayList<>();
    places.forEach(
        (name, place) -> {
          keys.add(name.getBytes(US_ASCII));
          values.add(new CraftedBytes().varint(place[0]).varint(place[1]).toBytes());
        });
    byte[] block = CraftedBlock.ofPairs(keys, values);
    return wrong && random.nextInt(3) == 0 ? new CraftedBlock(block, false).craft(random) : block;
  }

  private static Map<String, List<byte[]>> propertyValues() {
    Map<String, List<byte[]>> values = new TreeMap<>();
    List<byte[]> types = new ArrayList<>();
    for (int type = 0; type < 5; type++) {
      types.add(new CraftedBytes().fixed32(type).toBytes());
    }
    types.add(new byte[0]);
    values.put("rocksdb.block.based.table.index.type", types);
    List<byte[]> flags = List.of(new byte[] {0}, new byte[] {1}, new byte[] {7});
    values.put("rocksdb.index.key.is.user.key", flags);
    values.put("rocksdb.index.value.is.delta.encoded", flags);
    values.put("rocksdb.user.defined.timestamps.persisted", flags);
    values.put(
        "rocksdb.block.based.table.whole.key.filtering",
        List.of("0".getBytes(US_ASCII), "1".getBytes(US_ASCII), new byte[0]));
    values.put("rocksdb.block.based.table.prefix.filtering", List.of("1".getBytes(US_ASCII)));
    values.put(
        "rocksdb.prefix.extractor.name",
        List.of(
            "rocksdb.FixedPrefix.4".getBytes(US_ASCII),
            "fixed:18446744073709551615".getBytes(US_ASCII),
            "id=x;{{{{".getBytes(US_ASCII)));
    values.put(
        "rocksdb.comparator",
        List.of("rocksdb.ReverseBytewiseComparator".getBytes(US_ASCII), new byte[0]));
    values.put("rocksdb.merge.operator", List.of("uint64add".getBytes(US_ASCII)));
    values.put("rocksdb.compression", List.of("ZSTD".getBytes(US_ASCII), new byte[0]));
    values.put(
        "rocksdb.external_sst_file.version", List.of(new CraftedBytes().fixed32(2).toBytes()));
    values.put(
        "rocksdb.external_sst_file.global_seqno",
        List.of(new byte[0], new CraftedBytes().fixed64(1L << 55).toBytes()));
    values.put("rocksdb.timestamp_min", List.of(new byte[8]));
    values.put("rocksdb.seqno.time.map", List.of(new byte[] {-1, -1, -1, -1, 15}, new byte[40]));
    return values;
  }

  private byte[] properties(byte[] block, SplittableRandom random) {
    if (random.nextInt(4) == 0) {
      return new CraftedBlock(block, false).craft(random);
    }
    Map<String, byte[]> all = properties();
    for (int change = random.nextInt(2); change >= 0; change--) {
      if (random.nextInt(3) != 0) {
        List<String> names = List.copyOf(PROPERTY_VALUES.keySet());
        String name = names.get(random.nextInt(names.size()));
        List<byte[]> values = PROPERTY_VALUES.getOrDefault(name, List.of(new byte[0]));
        all.put(name, values.get(random.nextInt(values.size())));
      } else {
        List<String> names = List.copyOf(all.keySet());
        String name = names.get(random.nextInt(names.size()));
        if (random.nextInt(4) == 0) {
          all.remove(name);
        } else if (random.nextInt(4) == 0) {
          all.keySet().removeAll(LENGTHS);
        } else {
          all.put(name, new CraftedBytes().varint(CraftedBytes.limit(random, 0)).toBytes());
        }
      }
    }
    return ofProperties(all);
  }

  private static byte[] filter(byte[] bytes, SplittableRandom random) {
    if (random.nextInt(4) == 0) {
      return CraftedBytes.random(random, random.nextInt(12));
    }
    byte[] filter =
        random.nextInt(3) == 0
            ? Arrays.copyOfRange(
                bytes, Math.min(bytes.length, 1 + random.nextInt(64)), bytes.length)
            : bytes.clone();
    for (int change = random.nextInt(4); change >= 0 && filter.length >= 5; change--) {
      int at = filter.length - 5 + random.nextInt(5);
      byte[] likely = {-1, -2, 0, 1, 6, 30, 31, 32, (byte) 0xe6, 127, -128};
      filter[at] = likely[random.nextInt(likely.length)];
    }
    return filter;
  }

  private void footer(
      CraftedBytes out, long metaindexBytes, SplittableRandom random, boolean wrong) {
    int at = out.size();
    long length = metaindexBytes;
    int type = 4;
    int version = 6;
    int base = context;
    long reserved = 0;
    if (wrong) {
      switch (random.nextInt(5)) {
        case 0 -> length = CraftedBytes.limit(random, length) & 0xffffffffL;
        case 1 -> type = random.nextInt(6);
        case 2 -> version = random.nextInt(9);
        case 3 -> base = 0;
        default -> reserved = CraftedBytes.limit(random, 0);
      }
    }
    byte[] footer =
        new CraftedBytes()
            .one(type)
            .bytes(new byte[] {0x3e, 0, 0x7a, 0})
            .fixed32(0)
            .fixed32(base)
            .fixed32(length)
            .bytes(new byte[16])
            .fixed64(reserved)
            .fixed32(version)
            .fixed64(0x88e241b785f4cff7L)
            .toBytes();
    int sum = checksum(footer, footer.length - 1, footer[footer.length - 1], at);
    System.arraycopy(new CraftedBytes().fixed32(sum).toBytes(), 0, footer, 5, 4);
    out.bytes(footer);
  }
}
