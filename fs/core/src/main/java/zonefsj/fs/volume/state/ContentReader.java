// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.state;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.data.DataDamagedException;
import zonefsj.fs.data.Extent;
import zonefsj.fs.data.FileDelta;
import zonefsj.fs.data.Interval;
import zonefsj.fs.data.PhysicalExtent;
import zonefsj.fs.data.VerifiedReader;
import zonefsj.fs.data.WriteBuffer;
import zonefsj.fs.meta.ColumnFamily;
import zonefsj.fs.meta.Keys;
import zonefsj.fs.tree.Batch;
import zonefsj.fs.tree.BatchGate;
import zonefsj.fs.volume.stored.LostRange;

/**
 * Locates and reads the bytes of a file: first in the open batch, then in the sealed one, then in
 * the extents of the index. {@link #plan} is called under the lock of the inode and copies what is
 * in memory; {@link ReadPlan#finish} reads the rest from the drive without any lock. Between the
 * two the zones concerned are pinned, so that none is reset. A plan has at most {@value
 * #MAX_PLANNED_PARTS} parts, about 250 KB; a longer read makes several plans.
 */
public final class ContentReader {
  private static final Logger LOG = LoggerFactory.getLogger(ContentReader.class);

  /** 4 KiB each, written at random, are four times the longest request. */
  private static final int MAX_PLANNED_PARTS = 1024;

  /** So many parts are looked at while a lock is held, if all that is asked of them is little. */
  public static final int SLICE_PARTS = 4096;

  /** Takes ranges that a layer does not cover. */
  @FunctionalInterface
  private interface Below {
    boolean range(long from, long to) throws IOException;
  }

  /** Receives the parts of a range, ascending; each call returns whether to go on. */
  public interface Sink {
    /** Bytes in memory. */
    boolean memory(long from, ByteBuffer bytes) throws IOException;

    /** Bytes in a zone. */
    boolean placed(long from, PhysicalExtent data) throws IOException;

    /** A range that was never written. */
    boolean hole(long from, long to) throws IOException;

    /** A range whose bytes are permanently lost. */
    boolean lost(long from, long to) throws IOException;

    /**
     * An extent of the index that cannot be decoded: it may hold anything before its end, so this
     * fails, unless the receiver can do without.
     *
     * @param to its end, or that of the range
     * @param end its end
     * @param why it cannot be decoded
     */
    default boolean undecodable(long to, long end, IOException why) throws IOException {
      throw why;
    }
  }

  private final DriveZones drive;
  private final MetadataState metadata;
  private final VerifiedReader reader;
  private final LostRanges lost;
  private final WrongCopies wrongCopies;
  private final VolumeClock clock;
  private final FileNamer namer;
  private final LongAdder driveReads = new LongAdder();
  private final ExtentHints hints = new ExtentHints();

  public ContentReader(
      DriveZones drive,
      MetadataState metadata,
      VerifiedReader reader,
      LostRanges lost,
      WrongCopies wrongCopies,
      VolumeClock clock) {
    this.drive = drive;
    this.metadata = metadata;
    this.reader = reader;
    this.lost = lost;
    this.wrongCopies = wrongCopies;
    this.clock = clock;
    this.namer = new FileNamer(metadata.view());
  }

  /** Changes when a read of an application that needs the drive begins or ends. */
  public long driveReads() {
    return driveReads.sum();
  }

  /**
   * Logs damage that a read of a range of a file met, and returns the error for the application.
   * The list of lost ranges knows the damage already, see {@link #note} and {@link #noteLost}.
   */
  public ErrnoException report(long inode, long offset, long bytes, DataDamagedException damaged) {
    String what =
        namer.describe(inode) + " offset " + offset + "+" + bytes + ": " + damaged.getMessage();
    LOG.error(what);
    return new ErrnoException(Errno.EIO, what);
  }

  /**
   * Notes which granules of a part of a file are damaged, if any are.
   *
   * @param from offset in the file of the part's first byte
   */
  public void note(long inode, long from, PhysicalExtent data, DataDamagedException damaged) {
    long low = Math.max(damaged.positionBytes(), data.positionBytes());
    long high =
        Math.min(
            damaged.positionBytes() + damaged.lengthBytes(),
            data.positionBytes() + data.coveredBytes());
    long shift = from - data.firstBytePosition();
    long first = Math.max(0, low + shift);
    if (low >= high || high + shift <= first) {
      return;
    }
    long now = clock.millis();
    boolean unreadable = damaged.isUnreadable();
    lost.found(
        new LostRange(
            inode,
            first,
            high + shift,
            first - shift,
            unreadable ? LostRange.Why.UNREADABLE : LostRange.Why.CHECKSUM_MISMATCH,
            !unreadable || damaged.lengthBytes() <= data.checksums().granuleBytes(),
            now,
            now,
            1));
  }

