// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one zone: parts without gaps, of which the last may still grow in memory. Takes some
 * 60 bytes, and 80 for each part.
 *
 * <p>Threading: guarded by its monitor, which is never held during an access of the store. One
 * thread at a time appends.
 */
final class ZoneContent {
  private final int zone;
  private final List<ZonePart> parts = new ArrayList<>(0);

  ZoneContent(ZoneRecord record) {
    this.zone = record.zone();
    record.pieces().forEach(piece -> parts.add(ZonePart.of(piece)));
  }

  int zone() {
    return zone;
  }

  synchronized long endBytes() {
    return parts.isEmpty() ? 0 : last().endBytes();
  }

  private ZonePart last() {
    return parts.get(parts.size() - 1);
  }

  /** Copies bytes behind the last one, as many as have room; returns their number. */
  synchronized int fill(ByteBuffer source, long objectBytes) {
    if (parts.isEmpty() || !last().open) {
      return 0;
    }
    return last().fill(source, objectBytes - last().lengthBytes);
  }

  /** Adds memory behind the last byte. */
  synchronized void grow(ByteBuffer chunk) {
    if (parts.isEmpty() || !last().open) {
      parts.add(new ZonePart(endBytes()));
    }
    last().grow(chunk);
  }

  /**
   * Begins to store the last part if it is as long as that, and grows no more.
   *
   * @return null if there is nothing to store
   */
  synchronized @Nullable ZonePart begin(long leastBytes) {
    if (parts.isEmpty() || !last().open || last().lengthBytes < Math.max(1, leastBytes)) {
      return null;
    }
    ZonePart part = last();
    return part.begin() ? part : null;
  }

  /** Begins to store a part, unless somebody does that, or nobody needs it. */
  synchronized boolean begin(ZonePart part) {
    return part.begin();
  }

  /**
   * Begins to store any part that is in memory only.
   *
   * @return null if there is none
   */
  synchronized @Nullable ZonePart beginAny() {
    for (ZonePart part : parts) {
      if (part.isWaiting() && part.lengthBytes > 0 && part.begin()) {
        return part;
      }
    }
    return null;
  }

  /** Bytes of parts that are in memory, and that nobody stores. */
  synchronized long waitingBytes() {
    long bytes = 0;
    for (ZonePart part : parts) {
      bytes += part.isWaiting() ? part.lengthBytes : 0;
    }
    return bytes;
  }

  /** Changes the zone and something else in one step, as {@link #seal} sees it. */
  synchronized <T> T exclusively(StoreThreads.Task<T> change) throws IOException {
    return change.run();
  }

  synchronized ByteBuffer[] contentOf(ZonePart part) {
    return part.content();
  }

  /**
   * A part is in the store.
   *
   * @param freed receives the memory that is free now
   * @return whether the part was taken out of the zone meanwhile
   */
  synchronized boolean stored(
      ZonePart part, ObjectId object, long objectOffsetBytes, List<ByteBuffer> freed) {
    freed.addAll(part.stored(object, objectOffsetBytes));
    notifyAll();
    return part.dropped;
  }

  synchronized void failed(ZonePart part, Exception why, List<ByteBuffer> freed) {
    part.failed(why);
    if (part.dropped) {
      freed.addAll(part.takeChunks());
    }
    notifyAll();
  }

  /**
   * Waits until nobody stores a part any more, also if this thread is interrupted.
   *
   * @return why it could not be stored; null if it was, or if nobody needs it
   */
  synchronized @Nullable Exception awaitEnd(ZonePart part) {
    boolean interrupted = false;
    while (part.isUnderWay()) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return part.dropped ? null : part.failure();
  }

  /**
   * What the zone is now: no byte is added to these parts any more.
   *
   * @param isFinished whether it is finished now
   */
  synchronized Sealed seal(BooleanSupplier isFinished) {
    boolean finished = isFinished.getAsBoolean();
    if (!parts.isEmpty() && last().open) {
      if (last().lengthBytes == 0) {
        // Memory was added, and nothing copied yet: the appender goes on with it.
        return new Sealed(this, finished, sealed(parts.subList(0, parts.size() - 1)));
      }
      last().open = false;
    }
    return new Sealed(this, finished, sealed(parts));
  }

  private static List<SealedPart> sealed(List<ZonePart> parts) {
    return parts.stream().map(part -> new SealedPart(part, part.lengthBytes)).toList();
  }

