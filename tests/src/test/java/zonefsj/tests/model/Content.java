// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.TreeMap;

/** The bytes of a sparse file: pages that were written, everything else is zero. */
final class Content {
  static final int PAGE = 4096;

  private final TreeMap<Long, byte[]> pages = new TreeMap<>();
  private long size;

  long size() {
    return size;
  }

  long allocated() {
    return (long) pages.size() * PAGE;
  }

  int read(long offset, ByteBuffer destination) {
    int count = (int) Math.max(0, Math.min(destination.remaining(), size - offset));
    for (int done = 0; done < count; ) {
      long position = offset + done;
      int inPage = (int) (position % PAGE);
      int piece = Math.min(count - done, PAGE - inPage);
      byte[] page = pages.get(position / PAGE);
      destination.put(page == null ? new byte[PAGE] : page, inPage, piece);
      done += piece;
    }
    return count;
  }

  int write(long offset, ByteBuffer source) {
    int count = source.remaining();
    for (int done = 0; done < count; ) {
      long position = offset + done;
      int inPage = (int) (position % PAGE);
      int piece = Math.min(count - done, PAGE - inPage);
      byte[] page = pages.computeIfAbsent(position / PAGE, key -> new byte[PAGE]);
      source.get(page, inPage, piece);
      done += piece;
    }
    size = Math.max(size, offset + count);
    return count;
  }

  /** Copies a range of another content, or of this one if the ranges do not overlap. */
  void copy(Content source, long from, long to, long length) {
    for (long done = 0; done < length; ) {
      long data = source.nextData(from + done);
      long skipped = data < 0 ? length - done : Math.min(data - from - done, length - done);
      zero(to + done, to + done + skipped);
      done += skipped;
      int piece = (int) Math.min(length - done, PAGE);
      ByteBuffer bytes = ByteBuffer.allocate(piece);
      source.read(from + done, bytes);
      write(to + done, bytes.flip());
      done += piece;
    }
    size = Math.max(size, to + length);
  }

  void resize(long newSize) {
    if (newSize < size) {
      zero(newSize, size);
    }
    size = newSize;
  }

  /** Bytes from..to become zero; pages that lie inside as a whole become a hole. */
  void zero(long from, long to) {
    if (from >= to) {
      return;
    }
    Map<Long, byte[]> touched = pages.subMap(from / PAGE, true, (to + PAGE - 1) / PAGE, true);
    touched
        .entrySet()
        .removeIf(
            entry -> {
              long start = entry.getKey() * PAGE;
              if (from <= start && start + PAGE <= to) {
                return true;
              }
              for (int i = 0; i < PAGE; i++) {
                if (from <= start + i && start + i < to) {
                  entry.getValue()[i] = 0;
                }
              }
              return false;
            });
  }

  /** Start of the first data at or after the offset; -1 when there is none before the end. */
  long nextData(long offset) {
    if (pages.containsKey(offset / PAGE)) {
      return offset;
    }
    Long page = pages.higherKey(offset / PAGE);
    return page == null || page * PAGE >= size ? -1 : page * PAGE;
  }

  /** Start of the first hole at or after the offset; the end of the file is one. */
  long nextHole(long offset) {
    long position = offset;
    while (position < size && pages.containsKey(position / PAGE)) {
      position = (position / PAGE + 1) * PAGE;
    }
    return Math.min(position, size);
  }
}
