// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZonedDevice;
import zonefsj.zonemgr.ChunkSummary;
import zonefsj.zonemgr.FrameHeader;
import zonefsj.zonemgr.ZoneAddress;
import zonefsj.zonemgr.ZoneAllocator;
import zonefsj.zonemgr.ZoneHandle;
import zonefsj.zonemgr.ZoneUsage;

/**
 * Packs file data into chunks and appends them to the zones of their stream. A chunk is one frame:
 * a summary, then the data. Data of 64 KiB or more begin at a unit, shorter data at a multiple of
 * 64 bytes. Zones are filled to their end: data are split where the zone ends.
 *
 * <p>Thread-safe; the appends of one stream are sequential. After a failed append the data are
 * packed again for another zone, because several zones may fail in a row. Takes a chunk buffer of 2
 * MiB for each stream that has written.
 */
public final class ChunkWriter implements Closeable {
  private static final int CHUNK_BUFFER_BYTES = 2 << 20;

  /** Number of appends in a row that may fail: two in each of eight zones. */
  private static final int MOST_ATTEMPTS = 16;

  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(1);

  /** The stream may take no more zones. */
  public static final class NoZoneException extends IOException {
    private static final long serialVersionUID = 1;

    NoZoneException(DataStream stream) {
      super("no free zone is left for " + stream.zoneStream());
    }
  }

  /**
   * Data to be written.
   *
   * @param inode inode number
   * @param fileOffset offset in the file, bytes
   * @param bytes the data, from position to limit
   */
  public record Source(long inode, long fileOffset, ByteBuffer bytes) {
    /** Whether some places hold all of the data. */
    public boolean isPlacedAt(List<PhysicalExtent> places) {
      return PhysicalExtent.totalBytes(places) == bytes.remaining();
    }
  }

  /** Receives every successful append, before {@link #write} returns. */
  @FunctionalInterface
  public interface PlacedListener {
    /** Bytes of file data, without summary and padding, are in a zone. */
    void placed(int zone, long bytes);
  }

  /** The open zone of one stream. */
  private static final class StreamZone {
    /** Fair: a commit waits for one chunk of those who write beside it, not for all. */
    final ReentrantLock lock = new ReentrantLock(true);

    volatile @Nullable ZoneHandle handle;
    private @Nullable ByteBuffer chunkBuffer;

    /**
     * The buffer for frames, made when it is used first: a mount that only reads takes none. Under
     * the lock.
     *
     * @throws IOException if there is no memory for it
     */
    ByteBuffer chunkBuffer() throws IOException {
      ByteBuffer buffer = chunkBuffer;
      if (buffer == null) {
        try {
          buffer = ByteBuffer.allocateDirect(CHUNK_BUFFER_BYTES);
        } catch (OutOfMemoryError none) {
          throw new IOException("no memory for a chunk buffer", none);
        }
        chunkBuffer = buffer;
      }
      return buffer;
    }
  }

  private final ChunkEncoder encoder;
  private final ZoneAllocator allocator;
  private final ZoneUsage usage;
  private final InstantSource clock;
  private final DeviceGeometry geometry;
  private final int unitBytes;
  private final Map<DataStream, StreamZone> slots = new EnumMap<>(DataStream.class);

  /**
   * @param device the drive
   * @param filesystem UUID of the filesystem that owns the data
   * @param epoch of this mount
   * @param allocator source of zones
   * @param usage counts pending bytes
   * @param clock gives the time, for the age of zones
   */
  public ChunkWriter(
      ZonedDevice device,
      UUID filesystem,
      long epoch,
      ZoneAllocator allocator,
      ZoneUsage usage,
      InstantSource clock) {
    this.encoder = new ChunkEncoder(filesystem, epoch);
    this.allocator = allocator;
    this.usage = usage;
    this.clock = clock;
    this.geometry = device.geometry();
    this.unitBytes = FrameHeader.unitBytes(geometry.blockSizeBytes());
    StreamZone hot = new StreamZone();
    slots.put(DataStream.HOT, hot);
    slots.put(DataStream.COLD, allocator.sharesDataZone() ? hot : new StreamZone());
    slots.put(DataStream.REWRITTEN, slotOf(DataStream.COLD));
    StreamZone moved = new StreamZone();
    slots.put(DataStream.GC_HOT, moved);
    slots.put(DataStream.GC_COLD, allocator.sharesCollectorZone() ? moved : new StreamZone());
  }

