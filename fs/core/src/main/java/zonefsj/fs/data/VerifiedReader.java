// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import zonefsj.device.DeviceException;
import zonefsj.device.ZonedDevice;
import zonefsj.zonemgr.BlockChecksums;
import zonefsj.zonemgr.DriveCopies;
import zonefsj.zonemgr.FrameHeader;

/**
 * Reads file data from the drive and verifies every granule that it touches. A granule that does
 * not match its checksum is taken from another copy of the drive that has it right, if there is one
 * ({@link DriveCopies}). Thread-safe; keeps up to 16 direct buffers of 1.1 MiB.
 */
public final class VerifiedReader {
  /** Read over rather than around: a disk's head passes it in 0.5 ms, and a seek takes 10 ms. */
  private static final int MOST_GAP_BYTES = 128 << 10;

  /**
   * The longest request of a transport, across the summary of a chunk or another gap; the longest
   * read that a cache of the drive takes.
   */
  private static final int BUFFER_BYTES = (1 << 20) + MOST_GAP_BYTES;

  private static final int POOLED = 16;

  private static final long NOTE_NANOS = 60_000_000_000L;
  private static final Logger LOG = LoggerFactory.getLogger(VerifiedReader.class);

  /** A read into an aligned buffer goes straight to the drive. */
  private static final int ALIGNMENT_BYTES = 4096;

  /** Sorts parts of one granule together, before those of the next granule. */
  private static final Comparator<ReadRequest> BY_GRANULES =
      Comparator.comparingLong((ReadRequest wanted) -> wanted.data().positionBytes())
          .thenComparingInt(wanted -> wanted.data().coveredBytes());

  /**
   * Data to read.
   *
   * @param data where they are
   * @param destination receives them; its position moves
   */
  public record ReadRequest(PhysicalExtent data, ByteBuffer destination) {}

  /** Receives the places where a copy of the drive has wrong bytes, and another one is right. */
  @FunctionalInterface
  public interface WrongCopyListener {
    /** For readers whose places nobody moves. */
    WrongCopyListener NONE = (positionBytes, lengthBytes) -> {};

    /**
     * Receives a granule.
     *
     * @param positionBytes absolute position of its first byte
     * @param lengthBytes its length
     */
    void isWrong(long positionBytes, int lengthBytes);
  }

  private final ZonedDevice device;
  private final AtomicLong notedNanos = new AtomicLong();
  private final int blockBytes;
  private final int mostGapBytes;
  private final ArrayBlockingQueue<ByteBuffer> pool = new ArrayBlockingQueue<>(POOLED);

  /** Where a gap could not be read, nobody waits for it again. About 50 bytes for such a zone. */
  private final Set<Integer> zonesApart = ConcurrentHashMap.newKeySet();

  /**
   * @param device the drive
   */
  public VerifiedReader(ZonedDevice device) {
    this.device = device;
    this.blockBytes = device.geometry().blockSizeBytes();
    // A copy that cannot be read where nobody asks would count as one that is behind the others.
    this.mostGapBytes = device.copies() > 1 ? 0 : MOST_GAP_BYTES;
  }

  /**
   * Reads all bytes of {@code data} into the buffer, whose position moves.
   *
   * @throws DataDamagedException if a granule does not match its checksum or cannot be read
   */
  public void read(PhysicalExtent data, ByteBuffer destination) throws IOException {
    checkLiesOnDrive(data);
    ByteBuffer scratch = takeScratch();
    try {
      readThrough(data, destination, scratch, WrongCopyListener.NONE);
    } finally {
      pool.offer(scratch);
    }
  }

  /**
   * Reads several requests in the order of the drive. Requests with at most 128 KiB between them
   * (on a drive of one copy) share one device read, and a granule that several requests in a row
   * touch is verified once. Many small pieces of one write buffer therefore cost about as much as
   * the whole, and the summaries of chunks do not interrupt the read of a long file.
   *
   * @throws DataDamagedException if a granule does not match its checksum or cannot be read; the
   *     content of the buffers is then undefined
   */
  public void readAll(List<ReadRequest> all) throws IOException {
    readAll(all, WrongCopyListener.NONE);
  }

  /** As above, and tells where a copy is wrong. */
  public void readAll(List<ReadRequest> all, WrongCopyListener listener) throws IOException {
    List<ReadRequest> sorted = new ArrayList<>(all);
    sorted.sort(BY_GRANULES);
    for (ReadRequest wanted : sorted) {
      checkLiesOnDrive(wanted.data());
    }
    ByteBuffer scratch = takeScratch();
    try {
      readSorted(sorted, scratch, listener);
    } finally {
      pool.offer(scratch);
    }
  }

  private void readSorted(List<ReadRequest> sorted, ByteBuffer scratch, WrongCopyListener listener)
      throws IOException {
    int to;
    for (int from = 0; from < sorted.size(); from = to) {
      to = endOfSpan(sorted, from);
      if (to == from + 1) {
        ReadRequest one = sorted.get(from);
        readThrough(one.data(), one.destination(), scratch, listener);
      } else {
        readSpan(sorted.subList(from, to), scratch, listener);
      }
    }
  }

