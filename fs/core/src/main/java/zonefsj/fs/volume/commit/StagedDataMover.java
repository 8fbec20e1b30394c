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
 * Data that came with their journal record and are still in the index. Before a checkpoint they are
 * written again like new data, into the open batch, so that the commit that follows puts them into
 * zones. Where no zone has room they stay: they are safe where they are.
 *
 * <p>Used under the commit lock, while no batch is sealed.
 */
public final class StagedDataMover {
  private static final long MOVE_AT_ONCE_BYTES = 4 << 20;

  /** Of what may be pending: the rest is for those who write meanwhile. */
  private static final int SHARE_OF_PENDING = 4;

  private static final byte[] FIRST = new byte[0];

  private final MetadataState metadata;
  private final DirtyMemory memory;
  private final SpaceAccount space;
  private final long moveAtOnceBytes;

  /** Where a pass goes on: keys before it are deleted, and a scan of those is not for free. */
  private byte[] next = FIRST;

  public StagedDataMover(MetadataState metadata, DirtyMemory memory, SpaceAccount space) {
    this.metadata = metadata;
    this.memory = memory;
    this.space = space;
    this.moveAtOnceBytes = Math.min(MOVE_AT_ONCE_BYTES, memory.limitBytes() / SHARE_OF_PENDING);
  }

  private record Place(long inode, long end) {}

  /**
   * Puts some of them into the open batch: as many as take {@value #MOVE_AT_ONCE_BYTES} bytes of
   * memory there, or a quarter of what may be pending if that is less. One pass over all of them is
   * as many calls as are answered with true and one more.
   *
   * @return whether there were any; the batch is to be committed then
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

  /** Returns as many as memory takes. */
  private List<Place> collect() throws IOException {
    List<Place> places = new ArrayList<>();
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
              return bytes[0] < moveAtOnceBytes;
            });
    return places;
  }

  /** Bytes that wait in an index for a zone. */
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
      // Some of it is about to be replaced: what is left then is moved the next time.
      return false;
    }
    long claimed =
        batch
            .file(place.inode())
            .write(
                extent.start(),
                ByteBuffer.wrap(inline),
                memory,
                (run, offset) -> {
                  // Staged runs are short; one that fills up by this is placed by the commit.
                });
    batch.reserve(claimed);
    space.reserve(claimed);
    return true;
  }
}