  /**
   * Notes that a copy of the drive is wrong in a granule, if a part of a file lies there: it is
   * moved.
   *
   * @param from offset in the file of the part's first byte
   * @param positionBytes absolute position of the granule
   * @param lengthBytes of the granule
   */
  public void noteWrongCopy(
      long inode, long from, PhysicalExtent data, long positionBytes, int lengthBytes) {
    long first = data.firstBytePosition();
    long low = Math.max(positionBytes, first);
    long high = Math.min(positionBytes + lengthBytes, first + data.lengthBytes());
    if (low < high) {
      wrongCopies.found(
          new WrongCopies.Place(
              inode, from + low - first, from + high - first, positionBytes, lengthBytes));
    }
  }

  /** Notes that a reader met a lost extent. */
  public void noteLost(long inode, long from, long to) {
    long now = clock.millis();
    lost.found(
        new LostRange(
            inode, from, to, LostRange.NOWHERE, LostRange.Why.GIVEN_UP, true, now, now, 1));
  }

  /** Visits the parts of a range of a file. The caller holds the inode's lock. */
  public void visit(long inode, long from, long to, Sink sink) throws IOException {
    BatchGate.Layers layers = metadata.gate().layers();
    Batch sealedBatch = layers.sealed();
    FileDelta open = layers.open().fileIfAny(inode);
    FileDelta sealed = sealedBatch == null ? null : sealedBatch.fileIfAny(inode);
    through(
        open,
        from,
        to,
        sink,
        (a, b) -> through(sealed, a, b, sink, (c, d) -> extents(inode, c, d, sink)));
  }

  /**
   * Visits the first parts of a range of a file, so that the lock is held only briefly, however
   * many parts there are. The caller holds the inode's lock.
   *
   * @param maxParts limit of the number of parts
   * @return the offset behind the last part that was visited; {@code to} if none is left
   */
  public long visitSome(long inode, long from, long to, int maxParts, Sink sink)
      throws IOException {
    LimitedSink some = new LimitedSink(sink, maxParts, to);
    visit(inode, from, to, some);
    return some.end();
  }

  private static boolean through(
      @Nullable FileDelta delta, long from, long to, Sink sink, Below below) throws IOException {
    long at = from;
    while (at < to) {
      Interval piece = delta == null ? null : delta.firstBehind(at);
      if (piece == null || piece.from() >= to) {
        boolean gone = delta != null && delta.isDeleted();
        return gone ? sink.hole(at, to) : below.range(at, to);
      }
      if (piece.from() > at) {
        if (!below.range(at, piece.from())) {
          return false;
        }
        at = piece.from();
      }
      long end = Math.min(to, piece.to());
      if (!emit(piece, at, end, sink)) {
        return false;
      }
      at = end;
    }
    return true;
  }

  private static boolean emit(Interval piece, long from, long to, Sink sink) throws IOException {
    WriteBuffer buffer = piece.buffer();
    if (buffer == null) {
      return sink.hole(from, to);
    }
    if (buffer.isLost()) {
      return sink.lost(from, to);
    }
    int runFrom = piece.bufferOffset() + (int) (from - piece.from());
    int bytes = (int) (to - from);
    if (!buffer.isPlaced()) {
      return sink.memory(from, buffer.bytes().slice(runFrom, bytes));
    }
    long at = from;
    for (PhysicalExtent part : buffer.placed(runFrom, bytes)) {
      if (!sink.placed(at, part)) {
        return false;
      }
      at += part.lengthBytes();
    }
    return true;
  }

  private boolean extents(long inode, long from, long to, Sink sink) throws IOException {
    Extent known = hints.covering(metadata.index(), inode, from, to);
    return known == null
        ? scanExtents(inode, from, to, sink)
        : emit(known.slice(from, to), from, to, sink);
  }

  private static boolean emit(Extent part, long from, long to, Sink sink) throws IOException {
    PhysicalExtent placed = part.placed();
    byte[] inline = part.inline();
    if (placed != null) {
      return sink.placed(from, placed);
    }
    return inline == null ? sink.lost(from, to) : sink.memory(from, ByteBuffer.wrap(inline));
  }

