// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.crypt;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import zonefsj.device.AccessRules;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;

/**
 * Encrypts and decrypts the buffers of accesses. Keeps ciphers and direct buffers for the next
 * access; there are as many ciphers as there have been threads in here at once, and each of them
 * may keep the last buffer that it wrote to.
 *
 * <p>Thread-safe; threads do not wait for each other while they encrypt.
 */
final class SectorCipher {
  /** One buffer of ciphertext; a long write has several. */
  private static final int PIECE_BYTES = 1 << 20;

  private static final int PIECES_KEPT = 32;

  /** Drives that are accessed past the page cache take memory that begins at a page. */
  private static final int PAGE_BYTES = 4096;

  private final Supplier<SectorWorker> maker;
  private final int sectorBytes;

  /** The first of the workers that are idle, and of the pieces: short accesses feel a queue. */
  private final AtomicReference<@Nullable SectorWorker> idle = new AtomicReference<>();

  private final AtomicReference<@Nullable ByteBuffer> spare = new AtomicReference<>();

  /** All others. */
  private final Queue<SectorWorker> workers = new ConcurrentLinkedQueue<>();

  /** Nothing is kept any more. */
  private volatile boolean cleared;

  private final Queue<ByteBuffer> pieces = new ArrayBlockingQueue<>(PIECES_KEPT);

  /**
   * @param maker makes a worker for such sectors, always with the same key
   */
  SectorCipher(int sectorBytes, Supplier<SectorWorker> maker) {
    this.maker = maker;
    this.sectorBytes = sectorBytes;
    idle.set(maker.get());
  }

  /**
   * Decrypts a buffer in place.
   *
   * @param positionBytes where it begins on the drive
   * @param buffer from its position to its limit, whole sectors; its position moves
   */
  void decrypt(long positionBytes, ByteBuffer buffer) {
    SectorWorker worker = takeWorker();
    worker.decrypt(positionBytes / sectorBytes, buffer);
    giveBack(worker);
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
    SectorWorker worker = takeWorker();
    Sources all = new Sources(sources);
    long sector = positionBytes / sectorBytes;
    for (ByteBuffer piece : encrypted) {
      int length = (int) Math.min(left, piece.remaining());
      worker.encrypt(sector, all, piece, length);
      piece.flip();
      sector += length / sectorBytes;
      left -= length;
    }
    giveBack(worker);
    return encrypted;
  }

  /** Takes back what {@link #encrypt} gave, when no access uses it any more. */
  void giveBack(ByteBuffer... encrypted) {
    for (ByteBuffer piece : encrypted) {
      if (!spare.compareAndSet(null, piece) && !pieces.offer(piece)) {
        break;
      }
    }
    forgetIfCleared();
  }

  /** Forgets the ciphers and buffers that are kept, and those that are given back later. */
  void clear() {
    cleared = true;
    forget();
  }

  private void forgetIfCleared() {
    if (cleared) {
      forget();
    }
  }

  private void forget() {
    SectorWorker first = idle.getAndSet(null);
    if (first != null) {
      first.close();
    }
    for (SectorWorker next = workers.poll(); next != null; next = workers.poll()) {
      next.close();
    }
    spare.set(null);
    pieces.clear();
  }

  private SectorWorker takeWorker() {
    SectorWorker worker = idle.getAndSet(null);
    if (worker == null) {
      worker = workers.poll();
    }
    return worker == null ? maker.get() : worker;
  }

  private void giveBack(SectorWorker worker) {
    if (!idle.compareAndSet(null, worker)) {
      workers.add(worker);
    }
    forgetIfCleared();
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