  /**
   * Writes all sources. Until their batch is applied their bytes count as pending in their zones;
   * the listener receives the counts, so that the caller can subtract them.
   *
   * @return for each source, the positions of its parts, in order
   * @throws NoZoneException if the stream's share of free zones is used up; some parts may be
   *     written
   * @throws IOException if zone after zone failed; some parts may be written
   */
  public List<List<PhysicalExtent>> write(
      DataStream stream, List<Source> sources, PlacedListener listener) throws IOException {
    List<List<PhysicalExtent>> placed = new ArrayList<>(sources.size());
    write(stream, sources, listener, false, placed);
    return placed;
  }

  /**
   * As {@link #write(DataStream, List, PlacedListener)}, and says what is in zones also if it
   * fails.
   *
   * @param mayUseReserve whether zones of the collector's reserve may be taken, and the active
   *     zones of other streams: for data that were accepted and found no zone because zones failed
   * @param placed receives the positions of the parts of each source, in order; see {@link
   *     Source#isPlacedAt}
   */
  public void write(
      DataStream stream,
      List<Source> sources,
      PlacedListener listener,
      boolean mayUseReserve,
      List<List<PhysicalExtent>> placed)
      throws IOException {
    ArrayDeque<PendingData> pending = new ArrayDeque<>(sources.size());
    for (int index = 0; index < sources.size(); index++) {
      Source source = sources.get(index);
      placed.add(new ArrayList<>(1));
      if (source.bytes().hasRemaining()) {
        pending.add(new PendingData(index, source.inode(), source.fileOffset(), source.bytes()));
      }
    }
    Call call = new Call(stream, mayUseReserve, pending, placed, listener);
    StreamZone slot = slotOf(stream);
    int failures = 0;
    boolean hasClosedOthers = false;
    @Nullable IOException before = null;
    while (!pending.isEmpty()) {
      try {
        IOException failed = writeOneChunk(slot, call);
        failures = failed == null ? 0 : failures + 1;
        if (failed != null && before != null) {
          failed.addSuppressed(before);
        }
        if (failed != null && (failures == MOST_ATTEMPTS || DeviceException.isFinal(failed))) {
          throw failed;
        }
        before = failed;
      } catch (NoZoneException none) {
        StreamZone other = otherSlot(slot);
        if (other == null || remaining(other) < unitBytes) {
          if (mayUseReserve && !hasClosedOthers && closeOthers(slot)) {
            hasClosedOthers = true;
            continue;
          }
          if (before != null) {
            none.addSuppressed(before);
          }
          throw none;
        }
        // Use the other stream's space: a mixed zone is better than a failed write.
        slot = other;
      }
    }
    checkAllIsPlaced(sources, placed);
  }

  /**
   * The state of one call.
   *
   * @param mayUseReserve whether zones of the collector's reserve may be taken
   * @param pending data that are not written yet
   * @param placed positions of the parts of each source
   */
  private record Call(
      DataStream stream,
      boolean mayUseReserve,
      ArrayDeque<PendingData> pending,
      List<List<PhysicalExtent>> placed,
      PlacedListener listener) {}

  /** Checks that all bytes are in zones: bytes without a zone would later be read as zeros. */
  private static void checkAllIsPlaced(List<Source> sources, List<List<PhysicalExtent>> placed) {
    for (int index = 0; index < sources.size(); index++) {
      Source source = sources.get(index);
      if (!source.isPlacedAt(placed.get(index))) {
        throw new IllegalStateException(
            "inode "
                + source.inode()
                + " offset "
                + source.fileOffset()
                + ": "
                + PhysicalExtent.totalBytes(placed.get(index))
                + " of "
                + source.bytes().remaining()
                + " bytes were placed");
      }
    }
  }

  /** The open zone of the other stream of the same writer; null if they share one. */
  private @Nullable StreamZone otherSlot(StreamZone slot) {
    for (DataStream stream : DataStream.values()) {
      if (slotOf(stream) == slot) {
        StreamZone hot = slotOf(stream.isOfCollector() ? DataStream.GC_HOT : DataStream.HOT);
        StreamZone cold = slotOf(stream.isOfCollector() ? DataStream.GC_COLD : DataStream.COLD);
        StreamZone other = slot == hot ? cold : hot;
        return other == slot ? null : other;
      }
    }
    return null;
  }

