// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import zonefsj.fs.ErrnoException;

/** A descriptor of a file on a mount. */
final class MountedFile implements SoakFile {
  private final int fd;
  private final Path path;
  private final MappedStores stores;

  MountedFile(int fd, Path path, MappedStores stores) {
    this.fd = fd;
    this.path = path;
    this.stores = stores;
  }

  @Override
  public int write(long offset, ByteBuffer source) throws ErrnoException, IOException {
    int length = source.remaining();
    int done = 0;
    Pointer bytes = Native.getDirectBufferPointer(source).share(source.position());
    while (done < length) {
      long answer = SystemCalls.pwrite(fd, bytes.share(done), length - done, offset + done);
      if (answer < 0 && done > 0) {
        return done;
      }
      done += (int) SystemCalls.check(answer);
    }
    return done;
  }

  @Override
  public void store(long offset, ByteBuffer source) throws ErrnoException, IOException {
    stores.store(path, offset, source);
  }

  @Override
  public void writeAsynchronously(long offset, ByteBuffer source)
      throws ErrnoException, IOException {
    stores.writeAsynchronously(path, offset, source);
  }

  @Override
  public int read(long offset, ByteBuffer target) throws ErrnoException, IOException {
    Pointer bytes = Native.getDirectBufferPointer(target).share(target.position());
    int length = target.remaining();
    int done = 0;
    while (done < length) {
      int more =
          (int)
              SystemCalls.check(
                  SystemCalls.pread(fd, bytes.share(done), length - done, offset + done));
      if (more == 0) {
        break;
      }
      done += more;
    }
    target.position(target.position() + done);
    return done;
  }

  @Override
  public void truncate(long size) throws ErrnoException, IOException {
    SystemCalls.check(SystemCalls.ftruncate(fd, size));
  }

  @Override
  public void punch(long offset, long length) throws ErrnoException, IOException {
    SystemCalls.check(SystemCalls.fallocate(fd, SystemCalls.PUNCH_HOLE_KEEP_SIZE, offset, length));
  }

  @Override
  public long copyTo(SoakFile target, long from, long to, long length)
      throws ErrnoException, IOException {
    return SystemCalls.check(
        SystemCalls.copy_file_range(
            fd, new long[] {from}, ((MountedFile) target).fd, new long[] {to}, length, 0));
  }

  @Override
  public void sync(boolean dataOnly) throws ErrnoException, IOException {
    SystemCalls.check(dataOnly ? SystemCalls.fdatasync(fd) : SystemCalls.fsync(fd));
  }

  @Override
  public void release() throws ErrnoException, IOException {
    SystemCalls.check(SystemCalls.close(fd));
  }
}
