// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import zonefsj.device.AccessRules;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;

/**
 * Encrypts and decrypts the buffers of accesses. Keeps ciphers and direct buffers for the next
 * access; there are as many ciphers as there have been threads in here at once.
 *
 * <p>Thread-safe; threads do not wait for each other while they encrypt.
 */
final class SectorCipher {
  /** One buffer of ciphertext; a long write has several. */
  private static final int PIECE_BYTES = 1 << 20;

  private static final int PIECES_KEPT = 32;

  /** Drives that are accessed past the page cache take memory that begins at a page. */
  private static final int PAGE_BYTES = 4096;

  private final XtsKey key;
  private final int sectorBytes;
  private final Queue<XtsWorker> workers = new ConcurrentLinkedQueue<>();

  /** The first of the pieces that are kept: a queue has a lock, which a short write would feel. */
  private final AtomicReference<@Nullable ByteBuffer> spare = new AtomicReference<>();

  private final Queue<ByteBuffer> pieces = new ArrayBlockingQueue<>(PIECES_KEPT);

  SectorCipher(XtsKey key, int sectorBytes) {
    this.key = key;
    this.sectorBytes = sectorBytes;
    workers.add(new XtsWorker(key, sectorBytes));
  }

  /**
   * Decrypts a buffer in place.
   *
   * @param positionBytes where it begins on the drive
   * @param buffer from its position to its limit, whole sectors; its position moves
   */
  void decrypt(long positionBytes, ByteBuffer buffer) {
    XtsWorker worker = takeWorker();
    long sector = positionBytes / sectorBytes;
    while (buffer.hasRemaining()) {
      int length = Math.min(worker.batchBytes(), buffer.remaining());
      buffer.get(buffer.position(), worker.input(), 0, length);
      worker.decrypt(sector, length);
      buffer.put(worker.output(), 0, length);
      sector += length / sectorBytes;
    }
    workers.add(worker);
  }

  /**
   * Encrypts all sources, in order, into buffers of its own, which the caller gives back.
   *
   * @param zone which the write is for
   * @param positionBytes where they begin on the drive
   * @param sources together whole sectors; their positions move to their limits, their content
   *     stays
   * @throws DeviceException {@link Reason#HOST_SHORTAGE} if there is no memory for the buffers; the
   *     sources are then as before
   */
  ByteBuffer[] encrypt(int zone, long positionBytes, ByteBuffer... sources) throws DeviceException {
    long left = AccessRules.totalBytes(sources);
    ByteBuffer[] encrypted = takePieces(zone, left);
    XtsWorker worker = takeWorker();
    long sector = positionBytes / sectorBytes;
    int next = 0;
    for (ByteBuffer piece : encrypted) {
      while (left > 0 && piece.hasRemaining()) {
        int length = (int) Math.min(left, Math.min(worker.batchBytes(), piece.remaining()));
        next = gather(sources, next, worker.input(), length);
        worker.encrypt(sector, length);
        piece.put(worker.output(), 0, length);
        sector += length / sectorBytes;
        left -= length;
      }
      piece.flip();
    }
    workers.add(worker);
    return encrypted;
  }

  /** Takes bytes from the sources from number {@code next} on; returns where to go on. */
  private static int gather(ByteBuffer[] sources, int next, byte[] target, int length) {
    int from = next;
    int filled = 0;
    while (filled < length) {
      ByteBuffer source = sources[from];
      int count = Math.min(length - filled, source.remaining());
      source.get(target, filled, count);
      filled += count;
      if (!source.hasRemaining()) {
        from++;
      }
    }
    return from;
  }

  /** Takes back what {@link #encrypt} gave, when no access uses it any more. */
  void giveBack(ByteBuffer... encrypted) {
    for (ByteBuffer piece : encrypted) {
      if (!spare.compareAndSet(null, piece) && !pieces.offer(piece)) {
        return;
      }
    }
  }

  /** Forgets the ciphers and buffers that are kept. */
  void clear() {
    workers.clear();
    spare.set(null);
    pieces.clear();
  }

  private XtsWorker takeWorker() {
    XtsWorker worker = workers.poll();
    return worker == null ? new XtsWorker(key, sectorBytes) : worker;
  }

  /** Empty buffers for so many bytes. */
  private ByteBuffer[] takePieces(int zone, long bytes) throws DeviceException {
    int pieceBytes = PIECE_BYTES - PIECE_BYTES % sectorBytes;
    ByteBuffer[] taken = new ByteBuffer[Math.toIntExact((bytes + pieceBytes - 1) / pieceBytes)];
    for (int at = 0; at < taken.length; at++) {
      try {
        taken[at] = takePiece().clear().limit(pieceBytes);
      } catch (OutOfMemoryError e) {
        giveBack(Arrays.copyOf(taken, at));
        throw new DeviceException(
            Reason.HOST_SHORTAGE,
            zone,
            "no direct memory is left to encrypt a write: raise -XX:MaxDirectMemorySize",
            e);
      }
    }
    return taken;
  }

  private ByteBuffer takePiece() {
    ByteBuffer piece = spare.getAndSet(null);
    if (piece == null) {
      piece = pieces.poll();
    }
    return piece == null
        ? ByteBuffer.allocateDirect(PIECE_BYTES + PAGE_BYTES).alignedSlice(PAGE_BYTES)
        : piece;
  }
}
