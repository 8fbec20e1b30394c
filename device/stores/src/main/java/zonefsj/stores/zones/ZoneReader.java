// SPDX-License-Identifier: Apache-2.0
package zonefsj.stores.zones;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceException;
import zonefsj.device.software.Zeros;
import zonefsj.stores.ObjectMissingException;
import zonefsj.stores.ObjectStore;
import zonefsj.stores.ObjectUnreadableException;

/**
 * Reads zones: from memory what is not in the store yet, from lines that were fetched ahead ({@link
 * ObjectLines}), else from the store.
 *
 * <p>Threading: as {@link zonefsj.device.software.ZoneStorage} says.
 */
final class ZoneReader {
  private final ObjectStore store;
  private final ZoneContent[] zones;
  private final ObjectLines lines;
  private final ReadStreams streams;
  private final boolean owned;

  /**
   * @param budgetBytes of lines, of which half may be unread; the others were read a moment ago,
   *     and are read once more where reads overlap
   * @param owned whether nobody else may change the drive
   */
  ZoneReader(
      ObjectStore store,
      StoreThreads threads,
      ZoneContent[] zones,
      long budgetBytes,
      boolean owned) {
    this.store = store;
    this.zones = zones;
    this.lines = new ObjectLines(store, threads, budgetBytes);
    this.streams = new ReadStreams(budgetBytes);
    this.owned = owned;
  }

  /** Nothing is fetched ahead any more. */
  void stop() {
    lines.stop();
  }

  /**
   * Reads until {@code destination} is full.
   *
   * @throws DeviceException if the store does not answer
   */
  void read(int zone, long offsetBytes, ByteBuffer destination) throws IOException {
    long end = offsetBytes + destination.remaining();
    long ahead = streams.note(zone, offsetBytes, destination.remaining());
    if (ahead > 0) {
      fetch(zones[zone], offsetBytes, end + ahead);
    }
    long offset = offsetBytes;
    Piece missed = null;
    while (destination.hasRemaining()) {
      int position = destination.position();
      Piece piece = zones[zone].locate(offset, destination);
      if (piece == null) {
        if (destination.position() == position) {
          // A reset has overtaken the read.
          Zeros.put(destination, destination.remaining());
        }
      } else {
        missed = read(zone, piece, offset - piece.offsetBytes(), destination, missed);
      }
      offset += destination.position() - position;
    }
  }

  /**
   * Reads what a piece has of it.
   *
   * @param missed the piece that the store did not have the last time
   * @return the piece if the store does not have it
   */
  private @Nullable Piece read(
      int zone, Piece piece, long within, ByteBuffer destination, @Nullable Piece missed)
      throws IOException {
    int position = destination.position();
    int limit = destination.limit();
    long start = piece.objectOffsetBytes() + within - position;
    destination.limit((int) Math.min(limit, position + piece.lengthBytes() - within));
    try {
      while (destination.hasRemaining()) {
        long from = start + destination.position();
        if (lines.copy(piece, from, destination) == 0) {
          store.read(piece.object().name(), from, destination);
        }
      }
    } catch (ObjectMissingException e) {
      if (piece.equals(missed)) {
        throw owned ? e : overtaken(zone, e);
      }
      // It may have been replaced meanwhile: then the zone names another one now.
      destination.position(position);
      return piece;
    } catch (EOFException | ObjectUnreadableException e) {
      throw e;
    } catch (IOException e) {
      throw StoreZones.unavailable(store, zone, e);
    } finally {
      destination.limit(limit);
    }
    return null;
  }

  /** Fetches what is in the store of a range of a zone, until there is enough on the way. */
  private void fetch(ZoneContent zone, long fromBytes, long toBytes) {
    long at = fromBytes;
    while (at < toBytes) {
      Piece piece = zone.stored(at);
      if (piece == null) {
        return;
      }
      long from = piece.objectOffsetBytes() + at - piece.offsetBytes();
      long begin = ObjectLines.beginOf(from, piece);
      long end =
          Math.min(
              from - from % ObjectLines.LINE_BYTES + ObjectLines.LINE_BYTES,
              piece.objectOffsetBytes() + piece.lengthBytes());
      if (!lines.fetch(piece.object(), begin, end)) {
        return;
      }
      at += end - from;
    }
  }

  /** Who only reads does not learn of the changes of the owner. */
  private DeviceException overtaken(int zone, IOException cause) {
    return new DeviceException(
        DeviceException.Reason.FENCED,
        zone,
        store + " was changed by its owner since it was opened to be read: open it again",
        cause);
  }
}
