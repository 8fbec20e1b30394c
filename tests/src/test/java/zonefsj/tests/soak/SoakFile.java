// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.nio.ByteBuffer;
import zonefsj.fs.ErrnoException;

/** An open file of a {@link SoakSubject}. Used by one thread. */
interface SoakFile {
  /**
   * Writes a buffer.
   *
   * @return bytes written: less than all if what came after them was refused
   */
  int write(long offset, ByteBuffer source) throws ErrnoException, IOException;

  /** Stores through a shared mapping and makes it durable; within one page. */
  void store(long offset, ByteBuffer source) throws ErrnoException, IOException;

  /** Writes whole pages by asynchronous direct I/O, while they are read through the page cache. */
  void writeAsynchronously(long offset, ByteBuffer source) throws ErrnoException, IOException;

  /**
   * Reads until the buffer is full or the file ends.
   *
   * @return bytes read
   */
  int read(long offset, ByteBuffer target) throws ErrnoException, IOException;

  /** Sets the length. */
  void truncate(long size) throws ErrnoException, IOException;

  /** Makes a range a hole; the length stays. */
  void punch(long offset, long length) throws ErrnoException, IOException;

  /**
   * Copies a range of this file, as copy_file_range(2).
   *
   * @return bytes copied, maybe fewer
   */
  long copyTo(SoakFile target, long from, long to, long length) throws ErrnoException, IOException;

  /**
   * Makes it durable.
   *
   * @param dataOnly fdatasync(2)
   */
  void sync(boolean dataOnly) throws ErrnoException, IOException;

  /** Lets go of it. */
  void release() throws ErrnoException, IOException;
}
