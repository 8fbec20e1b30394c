// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.zonefile;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.block.NativeFile;
import zonefsj.device.software.ZoneShapes;

/**
 * Writes zeros ahead of the write pointers of sequential zones in a sparse file, so that small
 * writes find their blocks allocated.
 *
 * <p>A small write into a hole makes the host's filesystem allocate blocks, and the next
 * fdatasync(2) then also waits for the commit of the host's journal. A write over allocated blocks
 * changes no metadata that fdatasync(2) needs. So after {@value #SMALL_IN_A_ROW} writes in a row
 * that are shorter than {@value #SMALL_BYTES} bytes, {@value #AHEAD_BYTES} bytes of zeros follow
 * the last one, and more when the next write of this length would pass their end. Space that was
 * only reserved, as by fallocate(2), does not suffice: its first write changes metadata, too. Long
 * writes get no zeros. Where the file already has data, as after the last opening or in a file
 * without holes, nothing is written.
 *
 * <p>Bytes at or above a write pointer are never read, so zeros there are as good as the hole that
 * they replace. They begin at or above the end of the last write and end at or below the capacity
 * of the zone; a reset releases them with everything else in the zone.
 *
 * <p>Costs: the host writes the bytes of small writes twice. It loses up to {@value #AHEAD_BYTES}
 * bytes for each zone that small writes have reached and that is neither full nor reset (a finished
 * zone keeps them until its reset); none if it has less than {@value #SPARE_BYTES} bytes free. Only
 * ext4 and XFS get zeros: filesystems that copy on write allocate for each write, in a file whose
 * blocks are shared (reflink) the first write after the copy does, and on a block device or in
 * memory there is nothing to allocate.
 *
 * <p>Errors: if zeros cannot be written (no space, quota, an I/O error, no memory), there are no
 * more of them until the file is opened again, and the write before them has succeeded. An error
 * that the host finds only when it writes the zeros back is one of the next fdatasync(2), which
 * cannot tell it from a lost write: the flush fails, and so do all later ones of this opening.
 * Without zeros this would happen when the zone's own bytes go to the same blocks, so never if the
 * zone gets no more writes.
 *
 * <p>Threading: the calls for one zone come one after the other, each sees what the one before did;
 * those for different zones may come at once. Takes 8 bytes of memory for each zone, and {@value
 * #PIECE_BYTES} bytes once there are zeros to write.
 */
final class BlocksAhead {
  /** Shorter writes are small. */
  static final int SMALL_BYTES = 64 << 10;

  /** A drive that is written with long writes, and now and then with a short one, pays nothing. */
  static final int SMALL_IN_A_ROW = 4;

  /** Length of the zeros. */
  static final int AHEAD_BYTES = 256 << 10;

  /** Free bytes of the host below which it gets no zeros. */
  static final long SPARE_BYTES = 1L << 30;

  private static final Logger LOG = LoggerFactory.getLogger(BlocksAhead.class);

  /** Of linux/magic.h: ext4, whose older kinds are the same to the kernel, and XFS. */
  private static final Set<Long> WORTHWHILE = Set.of(0xEF53L, 0x58465342L);

  private static final long PAGE_BYTES = 4096;
  private static final int PIECE_BYTES = 64 << 10;
  private static final int COUNT_BITS = 3;
  private static final long COUNT_MASK = (1 << COUNT_BITS) - 1;

  private final Host host;
  private final ZoneShapes shapes;
  private final long dataOffsetBytes;

  /**
   * For each zone the end of what needs no zeros any more, in bytes from its start, and in the low
   * bits the number of small writes in a row.
   */
  private final long[] zones;

  /** Never changed; made when it is needed. */
  private volatile @Nullable ByteBuffer piece;

  private volatile boolean asked;
  private volatile boolean ended;

  /** What is needed of the file and its host; tests refuse it. */
  interface Host {
    /** Whether zeros ahead can save anything. */
    boolean isWorthwhile() throws IOException;

    /** Free space in bytes. */
    long freeBytes() throws IOException;

