// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.reclaim;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceGeometry;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataReader;
import zonefsj.fs.volume.reclaim.LiveExtents.Live;
import zonefsj.fs.volume.reclaim.LiveExtents.SummaryClaim;
import zonefsj.fs.volume.state.ExtentLookup;

/**
 * A search for live extents in the index, slice by slice. A slice examines at most {@value
 * #MOST_EXAMINED} extents, whether or not they are found, and finds at most {@value #MOST_FOUND} of
 * them, or {@value #MOST_FOUND_BYTES} bytes and one extent. It goes on behind the last extent that
 * it examined.
 *
 * <p>Commits may change extents during a slice and between two of them, and yet no byte is missed
 * that is live in the searched place from the begin of the search to its end, if nothing is written
 * there meanwhile: the key of an extent is inode and end, and the extents of a file are disjoint.
 * The extent that holds a byte behind the last examined extent ends behind this byte, however
 * commits have cut the extents there, so the search meets it. The extent of a byte before was found
 * when it was examined, and the taker knows it as it was then. Commits replace and cut extents of
 * the index, but merge none of them; nothing is therefore found twice.
 *
 * <p>Used by one thread at a time.
 */
final class LiveSearch {
  /**
   * About 50 ms of an index that is in the cache of the host. A lookup counts as {@value
   * #LOOKUP_COST} extents that are read in order.
   */
  static final int MOST_EXAMINED = 50_000;

  /**
   * About 500 bytes each while they are moved. Fewer would make chunks that are mostly rounding.
   */
  static final int MOST_FOUND = 4096;

  static final int MOST_FOUND_BYTES = 4 << 20;

  private static final int LOOKUP_COST = 20;

  private static final byte[] FIRST = new byte[0];

  private final MetadataReader index;
  private final Iterator<Place> places;

  /** The place of which only a part is examined; null: the next one comes. */
  private @Nullable Place place;

  /** The key of the last extent that was examined in {@link #place}; null: none was. */
  private byte @Nullable [] last;

  /** Where to search. */
  private sealed interface Place {
    /** First key. */
    byte[] from();

    /** End of the keys, exclusive; null for the last. */
    byte @Nullable [] to();

    /** Whether an extent and all that follow are none of those that are searched. */
    boolean endsBefore(Extent extent);

    boolean holds(Extent extent);
  }

  /** The range of a piece in its file. */
  private record Piece(SummaryClaim claim) implements Place {
    @Override
    public byte[] from() {
      return Keys.extent(claim.inode(), claim.from() + 1);
    }

    @Override
    public byte[] to() {
      return Keys.extent(claim.inode() + 1, 0);
    }

    @Override
    public boolean endsBefore(Extent extent) {
      return extent.start() >= claim.to();
    }

    @Override
    public boolean holds(Extent extent) {
      return claim.holds(extent);
    }
  }

  /** All extents. */
  private record Zones(DeviceGeometry geometry, IntPredicate zones) implements Place {
    @Override
    public byte[] from() {
      return FIRST;
    }

    @Override
    public byte @Nullable [] to() {
      return null;
    }

    @Override
    public boolean endsBefore(Extent extent) {
      return false;
    }

    @Override
    public boolean holds(Extent extent) {
      PhysicalExtent placed = extent.placed();
      return placed != null
          && placed.liesOn(geometry)
          && zones.test(geometry.zoneOf(placed.positionBytes()));
    }
  }

  /** What a slice has done so far. */
  private static final class Slice {
    private final List<Live> found = new ArrayList<>();
    private int examined;
    private long bytes;

    boolean isFull() {
      return examined >= MOST_EXAMINED || found.size() >= MOST_FOUND || bytes >= MOST_FOUND_BYTES;
    }

    void add(long inode, Extent extent) {
      found.add(new Live(inode, extent));
      bytes += extent.length();
    }
  }

  private LiveSearch(MetadataReader index, Iterator<Place> places) {
    this.index = index;
    this.places = places;
  }

  /** Searches the ranges of some pieces for extents that lie where the pieces were written. */
  static LiveSearch inPieces(MetadataReader index, List<SummaryClaim> pieces) {
    return new LiveSearch(index, pieces.stream().<Place>map(Piece::new).iterator());
  }

  /** Searches all extents for those in some zones. */
  static LiveSearch inZones(MetadataReader index, DeviceGeometry geometry, IntPredicate zones) {
    return new LiveSearch(index, List.<Place>of(new Zones(geometry, zones)).iterator());
  }

  /** Whether there may be more to examine. */
  boolean hasMore() {
    return place != null || places.hasNext();
  }

  /** Examines the next slice, and returns what it finds in the order of the search. */
  List<Live> next() throws IOException {
    Slice slice = new Slice();
    while (!slice.isFull() && hasMore()) {
      Place now = place == null ? places.next() : place;
      place = examine(now, slice) ? null : now;
      last = place == null ? null : last;
    }
    return slice.found;
  }

  /** Returns whether all of a place is examined. */
  private boolean examine(Place now, Slice slice) throws IOException {
    byte[] behind = last;
    if (behind == null && now instanceof Piece piece && isOneExtent(piece, slice)) {
      return true;
    }
    boolean[] isEnd = {true};
    slice.examined += LOOKUP_COST;
    index.scan(
        ColumnFamily.EXTENTS,
        behind == null ? now.from() : Arrays.copyOf(behind, behind.length + 1),
        now.to(),
        (key, value) -> {
          Extent extent = ExtentLookup.readableOrNull(key, value);
          if (extent != null && now.endsBefore(extent)) {
            return false;
          }
          slice.examined++;
          last = key;
          long inode = extent == null ? 0 : Keys.leadingInode(key);
          if (extent != null && inode > 0 && inode < Keys.INODE_LIMIT && now.holds(extent)) {
            slice.add(inode, extent);
          }
          isEnd[0] = !slice.isFull();
          return isEnd[0];
        });
    return isEnd[0];
  }

  /** Costs one lookup if one extent holds the range of a piece, which is usual. */
  private boolean isOneExtent(Piece piece, Slice slice) throws IOException {
    SummaryClaim claim = piece.claim();
    slice.examined += LOOKUP_COST;
    Extent only = ExtentLookup.covering(index, claim.inode(), claim.from(), claim.to());
    if (only != null && claim.holds(only)) {
      slice.add(claim.inode(), only);
    }
    return only != null;
  }
}
