// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of a file that were written one after the other: first in memory, then in a zone. Guarded
 * by the lock of the inode, but for the bytes themselves while {@link #isWriting}: these do not
 * change.
 */
public final class WriteBuffer {
  private @Nullable ByteBuffer memory;
  private int length;
  private int referencedBytes;
  private boolean writing;
  private boolean lost;
  private List<PhysicalExtent> placed = List.of();

  private WriteBuffer() {}

  /** A run in memory that begins empty. */
  static WriteBuffer inMemory(ByteBuffer memory) {
    WriteBuffer run = new WriteBuffer();
    run.memory = memory;
    return run;
  }

  /** A run that is in a zone already: the collector's. */
  public static WriteBuffer inZone(PhysicalExtent placed) {
    WriteBuffer run = new WriteBuffer();
    run.length = placed.lengthBytes();
    run.referencedBytes = run.length;
    run.placed = List.of(placed);
    return run;
  }

  /** Bytes that no read brings back: the collector puts them where it found damage. */
  public static WriteBuffer lost(int length) {
    WriteBuffer run = new WriteBuffer();
    run.length = length;
    run.referencedBytes = length;
    run.lost = true;
    return run;
  }

  /** Whether the bytes are gone for good. */
  public boolean isLost() {
    return lost;
  }

  /** Length in bytes. */
  public int length() {
    return length;
  }

  /** Bytes of it that a file still needs. */
  public int referencedBytes() {
    return referencedBytes;
  }

  /** Whether it takes no more bytes because it is on its way to a zone. */
  public boolean isWriting() {
    return writing;
  }

  /** Whether it is in a zone, or lost: there is nothing of it to be written. */
  public boolean isPlaced() {
    return lost || !placed.isEmpty();
  }

  boolean isOpen() {
    return !writing && !isPlaced();
  }

  /** From now on its bytes do not change. */
  public void startWriting() {
    writing = true;
  }

  /** The write failed: the bytes are still here and may be written again. */
  public void writingFailed(DirtyMemory pool) {
    writing = false;
    if (referencedBytes == 0) {
      releaseMemory(pool);
    }
  }

  /** The bytes in memory, from 0 to the length. */
  public ByteBuffer bytes() {
    ByteBuffer buffer = memory;
    if (buffer == null) {
      throw new IllegalStateException("the run is not in memory");
    }
    return buffer.duplicate().position(0).limit(length);
  }

  /** Appends as many bytes as fit; a small buffer grows. */
  int append(ByteBuffer source, DirtyMemory pool) {
    ByteBuffer buffer = memory;
    if (buffer == null) {
      throw new IllegalStateException("the run is not in memory");
    }
    int bytes = Math.min(source.remaining(), DirtyMemory.LARGE_BYTES - length);
    if (length + bytes > buffer.capacity()) {
      ByteBuffer larger = pool.acquire(length + bytes);
      larger.put(0, buffer, 0, length);
      pool.release(buffer);
      memory = larger;
      buffer = larger;
    }
    buffer.put(length, source, source.position(), bytes);
    source.position(source.position() + bytes);
    length += bytes;
    referencedBytes += bytes;
    return bytes;
  }

  /** Overwrites bytes that are there. */
  void overwrite(int at, ByteBuffer source, int bytes) {
    ByteBuffer buffer = memory;
    if (buffer == null) {
      throw new IllegalStateException("the run is not in memory");
    }
    buffer.put(at, source, source.position(), bytes);
    source.position(source.position() + bytes);
  }

  /**
   * A file needs fewer of its bytes.
   *
   * @return bytes that need no space any more
   */
  long forget(int bytes, DirtyMemory pool) {
    referencedBytes -= bytes;
    if (isPlaced()) {
      return 0;
    }
    if (referencedBytes == 0 && !writing) {
      releaseMemory(pool);
    }
    return bytes;
  }

  /** The bytes are in the index now; the memory is given back. */
  public void storedInline(DirtyMemory pool) {
    releaseMemory(pool);
  }

  /**
   * The bytes are in a zone now; the memory is given back.
   *
   * @throws IllegalStateException if the parts are not exactly as long as the run
   */
  public void place(List<PhysicalExtent> parts, DirtyMemory pool) {
    long bytes = PhysicalExtent.totalBytes(parts);
    if (bytes != length) {
      throw new IllegalStateException(bytes + " bytes are placed of a run of " + length);
    }
    placed = List.copyOf(parts);
    writing = false;
    releaseMemory(pool);
  }

  private void releaseMemory(DirtyMemory pool) {
    ByteBuffer buffer = memory;
    memory = null;
    if (buffer != null) {
      pool.release(buffer);
    }
  }

  /** Where some of its bytes are, in order; nothing if they are lost. */
  public List<PhysicalExtent> placed(int from, int bytes) {
    List<PhysicalExtent> found = new ArrayList<>(placed.size());
    int partStart = 0;
    for (PhysicalExtent part : placed) {
      int low = Math.max(from, partStart);
      int high = Math.min(from + bytes, partStart + part.lengthBytes());
      if (low < high) {
        found.add(part.slice(low - partStart, high - low));
      }
      partStart += part.lengthBytes();
    }
    return found;
  }
}
