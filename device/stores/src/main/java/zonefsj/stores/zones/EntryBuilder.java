// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Collects the zones that one entry of the log changes. Used by one thread. */
final class EntryBuilder {
  /** An entry with several zones is at most so long; any store takes twice as much. */
  private static final int MOST_BYTES = 512 << 10;

  private final StoreLog log;
  private final ObjectId object;
  private final List<ZoneRecord> records = new ArrayList<>();
  private final List<ByteBuffer> inline = new ArrayList<>();
  private final List<InlinePart> parts = new ArrayList<>();
  private final List<ZoneContent> contents = new ArrayList<>();
  private long inlineBytes;
  private long recordBytes;

  /** A part that stands in the entry, at an offset from the first of all these bytes. */
  private record InlinePart(ZoneContent content, ZonePart part, long offsetBytes) {}

  /**
   * Begins an entry, after one with a checkpoint if that is due.
   *
   * @throws IOException if that one cannot be added
   */
  EntryBuilder(StoreLog log) throws IOException {
    this.log = log;
    this.object = ObjectId.ofLog(log.begin());
  }

  boolean isEmpty() {
    return records.isEmpty();
  }

  /** Whether a zone fits; it always does if it is the first one. */
  boolean hasRoom(ZoneContent.Sealed zone) {
    Pieces logged = log.zone(zone.content().zone()).pieces();
    int changed = zone.pieces().count() - zone.pieces().commonWith(logged) + zone.parts().size();
    long bytes = ZoneRecord.HEADER_BYTES + (long) changed * Piece.BYTES;
    synchronized (zone.content()) {
      for (ZoneContent.SealedPart one : zone.parts()) {
        bytes += one.part().isStored() ? 0 : one.part().contentBytes();
      }
    }
    return isEmpty() || inlineBytes + recordBytes + bytes <= MOST_BYTES;
  }

  /** Adds a zone; returns false if it has lost bytes since it was sealed. */
  boolean add(ZoneContent.Sealed zone) {
    ZoneContent content = zone.content();
    List<Piece> next = new ArrayList<>(zone.parts().size());
    synchronized (content) {
      if (!zone.isWhole()) {
        return false;
      }
      for (ZoneContent.SealedPart one : zone.parts()) {
        ZonePart part = one.part();
        long length = one.lengthBytes();
        if (part.isStored()) {
          // Not the length that it has now: what was cut off since is in the object all the same.
          Piece piece = part.piece();
          next.add(new Piece(part.offsetBytes, length, piece.object(), piece.objectOffsetBytes()));
        } else {
          part.begin();
          parts.add(new InlinePart(content, part, inlineBytes));
          next.add(new Piece(part.offsetBytes, length, object, inlineBytes));
          for (ByteBuffer chunk : part.content()) {
            inline.add(chunk);
            inlineBytes += chunk.remaining();
          }
        }
      }
    }
    Pieces pieces = zone.pieces().plus(Pieces.of(next));
    ZoneRecord record =
        new ZoneRecord(content.zone(), zone.finished(), 0, pieces.endBytes(), pieces);
    recordBytes += record.changeFrom(log.zone(content.zone())).encodedBytes();
    records.add(record);
    contents.add(content);
    return true;
  }

  /** Adds the entry to the log. */
  void write() throws IOException {
    log.add(records, inline);
  }

  /**
   * Tells the parts in the entry how it went; a second call does nothing.
   *
   * @param written whether the entry is in the log
   * @param memory gets their buffers
   * @param changes told of parts that were taken out of their zones meanwhile
   */
  void end(boolean written, ChunkPool memory, ZoneChanges changes) {
    List<ByteBuffer> freed = new ArrayList<>();
    while (!parts.isEmpty()) {
      InlinePart one = parts.remove(parts.size() - 1);
      if (!written) {
        one.content().failed(one.part(), new IOException("the log has failed"), freed);
      } else {
        long base = LogEntry.inlineOffsetBytes(recordBytes);
        if (one.content().stored(one.part(), object, base + one.offsetBytes(), freed)) {
          changes.giveUp(one.content().zone(), List.of(new Piece(0, 1, object, 0)));
        }
      }
    }
    memory.give(freed);
    if (written) {
      for (ZoneContent content : contents) {
        content.takeStored();
        content.share(log.zone(content.zone()).pieces());
      }
      contents.clear();
    }
  }
}