  /**
   * Closes the zones of other streams, if an active zone is all that is lacking: they can then be
   * finished. Zones that the drive fails to finish may have taken the others.
   *
   * @return whether there was one
   */
  private boolean closeOthers(StreamZone slot) throws IOException {
    boolean any = false;
    if (allocator.lacksActiveZone()) {
      for (StreamZone other : slots.values()) {
        // Whoever writes there needs its zone.
        if (other != slot && other.handle != null && other.lock.tryLock()) {
          try {
            ZoneHandle handle = other.handle;
            if (handle != null) {
              closeHandle(other, handle);
              any = true;
            }
          } finally {
            other.lock.unlock();
          }
        }
      }
    }
    return any;
  }

  private StreamZone slotOf(DataStream stream) {
    StreamZone slot = slots.get(stream);
    if (slot == null) {
      throw new IllegalArgumentException(stream + " holds no file data");
    }
    return slot;
  }

  /**
   * Writes one chunk; if the append fails, returns the error and puts the data back into the queue.
   */
  private @Nullable IOException writeOneChunk(StreamZone slot, Call call) throws IOException {
    slot.lock.lock();
    try {
      return writeOneChunkLocked(slot, call);
    } finally {
      slot.lock.unlock();
    }
  }

  private @Nullable IOException writeOneChunkLocked(StreamZone slot, Call call) throws IOException {
    ArrayDeque<PendingData> pending = call.pending();
    ByteBuffer buffer = slot.chunkBuffer();
    ZoneHandle handle = roomyHandle(slot, call);
    long room = Math.min(handle.remainingBytes(), CHUNK_BUFFER_BYTES);
    PendingChunk chunk = PendingChunk.takeFrom(pending, room, unitBytes);
    if (chunk.pieces().isEmpty()) {
      // Not even one granule fits after a summary: fill the zone.
      fill(slot, buffer, handle);
      return null;
    }
    ChunkEncoder.Frame frame = encoder.chunk(buffer, call.stream().zoneStream(), chunk);
    ZoneAddress address;
    try {
      address = handle.append(frame.bytes());
    } catch (IOException failed) {
      // The next zone may have less room: the parts are packed anew.
      chunk.putBack(pending);
      closeHandle(slot, handle);
      return failed;
    }
    account(address, chunk, frame.summary(), call);
    return null;
  }

  private void account(ZoneAddress address, PendingChunk chunk, ChunkSummary summary, Call call) {
    long bytes = 0;
    long overhead = 0;
    for (int index = 0; index < chunk.pieces().size(); index++) {
      ChunkSummary.Piece piece = summary.pieces().get(index);
      bytes += piece.lengthBytes();
      overhead += ChunkLayout.overheadBytes(piece.lengthBytes());
      call.placed()
          .get(chunk.pieces().get(index).data().source())
          .add(
              PhysicalExtent.whole(
                  address.positionBytes() + piece.frameOffset(),
                  piece.lengthBytes(),
                  piece.checksums()));
    }
    if (call.stream().isNew()) {
      usage.countWritten(bytes);
    }
    // First, because placed data that are neither pending nor live count as dead.
    usage.addPending(address.zone(), bytes);
    usage.addPlaced(address.zone(), bytes, overhead);
    usage.touched(address.zone(), clock.millis());
    call.listener().placed(address.zone(), bytes);
  }

  private ZoneHandle roomyHandle(StreamZone slot, Call call) throws IOException {
    ZoneHandle handle = slot.handle;
    if (handle != null && handle.remainingBytes() >= unitBytes) {
      return handle;
    }
    if (handle != null) {
      closeHandle(slot, handle);
    }
    Optional<ZoneHandle> next =
        call.mayUseReserve()
            ? allocator.allocateUsingReserve(call.stream().zoneStream())
            : allocator.allocate(call.stream().zoneStream());
    if (next.isEmpty()) {
      throw new NoZoneException(call.stream());
    }
    slot.handle = next.get();
    return next.get();
  }

  /** Pads the zone; if this fails, closes the handle, as after any failed write. */
  private void fill(StreamZone slot, ByteBuffer chunkBuffer, ZoneHandle handle) throws IOException {
    try {
      pad(chunkBuffer, handle);
    } catch (IOException failed) {
      closeHandle(slot, handle);
    }
  }

  /** Until it is known what the zone has lost, {@link #checkNoneIsLost} waits for the slot. */
  private static void closeHandle(StreamZone slot, ZoneHandle handle) throws IOException {
    slot.handle = null;
    handle.close();
  }

  private void pad(ByteBuffer chunkBuffer, ZoneHandle handle) throws IOException {
    int frameBytes = (int) Math.min(handle.remainingBytes(), CHUNK_BUFFER_BYTES);
    handle.append(encoder.padding(chunkBuffer, frameBytes));
  }

