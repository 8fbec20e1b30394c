// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one zone without gaps: pieces in the store, then parts that are in memory, or were a
 * moment ago, of which the last may still grow. Takes some 60 bytes, 80 for each part, and for the
 * pieces what {@link Pieces} says, unless they are those of the log.
 *
 * <p>Threading: guarded by its monitor, which is never held during an access of the store. One
 * thread at a time appends.
 */
final class ZoneContent {
  private final int zone;
  private Pieces pieces;
  private final List<ZonePart> parts = new ArrayList<>(0);

  /** Number of pieces of all zones. */
  private final AtomicLong count;

  /**
   * @param record the zone as the log has it
   * @param count told how many pieces there are
   */
  ZoneContent(ZoneRecord record, AtomicLong count) {
    this.zone = record.zone();
    this.count = count;
    this.pieces = Pieces.NONE;
    set(record.pieces());
  }

  private void set(Pieces next) {
    count.addAndGet(next.count() - pieces.count());
    pieces = next;
  }

  int zone() {
    return zone;
  }

  synchronized long endBytes() {
    return parts.isEmpty() ? pieces.endBytes() : last().endBytes();
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

  /**
   * Begins to store any part that is in memory only.
   *
   * @param failed as of {@link #waitingBytes}
   * @return null if there is none
   */
  synchronized @Nullable ZonePart beginAny(boolean failed) {
    for (ZonePart part : parts) {
      boolean counts = part.isWaiting() && (failed || part.failure() == null);
      if (counts && part.lengthBytes > 0 && part.begin()) {
        return part;
      }
    }
    return null;
  }

  /**
   * Bytes of parts that are in memory, and that nobody stores.
   *
   * @param failed whether also those count that could not be stored
   */
  synchronized long waitingBytes(boolean failed) {
    long bytes = 0;
    for (ZonePart part : parts) {
      bytes += part.isWaiting() && (failed || part.failure() == null) ? part.lengthBytes : 0;
    }
    return bytes;
  }

  /** Changes the zone and something else in one step, as {@link #seal} sees it. */
  synchronized <T> T exclusively(StoreThreads.Task<T> change) throws IOException {
    return change.run();
  }

  /** See {@link ZonePart#name}. */
  synchronized ObjectId nameOf(ZonePart part, Supplier<ObjectId> fresh) {
    return part.name(fresh);
  }

  /** See {@link ZonePart#triedName}. */
  synchronized @Nullable ObjectId triedName(ZonePart part) {
    return part.triedName();
  }

  /** See {@link ZonePart#forgetName}. */
  synchronized boolean forgetName(ZonePart part) {
    return part.forgetName();
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

  /** The first parts that are in the store become pieces. */
  synchronized void takeStored() {
    int count = 0;
    while (count < parts.size() && parts.get(count).isStored()) {
      count++;
    }
    if (count > 0) {
      List<ZonePart> first = parts.subList(0, count);
      set(pieces.plus(Pieces.of(first.stream().map(ZonePart::piece).toList())));
      first.clear();
    }
  }

  /**
   * The log has the zone so.
   *
   * @param logged kept instead of the same pieces
   */
  synchronized void share(Pieces logged) {
    if (pieces.equals(logged)) {
      pieces = logged;
    }
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
        return sealed(finished, parts.subList(0, parts.size() - 1));
      }
      last().open = false;
    }
    return sealed(finished, parts);
  }

  private Sealed sealed(boolean finished, List<ZonePart> some) {
    return new Sealed(
        this,
        finished,
        pieces,
        some.stream().map(part -> new SealedPart(part, part.lengthBytes)).toList());
  }

  /** A part, and its length at one instant: a cut may shorten it later. */
  record SealedPart(ZonePart part, long lengthBytes) {}

  /**
   * A zone at one instant.
   *
   * @param finished whether it is finished
   * @param pieces in the store
   * @param parts that follow them
   */
  record Sealed(ZoneContent content, boolean finished, Pieces pieces, List<SealedPart> parts) {
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
    if (endBytes < pieces.endBytes()) {
      Pieces left = pieces.cut(endBytes);
      pieces.after(left.count()).forEach(given::add);
      set(left);
    }
  }

  /**
   * Copies bytes that are in memory, or tells where they are in the store.
   *
   * @param destination receives bytes if they are in memory
   * @return the piece with the offset; null if bytes were copied, or there are none
   */
  synchronized @Nullable Piece locate(long offsetBytes, ByteBuffer destination) {
    int in = pieces.indexOf(offsetBytes);
    if (in >= 0) {
      return pieces.get(in);
    }
    for (ZonePart part : parts) {
      long within = offsetBytes - part.offsetBytes;
      if (within >= 0 && within < part.lengthBytes) {
        if (part.isStored()) {
          return part.piece();
        }
        part.copy(
            within, destination, Math.min(destination.remaining(), part.lengthBytes - within));
        return null;
      }
    }
    return null;
  }

  /** The piece in the store that has an offset; null if there is none. */
  synchronized @Nullable Piece stored(long offsetBytes) {
    int in = pieces.indexOf(offsetBytes);
    return in < 0 ? null : pieces.get(in);
  }

  /** Number of pieces and parts. */
  synchronized int partCount() {
    return pieces.count() + parts.size();
  }

  /**
   * The longest run of small pieces that fit one object together.
   *
   * @param smallBytes pieces that are shorter are small
   * @param objectBytes longest object
   * @param excluded objects of pieces that are in no run
   */
  synchronized Pieces smallRun(long smallBytes, long objectBytes, Set<ObjectId> excluded) {
    Pieces.Run run = pieces.longestRun(smallBytes, objectBytes, excluded);
    return pieces.first(run.to()).after(run.from());
  }

  /**
   * Puts one object in the place of a run of pieces.
   *
   * @return false if they have changed meanwhile
   */
  synchronized boolean replace(Pieces run, ObjectId object) {
    int from = pieces.indexOf(run.startBytes());
    int to = from + run.count();
    if (from < 0 || to > pieces.count() || !pieces.first(to).after(from).equals(run)) {
      return false;
    }
    set(pieces.replace(from, to, object));
    return true;
  }
}