  private boolean scanExtents(long inode, long from, long to, Sink sink) throws IOException {
    long[] at = {from};
    boolean[] goOn = {true};
    metadata
        .index()
        .scan(
            ColumnFamily.EXTENTS,
            Keys.extent(inode, from + 1),
            Keys.extent(inode + 1, 0),
            (key, value) -> {
              if (!Keys.hasRightLength(ColumnFamily.EXTENTS, key)) {
                return true;
              }
              Extent extent;
              try {
                extent = Extent.decode(Keys.extentEnd(key), value);
              } catch (IOException damaged) {
                long end = Keys.extentEnd(key);
                goOn[0] = sink.undecodable(Math.min(end, to), end, damaged);
                return goOn[0];
              }
              if (extent.start() >= to) {
                return false;
              }
              long low = Math.max(at[0], extent.start());
              long high = Math.min(to, extent.end());
              if (low > at[0] && !sink.hole(at[0], low)) {
                goOn[0] = false;
                return false;
              }
              goOn[0] = emit(extent.slice(low, high), low, high, sink);
              at[0] = high;
              hints.note(inode, low, extent);
              return goOn[0] && high < to;
            });
    if (goOn[0] && at[0] < to) {
      return sink.hole(at[0], to);
    }
    return goOn[0];
  }

  /** A read in progress. */
  public final class ReadPlan implements VerifiedReader.WrongCopyListener {
    private record Later(PhysicalExtent data, long from, int destinationOffset, int zone) {}

    private final long inode;
    private final ByteBuffer destination;
    private final List<Later> later = new ArrayList<>(2);
    private String lost = "";
    private long end;

    private ReadPlan(long inode, ByteBuffer destination) {
      this.inode = inode;
      this.destination = destination;
    }

    /**
     * Offset in the file behind the last byte that is read; less than requested if the read is
     * sliced.
     */
    public long end() {
      return end;
    }

    private void add(int offset, long from, PhysicalExtent data) {
      if (!data.liesOn(drive.device().geometry())) {
        lose(from, from + data.lengthBytes());
        return;
      }
      int zone = drive.device().geometry().zoneOf(data.positionBytes());
      drive.usage().pin(zone);
      later.add(new Later(data, from, offset, zone));
    }

    private void lose(long from, long to) {
      noteLost(inode, from, to);
      if (lost.isEmpty()) {
        lost = "bytes " + from + " to " + to + " of the file were lost to damage on the drive";
      }
    }

    /**
     * Reads what is on the drive. The caller holds no lock.
     *
     * @throws DataDamagedException if bytes are damaged
     */
    public void finish() throws IOException {
      try {
        if (!lost.isEmpty()) {
          throw new DataDamagedException(lost);
        }
        List<VerifiedReader.ReadRequest> wanted = new ArrayList<>(later.size());
        for (Later one : later) {
          PhysicalExtent data = one.data();
          ByteBuffer place = destination.slice(one.destinationOffset(), data.lengthBytes());
          wanted.add(new VerifiedReader.ReadRequest(data, place));
        }
        if (!wanted.isEmpty()) {
          // At both ends: whoever looks in between sees it, too.
          driveReads.increment();
          reader.readAll(wanted, this);
          driveReads.increment();
        }
      } catch (DataDamagedException damaged) {
        later.forEach(one -> note(inode, one.from(), one.data(), damaged));
        throw damaged;
      } finally {
        release();
      }
    }

    @Override
    public void isWrong(long positionBytes, int lengthBytes) {
      for (Later one : later) {
        noteWrongCopy(inode, one.from(), one.data(), positionBytes, lengthBytes);
      }
    }

    /** Unpins the zones without reading. */
    void release() {
      for (Later one : later) {
        drive.usage().unpin(one.zone());
      }
      later.clear();
    }
  }

  /**
   * Begins to read a range into the buffer, from its position on; the position does not move. A
   * range of too many parts is planned up to {@link ReadPlan#end} only. The caller holds the
   * inode's lock.
   */
  public ReadPlan plan(long inode, long from, long to, ByteBuffer destination) throws IOException {
    int base = destination.position();
    ReadPlan plan = new ReadPlan(inode, destination);
    boolean planned = false;
    try {
      plan.end =
          visitSome(
              inode,
              from,
              to,
              MAX_PLANNED_PARTS,
              new Sink() {
                @Override
                public boolean memory(long at, ByteBuffer bytes) {
                  destination.put(
                      base + (int) (at - from), bytes, bytes.position(), bytes.remaining());
                  return true;
                }

                @Override
                public boolean placed(long at, PhysicalExtent data) {
                  plan.add(base + (int) (at - from), at, data);
                  return true;
                }

                @Override
                public boolean hole(long at, long end) {
                  zero(destination, base + (int) (at - from), (int) (end - at));
                  return true;
                }

                @Override
                public boolean lost(long at, long end) {
                  plan.lose(at, end);
                  return true;
                }
              });
      planned = true;
      return plan;
    } finally {
      if (!planned) {
        plan.release();
      }
    }
  }

  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(128 << 10).asReadOnlyBuffer();

  private static void zero(ByteBuffer buffer, int offset, int length) {
    for (int done = 0; done < length; done += ZEROS.capacity()) {
      buffer.put(offset + done, ZEROS, 0, Math.min(ZEROS.capacity(), length - done));
    }
  }
}
