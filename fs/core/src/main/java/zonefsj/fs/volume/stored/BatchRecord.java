// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.stored;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataBatch;

/**
 * A batch as bytes: the content of a journal record, which is applied to the index after a commit
 * or by a replay. A sequence of changes, each
 *
 * <pre>
 * u8 change: 1 put, 2 delete, 3 delete range
 * u8 family
 * varint length of the key, key
 * put: varint length of the value, value; range: varint length of the end key, end key
 * </pre>
 *
 * where a varint is 7 bits a byte, least significant first. An empty record changes nothing.
 */
public final class BatchRecord implements MetadataBatch {
  private static final int PUT = 1;
  private static final int DELETE = 2;
  private static final int DELETE_RANGE = 3;

  /** Keys that a deleted range counts as; a range is used for more than a few keys. */
  private static final int A_RANGE = 64;

  private final byte[] bytes;
  private final int length;
  private final int deletes;

  private BatchRecord(byte[] bytes, int length, int deletes) {
    this.bytes = bytes;
    this.length = length;
    this.deletes = deletes;
  }

  /** Wraps a record that was read; copies the bytes. */
  public static BatchRecord of(ByteBuffer record) {
    byte[] copy = new byte[record.remaining()];
    record.duplicate().get(copy);
    return new BatchRecord(copy, copy.length, 0);
  }

  /**
   * Number of keys that a record that was built here deletes; a range counts as {@value #A_RANGE}.
   */
  public int deletes() {
    return deletes;
  }

  /** The bytes for the journal. */
  public ByteBuffer bytes() {
    return ByteBuffer.wrap(bytes, 0, length);
  }

  @Override
  public void forEach(Sink sink) throws IOException {
    ByteBuffer in = bytes();
    try {
      while (in.hasRemaining()) {
        int change = in.get();
        ColumnFamily family = ColumnFamily.of(in.get());
        byte[] key = getBytes(in);
        switch (change) {
          case PUT -> {
            checkLength(key);
            sink.put(family, key, getBytes(in));
          }
          case DELETE -> sink.put(family, key, null);
          case DELETE_RANGE -> sink.deleteRange(family, key, getBytes(in));
          default -> throw new IOException("unknown change " + change + " in a journal record");
        }
      }
    } catch (BufferUnderflowException cutShort) {
      throw new IOException("a journal record is cut short", cutShort);
    }
  }

  /** A longer key would make the check refuse each image of the index that has it. */
  private static void checkLength(byte[] key) throws IOException {
    if (key.length > Keys.MOST_BYTES) {
      throw new IOException("a journal record has a key of " + key.length + " bytes");
    }
  }

  private static byte[] getBytes(ByteBuffer in) throws IOException {
    int size = 0;
    int shift = 0;
    byte next;
    do {
      next = in.get();
      size |= (next & 0x7f) << shift;
      shift += 7;
    } while (next < 0 && shift < 32);
    if (size < 0 || size > in.remaining()) {
      throw new IOException("a journal record has a key or value of " + size + " bytes");
    }
    byte[] value = new byte[size];
    in.get(value);
    return value;
  }

  /** Collects changes. Not thread-safe. */
  public static final class Builder implements Sink {
    private final Output out = new Output();
    private int changes;
    private int deletes;

    /** Begins without a change. */
    public Builder() {}

    @Override
    public void put(ColumnFamily family, byte[] key, byte @Nullable [] value) {
      out.write(value == null ? DELETE : PUT);
      out.write(family.number());
      putBytes(key);
      if (value != null) {
        putBytes(value);
      }
      deletes += value == null ? 1 : 0;
      changes++;
    }

    @Override
    public void deleteRange(ColumnFamily family, byte[] from, byte[] to) {
      out.write(DELETE_RANGE);
      out.write(family.number());
      putBytes(from);
      putBytes(to);
      deletes += A_RANGE;
      changes++;
    }

    private void putBytes(byte[] value) {
      int size = value.length;
      while (size > 0x7f) {
        out.write((size & 0x7f) | 0x80);
        size >>>= 7;
      }
      out.write(size);
      out.write(value, 0, value.length);
    }

    /** Bytes of the record so far. */
    public int lengthBytes() {
      return out.size();
    }

    /** Number of changes. */
    public int changes() {
      return changes;
    }

    /** Returns the record; the builder must not be used afterwards. */
    public BatchRecord build() {
      return out.record(deletes);
    }
  }

  /** Passes its buffer on without a copy. */
  private static final class Output extends ByteArrayOutputStream {
    BatchRecord record(int deletes) {
      return new BatchRecord(buf, count, deletes);
    }
  }
}
