// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.data;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bytes of a file that were written one after the other: first in memory, then in a zone. Guarded
 * by the lock of the inode, except for the bytes while {@link #isWriting}: they do not change then.
 */
public final class WriteBuffer {
  private @Nullable ByteBuffer memory;
  private int length;
  private int referencedBytes;
  private boolean writing;
  private boolean lost;
  private List<PhysicalExtent> placed = List.of();

  /** Positions of the first bytes, while the others have none. */
  private List<PhysicalExtent> head = List.of();

  private WriteBuffer() {}

  /** An empty write buffer in memory. */
  static WriteBuffer inMemory(ByteBuffer memory) {
    WriteBuffer buffer = new WriteBuffer();
    buffer.memory = memory;
    return buffer;
  }

  /** A write buffer whose bytes are already in a zone, for the collector. */
  public static WriteBuffer inZone(PhysicalExtent placed) {
    WriteBuffer buffer = new WriteBuffer();
    buffer.length = placed.lengthBytes();
    buffer.referencedBytes = buffer.length;
    buffer.placed = List.of(placed);
    return buffer;
  }

  /** A write buffer of lost bytes, for the collector where it finds damage. */
  public static WriteBuffer lost(int length) {
    WriteBuffer buffer = new WriteBuffer();
    buffer.length = length;
    buffer.referencedBytes = length;
    buffer.lost = true;
    return buffer;
  }

  /** Whether the bytes are lost. */
  public boolean isLost() {
    return lost;
  }

  /** Length in bytes. */
  public int length() {
    return length;
  }

  /** Number of its bytes that the file still needs. */
  public int referencedBytes() {
    return referencedBytes;
  }

  /** Whether it takes no more bytes because it is being written to a zone. */
  public boolean isWriting() {
    return writing;
  }

  /** Whether it is in a zone, or lost, so that nothing has to be written. */
  public boolean isPlaced() {
    return lost || !placed.isEmpty();
  }

  /** Whether it is in memory, and takes more bytes. */
  public boolean isOpen() {
    return !writing && !isPlaced();
  }

  /** Marks the start of the write to a zone; the bytes do not change from now on. */
  public void startWriting() {
    writing = true;
  }

  /** Marks a failed write: the bytes are still in memory and may be written again. */
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
      throw new IllegalStateException("the write buffer is not in memory");
    }
    return buffer.duplicate().position(0).limit(length);
  }

  /** Appends as many bytes as fit; a small buffer grows. */
  int append(ByteBuffer source, DirtyMemory pool) {
    ByteBuffer buffer = memory;
    if (buffer == null) {
      throw new IllegalStateException("the write buffer is not in memory");
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

  /** Overwrites existing bytes. */
  void overwrite(int at, ByteBuffer source, int bytes) {
    ByteBuffer buffer = memory;
    if (buffer == null) {
      throw new IllegalStateException("the write buffer is not in memory");
    }
    buffer.put(at, source, source.position(), bytes);
    source.position(source.position() + bytes);
  }

  /**
   * Reduces the number of bytes that the file needs.
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

  /** Releases the memory: the bytes are now in the index. */
  public void storedInline(DirtyMemory pool) {
    releaseMemory(pool);
  }

  /** Number of its first bytes that are in zones while the others are not. */
  public int headBytes() {
    return (int) PhysicalExtent.totalBytes(head);
  }

  /**
   * Records the position of the first bytes behind the head: they need not be written again. The
   * bytes must not change any more.
   */
  public void extendHead(List<PhysicalExtent> parts) {
    head = concatenated(head, parts);
  }

  /**
   * Records the position in zones of all bytes behind the head, and releases the memory.
   *
   * @throws IllegalStateException if head and parts are not as long as the write buffer
   */
  public void place(List<PhysicalExtent> parts, DirtyMemory pool) {
    List<PhysicalExtent> all = concatenated(head, parts);
    long bytes = PhysicalExtent.totalBytes(all);
    if (bytes != length) {
      throw new IllegalStateException(bytes + " bytes are placed of a write buffer of " + length);
    }
    placed = all;
    head = List.of();
    writing = false;
    releaseMemory(pool);
  }

  private static List<PhysicalExtent> concatenated(
      List<PhysicalExtent> first, List<PhysicalExtent> then) {
    List<PhysicalExtent> all = new ArrayList<>(first);
    all.addAll(then);
    return List.copyOf(all);
  }

  private void releaseMemory(DirtyMemory pool) {
    ByteBuffer buffer = memory;
    memory = null;
    if (buffer != null) {
      pool.release(buffer);
    }
  }

  /** Positions of some of its bytes, in order; empty if they are lost. */
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