  /** A part, and its length at one instant: a cut may shorten it later. */
  record SealedPart(ZonePart part, long lengthBytes) {}

  /** A zone at one instant. */
  record Sealed(ZoneContent content, boolean finished, List<SealedPart> parts) {
    /**
     * Whether all bytes of then are in the store, or can be put into the log. The caller holds the
     * monitor of the content.
     */
    boolean isWhole() {
      return parts.stream().allMatch(one -> one.part().isStored() || one.part().isWaiting());
    }
  }

  /**
   * Takes away all from an offset on.
   *
   * @param given receives the pieces that are needed no more
   * @param freed receives the memory that is free now
   */
  synchronized void cut(long endBytes, List<Piece> given, List<ByteBuffer> freed) {
    while (!parts.isEmpty() && last().offsetBytes >= endBytes) {
      ZonePart part = parts.remove(parts.size() - 1);
      part.dropped = true;
      part.open = false;
      if (part.isStored()) {
        given.add(part.piece());
      } else if (!part.isUnderWay()) {
        freed.addAll(part.takeChunks());
      }
    }
    if (!parts.isEmpty() && last().endBytes() > endBytes) {
      // What was copied there stays unseen: the next bytes go to a new part.
      last().lengthBytes = endBytes - last().offsetBytes;
      last().open = false;
    }
  }

  /**
   * Copies bytes that are in memory, or tells where they are in the store.
   *
   * @param destination receives bytes if they are in memory
   * @return a part of the store; null if bytes were copied, or there are none
   */
  synchronized @Nullable Piece locate(long offsetBytes, ByteBuffer destination) {
    int at = indexOf(offsetBytes);
    if (at < 0) {
      return null;
    }
    ZonePart part = parts.get(at);
    long within = offsetBytes - part.offsetBytes;
    long length = Math.min(destination.remaining(), part.lengthBytes - within);
    if (!part.isStored()) {
      part.copy(within, destination, length);
      return null;
    }
    Piece piece = part.piece();
    return new Piece(offsetBytes, length, piece.object(), piece.objectOffsetBytes() + within);
  }

  private int indexOf(long offsetBytes) {
    int low = 0;
    int high = parts.size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      ZonePart part = parts.get(middle);
      if (offsetBytes < part.offsetBytes) {
        high = middle - 1;
      } else if (offsetBytes >= part.endBytes()) {
        low = middle + 1;
      } else {
        return middle;
      }
    }
    return -1;
  }

  synchronized int partCount() {
    return parts.size();
  }

  /**
   * The longest run of small parts in the store that fit one object together.
   *
   * @param smallBytes parts that are shorter are small
   * @param objectBytes longest object
   */
  synchronized List<Piece> smallRun(long smallBytes, long objectBytes) {
    int bestFrom = 0;
    int bestTo = 0;
    int from = 0;
    long length = 0;
    for (int at = 0; at < parts.size(); at++) {
      ZonePart part = parts.get(at);
      if (!part.isStored() || part.lengthBytes >= smallBytes) {
        from = at + 1;
        length = 0;
        continue;
      }
      length += part.lengthBytes;
      while (length > objectBytes) {
        length -= parts.get(from++).lengthBytes;
      }
      if (at + 1 - from > bestTo - bestFrom) {
        bestFrom = from;
        bestTo = at + 1;
      }
    }
    return parts.subList(bestFrom, bestTo).stream().map(ZonePart::piece).toList();
  }

  /**
   * Puts one object in the place of a run of parts.
   *
   * @return false if they have changed meanwhile
   */
  synchronized boolean replace(List<Piece> run, ObjectId object) {
    int from = indexOf(run.get(0).offsetBytes());
    if (from < 0 || parts.size() < from + run.size()) {
      return false;
    }
    long length = 0;
    for (int at = 0; at < run.size(); at++) {
      ZonePart part = parts.get(from + at);
      if (!part.isStored() || !part.piece().equals(run.get(at))) {
        return false;
      }
      length += part.lengthBytes;
    }
    List<ZonePart> replaced = parts.subList(from, from + run.size());
    replaced.forEach(part -> part.dropped = true);
    replaced.clear();
    parts.add(from, ZonePart.of(new Piece(run.get(0).offsetBytes(), length, object, 0)));
    return true;
  }
}
