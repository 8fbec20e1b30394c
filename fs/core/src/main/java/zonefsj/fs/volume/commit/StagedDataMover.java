// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.commit;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import zonefsj.fs.data.DirtyMemory;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.FileDelta;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.meta.MetadataStore;
import zonefsj.fs.tree.Batch;
import zonefsj.fs.volume.state.ExtentLookup;
import zonefsj.fs.volume.state.MetadataState;
import zonefsj.fs.volume.state.SpaceAccount;

/**
 * Moves staged data: data that came with their journal record and are still in the index. Before a
 * checkpoint they are written again like new data, into the open batch, and the next commit places
 * them in zones. If no zone has room they stay, because they are safe in the index.
 *
 * <p>Each call is made under the commit lock, while no batch is sealed.
 */
public final class StagedDataMover {
  private static final long MOVE_AT_ONCE_BYTES = 4 << 20;

  /** Divisor of the limit of pending bytes; the rest is for concurrent writers. */
  private static final int SHARE_OF_PENDING = 4;

  /**
   * What a moved piece takes in the record of its batch, at most on average: keys, place,
   * checksums, and the rest of a piece that a zone's end divides.
   */
  private static final int RECORD_BYTES_OF_PIECE = 128;

  private static final byte[] FIRST = new byte[0];

  private final MetadataState metadata;
  private final DirtyMemory memory;
  private final SpaceAccount space;
  private final long moveAtOncePieces;

  /** Where a pass goes on. Keys before it are deleted, and a scan over deleted keys is slow. */
  private byte[] next = FIRST;

  /**
   * @param metadata the open batch, and the index
   * @param memory that moved data take until their commit
   * @param space counts them
   * @param recordBytes what moved pieces may take in the record of their batch
   */
  public StagedDataMover(
      MetadataState metadata, DirtyMemory memory, SpaceAccount space, long recordBytes) {
    this.metadata = metadata;
    this.memory = memory;
    this.space = space;
    this.moveAtOncePieces = Math.max(1, recordBytes / RECORD_BYTES_OF_PIECE);
  }

  private record Place(long inode, long end) {}

  /**
   * Puts some staged data into the open batch: as many as take {@value #MOVE_AT_ONCE_BYTES} bytes
   * of memory there, or a quarter of the limit of pending bytes if that is less, and not more than
   * a record may take. A pass over all of them ends with the first call that returns false; between
   * two calls other batches may be committed.
   *
   * @return whether there were any; the batch must be committed then
   */
  boolean moveSome() throws IOException {
    if (metadata.gate().layers().sealed() != null) {
      throw new IllegalStateException("staged data would be moved over a sealed batch");
    }
    while (true) {
      List<Place> places = collect();
      // They count as waiting for a zone already.
      if (places.isEmpty() || !space.hasRoomFor(0)) {
        next = FIRST;
        return false;
      }
      boolean moved = false;
      for (Place place : places) {
        moved |= move(place);
      }
      if (moved) {
        return true;
      }
    }
  }

  /** Returns the next staged extents, up to the limit of memory. */
  private List<Place> collect() throws IOException {
    List<Place> places = new ArrayList<>();
    long moveAtOnceBytes = Math.min(MOVE_AT_ONCE_BYTES, memory.limitBytes() / SHARE_OF_PENDING);
    long[] bytes = {0};
    metadata
        .index()
        .scan(
            ColumnFamily.STAGED,
            next,
            null,
            (key, value) -> {
              if (!Keys.hasRightLength(ColumnFamily.STAGED, key)) {
                return true;
              }
              byte[] extent = metadata.index().get(ColumnFamily.EXTENTS, key);
              bytes[0] += memory.pendingBytesOf(extent == null ? 1 : extent.length);
              places.add(new Place(Keys.leadingInode(key), Keys.extentEnd(key)));
              next = Arrays.copyOf(key, key.length + 1);
              return bytes[0] < moveAtOnceBytes && places.size() < moveAtOncePieces;
            });
    return places;
  }

  /** Staged bytes in an index. */
  public static long bytesIn(MetadataStore index) throws IOException {
    long[] bytes = {0};
    index.scan(
        ColumnFamily.STAGED,
        new byte[0],
        null,
        (key, value) -> {
          boolean isKey = Keys.hasRightLength(ColumnFamily.STAGED, key);
          byte[] found = isKey ? index.get(ColumnFamily.EXTENTS, key) : null;
          Extent extent =
              found == null ? null : ExtentLookup.readableOrNull(Keys.extentEnd(key), found);
          bytes[0] += extent == null ? 0 : extent.length();
          return true;
        });
    return bytes[0];
  }

  private boolean move(Place place) throws IOException {
    Batch batch = metadata.gate().enter();
    try {
      ReentrantReadWriteLock lock = metadata.locks().of(place.inode());
      lock.writeLock().lock();
      try {
        return moveLocked(batch, place);
      } finally {
        lock.writeLock().unlock();
      }
    } finally {
      metadata.gate().exit();
    }
  }

  private boolean moveLocked(Batch batch, Place place) throws IOException {
    byte[] value =
        metadata.index().get(ColumnFamily.EXTENTS, Keys.extent(place.inode(), place.end()));
    Extent extent = value == null ? null : Extent.decode(place.end(), value);
    byte[] inline = extent == null ? null : extent.inline();
    if (extent == null || inline == null) {
      throw new IOException("staged data of inode " + place.inode() + " are not in the index");
    }
    FileDelta pending = batch.fileIfAny(place.inode());
    if (pending != null && pending.touches(extent.start(), extent.end())) {
      // Part of it is about to be replaced; the next pass moves the rest.
      return false;
    }
    long claimed =
        batch
            .file(place.inode())
            .write(
                extent.start(),
                ByteBuffer.wrap(inline),
                memory,
                (buffer, offset) -> {
                  // Staged data are short; a write buffer that fills up here is placed by the
                  // commit.
                });
    batch.reserve(claimed);
    space.reserve(claimed);
    return true;
  }
}
