// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.io.IOException;
import java.nio.ByteBuffer;
import zonefsj.fs.AttributeChange;
import zonefsj.fs.Caller;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.ZoneFileSystem;

/** A handle of a volume in this process. */
final class VolumeFile implements SoakFile {
  private static final int PUNCH_HOLE_KEEP_SIZE = 3;

  private final ZoneFileSystem files;
  private final long inode;
  private final long handle;

  VolumeFile(ZoneFileSystem files, long inode, long handle) {
    this.files = files;
    this.inode = inode;
    this.handle = handle;
  }

  @Override
  public int write(long offset, ByteBuffer source) throws ErrnoException, IOException {
    return files.write(handle, offset, source, false);
  }

  @Override
  public void store(long offset, ByteBuffer source) throws ErrnoException, IOException {
    files.write(handle, offset, source, true);
    files.fsync(handle);
  }

  @Override
  public void writeAsynchronously(long offset, ByteBuffer source)
      throws ErrnoException, IOException {
    files.write(handle, offset, source, false);
  }

  @Override
  public int read(long offset, ByteBuffer target) throws ErrnoException, IOException {
    return files.read(handle, offset, target);
  }

  @Override
  public void truncate(long size) throws ErrnoException, IOException {
    files.setAttributes(Caller.ROOT, inode, AttributeChange.ofSize(size));
  }

  @Override
  public void punch(long offset, long length) throws ErrnoException, IOException {
    files.allocate(handle, PUNCH_HOLE_KEEP_SIZE, offset, length);
  }

  @Override
  public long copyTo(SoakFile target, long from, long to, long length)
      throws ErrnoException, IOException {
    return files.copy(handle, from, ((VolumeFile) target).handle, to, length);
  }

  @Override
  public void sync(boolean dataOnly) throws ErrnoException, IOException {
    files.fsync(handle);
  }

  @Override
  public void release() throws ErrnoException, IOException {
    files.flush(handle);
    files.release(handle);
  }
}