  private void checkLiesOnDrive(PhysicalExtent data) throws DataDamagedException {
    if (!data.liesOn(device.geometry())) {
      throw new DataDamagedException(
          "an extent names data at byte " + data.positionBytes() + ", outside the drive");
    }
  }

  private ByteBuffer takeScratch() {
    ByteBuffer scratch = pool.poll();
    return scratch == null
        ? ByteBuffer.allocateDirect(BUFFER_BYTES + ALIGNMENT_BYTES).alignedSlice(ALIGNMENT_BYTES)
        : scratch;
  }

  private long firstBlock(PhysicalExtent data) {
    return data.positionBytes() & -(long) blockBytes;
  }

  private static long end(PhysicalExtent data) {
    return data.positionBytes() + data.coveredBytes();
  }

  /** Index after the last request that one device read can serve together with the first. */
  private int endOfSpan(List<ReadRequest> sorted, int first) {
    PhysicalExtent data = sorted.get(first).data();
    long start = firstBlock(data);
    int zone = device.geometry().zoneOf(data.positionBytes());
    long end = FrameHeader.roundUp(end(data), blockBytes);
    int gapBytes = zonesApart.contains(zone) ? 0 : mostGapBytes;
    for (int next = first + 1; next < sorted.size(); next++) {
      data = sorted.get(next).data();
      long longer = Math.max(end, FrameHeader.roundUp(end(data), blockBytes));
      boolean joins =
          firstBlock(data) - end <= gapBytes
              && longer - start <= BUFFER_BYTES
              && device.geometry().zoneOf(data.positionBytes()) == zone;
      if (!joins) {
        return next;
      }
      end = longer;
    }
    return sorted.size();
  }

  private void readSpan(List<ReadRequest> span, ByteBuffer scratch, WrongCopyListener listener)
      throws IOException {
    long start = span.get(0).data().positionBytes();
    long end = start;
    for (ReadRequest wanted : span) {
      end = Math.max(end, end(wanted.data()));
    }
    ByteBuffer bytes;
    try {
      bytes = readAligned(start, (int) (end - start), scratch);
    } catch (DataDamagedException unreadable) {
      if (!passesGap(span)) {
        throw unreadable;
      }
      // It may be what nobody has asked for.
      zonesApart.add(device.geometry().zoneOf(start));
      readSorted(span, scratch, listener);
      return;
    }
    long goodPosition = -1;
    int goodBytes = 0;
    int goodCrc = 0;
    for (ReadRequest wanted : span) {
      PhysicalExtent data = wanted.data();
      int[] crcs = data.checksums().crcs();
      int granuleBytes = data.checksums().granuleBytes();
      for (int granule = 0; granule < crcs.length; granule++) {
        int from = granule * granuleBytes;
        int length = Math.min(granuleBytes, data.coveredBytes() - from);
        long position = data.positionBytes() + from;
        if (position != goodPosition || length != goodBytes || crcs[granule] != goodCrc) {
          int at = bytes.position() + (int) (position - start);
          verify(data, granule, bytes.slice(at, length), listener);
          goodPosition = position;
          goodBytes = length;
          goodCrc = crcs[granule];
        }
      }
      int at = bytes.position() + (int) (data.firstBytePosition() - start);
      wanted.destination().put(bytes.slice(at, data.lengthBytes()));
    }
  }

  private boolean passesGap(List<ReadRequest> span) {
    long end = end(span.get(0).data());
    for (ReadRequest wanted : span) {
      if (firstBlock(wanted.data()) > FrameHeader.roundUp(end, blockBytes)) {
        return true;
      }
      end = Math.max(end, end(wanted.data()));
    }
    return false;
  }

  private void readThrough(
      PhysicalExtent data, ByteBuffer destination, ByteBuffer scratch, WrongCopyListener listener)
      throws IOException {
    int granuleBytes = data.checksums().granuleBytes();
    int count = data.checksums().crcs().length;
    int wanted = data.lengthBytes();
    int skip = data.skipBytes();
    int granules;
    for (int first = 0; first < count && wanted > 0; first += granules) {
      int from = first * granuleBytes;
      long position = data.positionBytes() + from;
      int head = (int) (position & (blockBytes - 1));
      granules = Math.max(1, (BUFFER_BYTES - head) / granuleBytes);
      int to = (int) Math.min(data.coveredBytes(), (long) (first + granules) * granuleBytes);
      ByteBuffer bytes = readAligned(position, to - from, scratch);
      verify(data, first, bytes, listener);
      int usable = Math.min(bytes.remaining() - skip, wanted);
      destination.put(bytes.slice(bytes.position() + skip, usable));
      wanted -= usable;
      skip = 0;
    }
  }