  /** Bytes that the open hot and cold zones can still take. */
  public long remainingBytes() {
    return remaining(DataStream.HOT, DataStream.COLD);
  }

  /** Bytes that the open zones of the collector can still take. */
  public long collectorRemainingBytes() {
    return remaining(DataStream.GC_HOT, DataStream.GC_COLD);
  }

  private long remaining(DataStream one, DataStream other) {
    StreamZone first = slotOf(one);
    StreamZone second = slotOf(other);
    return remaining(first) + (first == second ? 0 : remaining(second));
  }

  private static long remaining(StreamZone slot) {
    ZoneHandle handle = slot.handle;
    return handle == null ? 0 : handle.remainingBytes();
  }

  /**
   * Fills the open or partly written hot and cold zones that have less than this space left, so
   * that the collector may take them.
   *
   * @return whether there was any
   */
  public boolean fillShortZones(long shortBytes) throws IOException {
    boolean any = false;
    for (DataStream stream : List.of(DataStream.HOT, DataStream.COLD)) {
      StreamZone slot = slotOf(stream);
      slot.lock.lock();
      try {
        if (slot.handle == null) {
          slot.handle = allocator.resume(stream.zoneStream()).orElse(null);
        }
        ZoneHandle handle = slot.handle;
        if (handle != null && handle.remainingBytes() < shortBytes) {
          any = true;
          while (slot.handle == handle && handle.remainingBytes() >= unitBytes) {
            fill(slot, slot.chunkBuffer(), handle);
          }
          if (slot.handle == handle) {
            closeHandle(slot, handle);
          }
        }
      } finally {
        slot.lock.unlock();
      }
    }
    return any;
  }

  /**
   * Checks after a flush that the drive still has what was written to zones before it. Waits for
   * appends to these zones that are in progress: one of them may be the one that fails.
   *
   * @throws DeviceException as for a failed flush, if data are lost
   */
  public void checkNoneIsLost(Set<Integer> zones) throws DeviceException {
    for (StreamZone slot : slots.values()) {
      ZoneHandle handle = slot.handle;
      // Without one, a zone may be on its way in, or out and not reported yet.
      if (handle == null || zones.contains(handle.zone())) {
        slot.lock.lock();
        try {
          checkHaveLostNone(zones);
        } finally {
          slot.lock.unlock();
        }
      }
    }
    checkHaveLostNone(zones);
  }

  private void checkHaveLostNone(Set<Integer> zones) throws DeviceException {
    for (int zone : zones) {
      if (allocator.hasLostAppends(zone)) {
        throw new DeviceException(
            DeviceException.Reason.FLUSH_FAILED,
            zone,
            "zone " + zone + " lost data that were written and not yet flushed");
      }
    }
  }

  /** Whether the drive is known to have turned a zone offline. */
  public boolean isOffline(int zone) {
    return allocator.isOffline(zone);
  }

  /** Whether data lie in a zone that the drive is known to have turned offline. */
  public boolean isOffline(PhysicalExtent data) {
    return isOffline(zoneOf(data));
  }

  /** The zone in which data lie. */
  public int zoneOf(PhysicalExtent data) {
    return geometry.zoneOf(data.positionBytes());
  }

  /**
   * Closes all zone handles; writes nothing. A zone whose write does not return stays open.
   *
   * @throws IOException if there is such a zone
   */
  @Override
  public void close() throws IOException {
    @Nullable IOException failed = null;
    for (StreamZone slot : slots.values()) {
      if (!tryLock(slot)) {
        failed = new IOException("a write that has begun does not return");
        continue;
      }
      try {
        closeZones(slot, zone -> true);
      } finally {
        slot.lock.unlock();
      }
    }
    if (failed != null) {
      throw failed;
    }
  }

  /** The threads that write have ended, or a write of theirs takes the drive more than a minute. */
  private static boolean tryLock(StreamZone slot) throws IOException {
    try {
      // Also for an interrupted thread, if nobody holds it.
      return slot.lock.tryLock()
          || slot.lock.tryLock(CLOSE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while closing");
    }
  }

  /** Stops writing to the zones that match; later data go to other zones. */
  public void closeZones(IntPredicate zones) throws IOException {
    for (StreamZone slot : slots.values()) {
      slot.lock.lock();
      try {
        closeZones(slot, zones);
      } finally {
        slot.lock.unlock();
      }
    }
  }

  private static void closeZones(StreamZone slot, IntPredicate zones) throws IOException {
    ZoneHandle handle = slot.handle;
    if (handle != null && zones.test(handle.zone())) {
      closeHandle(slot, handle);
    }
  }
}
