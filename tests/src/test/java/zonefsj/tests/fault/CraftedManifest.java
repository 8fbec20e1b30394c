// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.fault;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/** A MANIFEST of RocksDB with edits that RocksDB never writes, under checksums that are right. */
final class CraftedManifest {
  private static final int BLOCK_BYTES = 32 << 10;
  private static final int HEADER_BYTES = 7;
  private static final int NEW_FILE = 103;
  private static final int END_OF_FILE = 1;
  private static final int OWN_FIELDS = 7;
  private static final int UNIQUE_ID = 12;

  /** What follows a tag: v a varint, s bytes with their length, f a file's own list of fields. */
  private static final Map<Integer, String> SHAPES =
      Map.ofEntries(
          Map.entry(1, "s"),
          Map.entry(2, "v"),
          Map.entry(3, "v"),
          Map.entry(4, "v"),
          Map.entry(5, "vs"),
          Map.entry(6, "vv"),
          Map.entry(9, "v"),
          Map.entry(10, "v"),
          Map.entry(NEW_FILE, "vvvssvvf"),
          Map.entry(200, "v"),
          Map.entry(201, "s"),
          Map.entry(202, ""),
          Map.entry(203, "v"),
          Map.entry(300, "v"));

  private static final int IGNORABLE = 1 << 13;

  /** A number or bytes of an edit. */
  private static final class Piece {
    final boolean isNumber;
    long number;
    byte[] bytes = new byte[0];

    Piece(long number) {
      this.isNumber = true;
      this.number = number;
    }

    Piece(byte[] bytes) {
      this.isNumber = false;
      this.bytes = bytes;
    }

    Piece copy() {
      return isNumber ? new Piece(number) : new Piece(bytes);
    }

    void craft(SplittableRandom random) {
      if (isNumber) {
        number = CraftedBytes.limit(random, number);
      } else {
        switch (random.nextInt(4)) {
          case 0 -> bytes = CraftedBytes.random(random, random.nextInt(24));
          case 1 -> bytes = new byte[0];
          case 2 -> bytes = CraftedBytes.random(random, 100_000);
          default -> {
            if (bytes.length > 0) {
              bytes = bytes.clone();
              bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
          }
        }
      }
    }
  }

  /** A tag and its pieces; those of a new file end with its own fields. */
  private record Field(int tag, List<Piece> pieces) {
    Field copy() {
      return new Field(tag, new ArrayList<>(pieces.stream().map(Piece::copy).toList()));
    }
  }

  private final List<List<Field>> edits = new ArrayList<>();

  /** Takes a good MANIFEST apart. */
  CraftedManifest(byte[] file) {
    for (byte[] record : records(file)) {
      edits.add(edit(record));
    }
  }

  private static List<byte[]> records(byte[] file) {
    List<byte[]> records = new ArrayList<>();
    CraftedBytes record = new CraftedBytes();
    int at = 0;
    while (at + HEADER_BYTES <= file.length) {
      if (BLOCK_BYTES - at % BLOCK_BYTES < HEADER_BYTES) {
        at += BLOCK_BYTES - at % BLOCK_BYTES;
        continue;
      }
      int length = (file[at + 4] & 0xff) | (file[at + 5] & 0xff) << 8;
      int type = file[at + 6];
      record.bytes(Arrays.copyOfRange(file, at + HEADER_BYTES, at + HEADER_BYTES + length));
      at += HEADER_BYTES + length;
      if (type == 1 || type == 4) {
        records.add(record.toBytes());
        record = new CraftedBytes();
      }
    }
    return records;
  }

  private static List<Field> edit(byte[] record) {
    List<Field> fields = new ArrayList<>();
    CraftedBytes.Reader in = new CraftedBytes.Reader(record, 0, record.length);
    while (in.hasMore()) {
      int tag = (int) in.varint();
      String shape = SHAPES.getOrDefault(tag, (tag & IGNORABLE) != 0 ? "s" : "?");
      List<Piece> pieces = new ArrayList<>();
      for (int at = 0; at < shape.length(); at++) {
        char kind = shape.charAt(at);
        switch (kind) {
          case 'v' -> pieces.add(new Piece(in.varint()));
          case 's' -> pieces.add(new Piece(in.prefixed()));
          case 'f' -> {
            for (long own = in.varint(); own != END_OF_FILE; own = in.varint()) {
              pieces.add(new Piece(own));
              pieces.add(new Piece(in.prefixed()));
            }
            pieces.add(new Piece(END_OF_FILE));
          }
          default -> throw new IllegalStateException("no edit of ours: tag " + tag);
        }
      }
      fields.add(new Field(tag, pieces));
    }
    return fields;
  }

  /** Says that a table has another length now. */
  void resize(long number, long before, long after) {
    for (List<Field> edit : edits) {
      for (Field field : edit) {
        if (field.tag == NEW_FILE
            && field.pieces.get(1).number == number
            && field.pieces.get(2).number == before) {
          field.pieces.get(2).number = after;
        }
      }
    }
  }

  /** Gives a table the identity of another one. */
  void identify(long number, long other) {
    byte[] identity = ownField(other, UNIQUE_ID).bytes;
    if (identity.length > 0) {
      ownField(number, UNIQUE_ID).bytes = identity;
    }
  }

