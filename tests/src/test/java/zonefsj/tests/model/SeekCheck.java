// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ZoneFileSystem;

/**
 * What any filesystem may answer to SEEK_DATA and SEEK_HOLE. Where holes begin is its own affair
 * (it may even say that there are none), so not the answers are compared but their meaning: what is
 * skipped as a hole must read as zeros.
 */
final class SeekCheck {
  private static final int MOST_BYTES = 1 << 20;

  private SeekCheck() {}

  static String check(ZoneFileSystem fileSystem, long handle, long offset, boolean hole)
      throws ErrnoException, IOException {
    long size = fileSystem.attributes(fileSystem.inodeOf(handle)).sizeBytes();
    long found;
    try {
      found = fileSystem.seek(handle, offset, hole);
    } catch (ErrnoException e) {
      boolean beyondTheEnd = offset < 0 || offset >= size;
      if (e.errno() != Errno.ENXIO || beyondTheEnd || hole) {
        throw e;
      }
      found = size; // no data: the rest is a hole
    }
    if (offset < 0 || offset >= size) {
      return "answered beyond the end: " + found;
    }
    if (found < offset || found > size) {
      return "found " + found + " for " + offset + " of " + size;
    }
    return hole || isZero(fileSystem, handle, offset, found) ? "ok" : "skipped data as a hole";
  }

  private static boolean isZero(ZoneFileSystem fileSystem, long handle, long from, long to)
      throws ErrnoException, IOException {
    // A byte is read even where nothing is skipped: a read moves the access time, on both sides
    // alike.
    int skipped = (int) Math.min(MOST_BYTES, to - from);
    ByteBuffer buffer = ByteBuffer.allocateDirect(Math.max(1, skipped));
    try {
      fileSystem.read(handle, from, buffer);
    } catch (ErrnoException e) {
      if (e.errno() == Errno.EBADF) {
        return true; // open for writing only: nothing to compare with
      }
      throw e;
    }
    buffer.flip();
    while (buffer.position() < Math.min(skipped, buffer.limit())) {
      if (buffer.get() != 0) {
        return false;
      }
    }
    return true;
  }
}