  private ByteBuffer readAligned(long position, int length, ByteBuffer scratch) throws IOException {
    long start = position & -(long) blockBytes;
    int head = (int) (position - start);
    int whole = (int) FrameHeader.roundUp((long) head + length, blockBytes);
    ByteBuffer target = whole <= scratch.capacity() ? scratch : ByteBuffer.allocateDirect(whole);
    target.clear().limit(whole);
    try {
      device.read(start, target);
    } catch (IOException failed) {
      DeviceException.rethrowInconclusive(failed);
      DeviceException.rethrowRemoval(failed);
      throw new DataDamagedException(
          device.geometry().zoneOf(position), position, length, "data cannot be read", failed);
    }
    return target.position(head).limit(head + length);
  }

  private void verify(PhysicalExtent data, int first, ByteBuffer bytes, WrongCopyListener listener)
      throws IOException {
    BlockChecksums checksums = data.checksums();
    int granuleBytes = checksums.granuleBytes();
    int bad = checksums.firstMismatch(bytes, first);
    while (bad >= 0) {
      int length = Math.min(granuleBytes, data.coveredBytes() - bad * granuleBytes);
      int at = bytes.position() + (bad - first) * granuleBytes;
      takeFromCopy(data, bad, bytes.slice(at, length), listener);
      int behind = at + length;
      bad =
          behind < bytes.limit()
              ? checksums.firstMismatch(bytes.duplicate().position(behind), bad + 1)
              : -1;
    }
  }

  /** Replaces the wrong bytes of a granule by those of a copy of the drive that has it right. */
  private void takeFromCopy(
      PhysicalExtent data, int granule, ByteBuffer bytes, WrongCopyListener listener)
      throws IOException {
    BlockChecksums checksums = data.checksums();
    long position = data.positionBytes() + (long) granule * checksums.granuleBytes();
    int length = bytes.remaining();
    DriveCopies.Answers answers =
        DriveCopies.ask(
            device, position, length, copy -> checksums.firstMismatch(copy, granule) < 0);
    DriveCopies.Found found = answers.found();
    if (found == null) {
      IOException silence = answers.silence();
      String what =
          silence == null ? "checksum mismatch" : "checksum mismatch, and a copy does not answer,";
      // The copy that does not answer may have the right bytes: then the data are not lost.
      throw new DataDamagedException(
          device.geometry().zoneOf(position), position, length, what, silence);
    }
    bytes.put(found.bytes());
    if (found.wrongCopies() > 0) {
      listener.isWrong(position, length);
    } else {
      noteWrongRead(position);
    }
  }

  /** Somebody should look for the cause, and a line each minute suffices for that. */
  private void noteWrongRead(long position) {
    long now = System.nanoTime();
    long last = notedNanos.get();
    if ((last == 0 || now - last > NOTE_NANOS) && notedNanos.compareAndSet(last, now)) {
      LOG.warn(
          "a read at byte {} of the drive was wrong, and the next one right: memory, cable,"
              + " controller or a cache may be the cause",
          position);
    }
  }

  /** Verifies extents in another way after a long read of all of them found something wrong. */
  @FunctionalInterface
  public interface SecondLook {
    /** Whether all extents of a group verify. */
    boolean verifies(List<PhysicalExtent> group) throws IOException;
  }

  /**
   * As {@link #verifies} for all of them, in the order of the drive and with its long reads.
   *
   * @param all in any order; each lies on the drive
   * @param look at each group of extents that one read takes, if something of it does not verify
   */
  public boolean allVerify(List<PhysicalExtent> all, SecondLook look) throws IOException {
    List<PhysicalExtent> sorted = new ArrayList<>(all);
    sorted.sort(Comparator.comparingLong(PhysicalExtent::positionBytes));
    int from = 0;
    while (from < sorted.size()) {
      int to = from + 1;
      int bytes = sorted.get(from).lengthBytes();
      while (to < sorted.size() && bytes + sorted.get(to).lengthBytes() <= BUFFER_BYTES) {
        bytes += sorted.get(to).lengthBytes();
        to++;
      }
      List<PhysicalExtent> group = sorted.subList(from, to);
      if (!verifyTogether(group, bytes) && !look.verifies(group)) {
        return false;
      }
      from = to;
    }
    return true;
  }

  private boolean verifyTogether(List<PhysicalExtent> group, int bytes) throws IOException {
    ByteBuffer discarded = ByteBuffer.allocate(bytes);
    List<ReadRequest> requests = new ArrayList<>(group.size());
    int at = 0;
    for (PhysicalExtent data : group) {
      requests.add(new ReadRequest(data, discarded.slice(at, data.lengthBytes())));
      at += data.lengthBytes();
    }
    try {
      readAll(requests);
      return true;
    } catch (DataDamagedException damaged) {
      return false;
    }
  }

  /** Whether all bytes can be read and match their checksums. */
  public boolean verifies(PhysicalExtent data) throws IOException {
    try {
      read(data, ByteBuffer.allocate(data.lengthBytes()));
      return true;
    } catch (DataDamagedException damaged) {
      return false;
    }
  }
}