  /** A field of a table's own; a new one if there is none. */
  private Piece ownField(long number, int own) {
    for (List<Field> edit : edits) {
      for (Field field : edit) {
        if (field.tag == NEW_FILE && field.pieces.get(1).number == number) {
          for (int at = OWN_FIELDS; at + 1 < field.pieces.size(); at += 2) {
            if (field.pieces.get(at).number == own) {
              return field.pieces.get(at + 1);
            }
          }
        }
      }
    }
    return new Piece(new byte[0]);
  }

  /** Changes something. */
  void craft(SplittableRandom random) {
    for (int change = random.nextInt(2); change >= 0; change--) {
      List<Field> edit = edits.get(random.nextInt(edits.size()));
      if (edit.isEmpty()) {
        continue;
      }
      int at = random.nextInt(edit.size());
      Field field = edit.get(at);
      switch (random.nextInt(8)) {
        case 0 -> edit.remove(at);
        case 1 -> edit.add(at, field.copy());
        case 2 -> edit.add(at, foreign(random));
        case 3 -> addToFile(edit, random);
        case 4 -> edits.add(new ArrayList<>(edit.stream().map(Field::copy).toList()));
        default -> {
          if (!field.pieces.isEmpty()) {
            field.pieces.get(random.nextInt(field.pieces.size())).craft(random);
          }
        }
      }
    }
  }

  /** Something that RocksDB knows, and we never write. */
  private static Field foreign(SplittableRandom random) {
    long number = CraftedBytes.limit(random, 5);
    Piece limit = new Piece(number);
    Piece key = new Piece(CraftedBytes.random(random, random.nextInt(20)));
    Piece text = new Piece("../../x".getBytes(US_ASCII));
    List<Piece> pieces =
        switch (random.nextInt(12)) {
          case 0 -> List.of(new Piece(7), limit, limit.copy(), limit.copy(), key, key.copy());
          case 1 ->
              List.of(
                  new Piece(100),
                  limit,
                  new Piece(9),
                  new Piece(99),
                  key,
                  key.copy(),
                  limit.copy(),
                  limit.copy());
          case 2 ->
              List.of(
                  new Piece(102),
                  new Piece(1),
                  new Piece(9),
                  limit,
                  new Piece(99),
                  key,
                  key.copy(),
                  limit.copy(),
                  limit.copy());
          case 3 ->
              List.of(
                  new Piece(400),
                  limit,
                  new Piece(1),
                  new Piece(99),
                  text,
                  text.copy(),
                  new Piece(1));
          case 4 -> List.of(new Piece(401), limit, new Piece(1), new Piece(1), new Piece(1));
          case 5 -> List.of(new Piece(IGNORABLE + 4), limit, new Piece(1));
          case 6 -> List.of(new Piece(IGNORABLE + 6), key);
          case 7 -> List.of(new Piece(IGNORABLE + 9), new Piece(new byte[] {0}));
          case 8 -> List.of(new Piece(300), limit);
          case 9 -> List.of(new Piece(5), limit, key);
          case 10 -> List.of(new Piece(202));
          default -> List.of(new Piece(limit.number), key);
        };
    return new Field((int) pieces.get(0).number, new ArrayList<>(pieces.subList(1, pieces.size())));
  }

  /** Another field of a file, or another value of one that it has. */
  private static void addToFile(List<Field> edit, SplittableRandom random) {
    for (Field field : edit) {
      if (field.tag == NEW_FILE) {
        int last = field.pieces.size() - 1;
        if (random.nextBoolean()) {
          long[] own = {2, 3, 4, 7, 8, 9, 12, 13, 14, 15, 16, 17, 64, 65, 66};
          field.pieces.add(last, new Piece(own[random.nextInt(own.length)]));
          byte[] value =
              random.nextBoolean()
                  ? new byte[] {(byte) random.nextInt(5)}
                  : new CraftedBytes().varint(CraftedBytes.limit(random, 1)).toBytes();
          field.pieces.add(last + 1, new Piece(value));
        } else {
          field.pieces.get(random.nextInt(last)).craft(random);
        }
        return;
      }
    }
  }

  byte[] write() {
    CraftedBytes out = new CraftedBytes();
    for (List<Field> edit : edits) {
      CraftedBytes record = new CraftedBytes();
      for (Field field : edit) {
        record.varint(field.tag & 0xffffffffL);
        for (Piece piece : field.pieces) {
          if (piece.isNumber) {
            record.varint(piece.number);
          } else {
            record.prefixed(piece.bytes);
          }
        }
      }
      append(out, record.toBytes());
    }
    return out.toBytes();
  }

  private static void append(CraftedBytes out, byte[] record) {
    int at = 0;
    boolean first = true;
    do {
      int room = BLOCK_BYTES - out.size() % BLOCK_BYTES;
      if (room < HEADER_BYTES) {
        out.bytes(new byte[room]);
        room = BLOCK_BYTES;
      }
      int length = Math.min(record.length - at, room - HEADER_BYTES);
      boolean last = at + length == record.length;
      int type = first ? (last ? 1 : 2) : (last ? 4 : 3);
      CRC32C crc = new CRC32C();
      crc.update(type);
      crc.update(record, at, length);
      int sum = (int) crc.getValue();
      out.fixed32(((sum >>> 15) | (sum << 17)) + 0xa282ead8);
      out.one(length).one(length >>> 8).one(type);
      out.bytes(Arrays.copyOfRange(record, at, at + length));
      at += length;
      first = false;
    } while (at < record.length);
  }
}