    /** As {@link NativeFile#dataFromBytes}. */
    long dataFromBytes(long positionBytes) throws IOException;

    /** As {@link NativeFile#writeOnce}. */
    int write(long positionBytes, ByteBuffer direct) throws IOException;
  }

  /**
   * @param host of the file
   * @param shapes of the zones
   * @param dataOffsetBytes offset of zone 0 in the file
   */
  BlocksAhead(Host host, ZoneShapes shapes, long dataOffsetBytes) {
    this.host = host;
    this.shapes = shapes;
    this.dataOffsetBytes = dataOffsetBytes;
    this.zones = new long[shapes.zoneCount()];
  }

  /** The host of an open file. */
  static Host hostOf(NativeFile file) {
    return new Host() {
      @Override
      public boolean isWorthwhile() throws IOException {
        return file.withDescriptor(Files::isRegularFile)
            && WORTHWHILE.contains(file.filesystemType());
      }

      @Override
      public long freeBytes() throws IOException {
        return file.withDescriptor(opened -> opened.toFile().getUsableSpace());
      }

      @Override
      public long dataFromBytes(long positionBytes) throws IOException {
        return file.dataFromBytes(positionBytes);
      }

      @Override
      public int write(long positionBytes, ByteBuffer direct) throws IOException {
        return file.writeOnce(positionBytes, direct);
      }
    };
  }

  /**
   * A write has stored its bytes.
   *
   * @param endBytes its end, from the start of the zone
   * @param lengthBytes its length
   */
  void wrote(int zone, long endBytes, long lengthBytes) {
    if (ended || shapes.isConventional(zone)) {
      return;
    }
    long state = zones[zone];
    if (lengthBytes >= SMALL_BYTES) {
      zones[zone] = state & ~COUNT_MASK;
      return;
    }
    long doneTo = state >>> COUNT_BITS;
    long inARow = Math.min(SMALL_IN_A_ROW, (state & COUNT_MASK) + 1);
    long capacity = shapes.capacityOfBytes(zone);
    if (inARow == SMALL_IN_A_ROW && doneTo < Math.min(endBytes + lengthBytes, capacity)) {
      long start = dataOffsetBytes + zone * shapes.zoneSizeBytes();
      long pages = (start + endBytes + PAGE_BYTES - 1) / PAGE_BYTES;
      long from = Math.max(doneTo, pages * PAGE_BYTES - start);
      doneTo = fill(start + from, start + Math.min(from + AHEAD_BYTES, capacity)) - start;
    }
    zones[zone] = doneTo << COUNT_BITS | inARow;
  }

  /** The zone is empty. */
  void forget(int zone) {
    zones[zone] = 0;
  }

  /** Returns up to where no zeros are needed, or none are written any more. */
  private long fill(long fromBytes, long toBytes) {
    if (fromBytes >= toBytes) {
      return toBytes;
    }
    try {
      if (!asked) {
        if (!host.isWorthwhile()) {
          ended = true;
        }
        asked = true;
      }
      if (ended || host.freeBytes() < SPARE_BYTES) {
        return toBytes;
      }
      long to = Math.min(toBytes, host.dataFromBytes(fromBytes));
      if (to == fromBytes) {
        // Zeros of an earlier opening: how many is asked again soon.
        return Math.min(toBytes, fromBytes + PIECE_BYTES);
      }
      for (long at = fromBytes; at < to; ) {
        int count = host.write(at, zeros((int) Math.min(PIECE_BYTES, to - at)));
        if (count == 0) {
          throw new IOException("a write took nothing");
        }
        at += count;
      }
    } catch (IOException | OutOfMemoryError failed) {
      ended = true;
      LOG.debug("no more zeros are written ahead", failed);
    }
    return toBytes;
  }

  private ByteBuffer zeros(int lengthBytes) {
    ByteBuffer made = piece;
    if (made == null) {
      made = ByteBuffer.allocateDirect(PIECE_BYTES);
      piece = made;
    }
    return made.slice(0, lengthBytes);
  }
}
