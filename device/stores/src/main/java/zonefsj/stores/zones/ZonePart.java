// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of a zone that are, or will be, in one object. Guarded by the monitor of its {@link
 * ZoneContent}.
 */
final class ZonePart {
  /** Each name that is given up is remembered until it is deleted. */
  private static final int MAX_FORGOTTEN = 3;

  final long offsetBytes;

  /** Shrinks if the zone is cut within the part. */
  long lengthBytes;

  /** The bytes, in order, until they are in the store. */
  private final List<ByteBuffer> chunks = new ArrayList<>();

  /** Whether more bytes may follow. */
  boolean open = true;

  /** Whether somebody stores it now. */
  private boolean underWay;

  /** Whether it was taken out of its zone. */
  boolean dropped;

  /** The object in which it is or may be: always the same, as its bytes are. */
  private @Nullable ObjectId tried;

  /** Number of names that it has given up. */
  private int forgotten;

  private @Nullable ObjectId object;
  private long objectOffsetBytes;

  /** Why it could not be stored the last time. */
  private @Nullable Exception failure;

  ZonePart(long offsetBytes) {
    this.offsetBytes = offsetBytes;
  }

  long endBytes() {
    return offsetBytes + lengthBytes;
  }

  boolean isStored() {
    return object != null;
  }

  /** Where it is in the store. */
  Piece piece() {
    ObjectId id = object;
    if (id == null) {
      throw new IllegalStateException("not stored yet");
    }
    return new Piece(offsetBytes, lengthBytes, id, objectOffsetBytes);
  }

  void grow(ByteBuffer chunk) {
    chunks.add(chunk);
  }

  /** Copies as many bytes as have room; returns their number. */
  int fill(ByteBuffer source, long mostBytes) {
    if (chunks.isEmpty()) {
      return 0;
    }
    ByteBuffer last = chunks.get(chunks.size() - 1);
    int length = (int) Math.min(mostBytes, Math.min(last.remaining(), source.remaining()));
    if (length > 0) {
      last.put(source.slice(source.position(), length));
      source.position(source.position() + length);
      lengthBytes += length;
    }
    return length;
  }

  /** Copies bytes from memory, up to the end of a buffer. */
  void copy(long withinBytes, ByteBuffer destination, long mostBytes) {
    int within = (int) (withinBytes % ChunkPool.CHUNK_BYTES);
    ByteBuffer chunk = chunks.get((int) (withinBytes / ChunkPool.CHUNK_BYTES));
    int length = (int) Math.min(mostBytes, ChunkPool.CHUNK_BYTES - within);
    destination.put(chunk.duplicate().clear().slice(within, length));
  }

  /** Number of bytes that are stored with it: more than its own if the zone was cut. */
  long contentBytes() {
    long bytes = 0;
    for (ByteBuffer chunk : chunks) {
      bytes += chunk.position();
    }
    return bytes;
  }

  /** The bytes, to be stored; they do not change any more. */
  ByteBuffer[] content() {
    ByteBuffer[] content = new ByteBuffer[chunks.size()];
    for (int at = 0; at < content.length; at++) {
      content[at] = chunks.get(at).duplicate().flip();
    }
    return content;
  }

  /** Begins to store it, unless somebody does or has done that, or nobody needs it. */
  boolean begin() {
    if (underWay || object != null || dropped) {
      return false;
    }
    open = false;
    underWay = true;
    failure = null;
    return true;
  }

  /**
   * The name of its object.
   *
   * @param fresh a name that was never used
   */
  ObjectId name(Supplier<ObjectId> fresh) {
    ObjectId name = tried;
    if (name == null) {
      name = fresh.get();
      tried = name;
    }
    return name;
  }

  /** The name of an earlier try; null if there was none. */
  @Nullable ObjectId triedName() {
    return tried;
  }

  /**
   * Lets the next try take another name.
   *
   * @return false if it keeps its name: others were of no use
   */
  boolean forgetName() {
    if (forgotten == MAX_FORGOTTEN) {
      return false;
    }
    forgotten++;
    tried = null;
    return true;
  }

  /** Whether it is in memory, and nobody stores it. */
  boolean isWaiting() {
    return object == null && !underWay && !dropped;
  }

  boolean isUnderWay() {
    return underWay;
  }

  /** It is in the store; returns the memory that is free now. */
  List<ByteBuffer> stored(ObjectId id, long offsetInObjectBytes) {
    object = id;
    objectOffsetBytes = offsetInObjectBytes;
    underWay = false;
    return takeChunks();
  }

  /** It could not be stored. */
  void failed(Exception why) {
    failure = why;
    underWay = false;
  }

  @Nullable Exception failure() {
    return failure;
  }

  List<ByteBuffer> takeChunks() {
    List<ByteBuffer> taken = List.copyOf(chunks);
    chunks.clear();
    return taken;
  }
}
