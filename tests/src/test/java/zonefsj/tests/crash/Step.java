// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import static zonefsj.tests.crash.StepPaths.bytes;
import static zonefsj.tests.crash.StepPaths.name;
import static zonefsj.tests.crash.StepPaths.open;
import static zonefsj.tests.crash.StepPaths.parent;
import static zonefsj.tests.crash.StepPaths.resolve;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.Random;
import zonefsj.fs.AttributeChange;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.FileMode;
import zonefsj.fs.OpenFlags;
import zonefsj.fs.RenameMode;
import zonefsj.fs.XattrMode;
import zonefsj.fs.ZoneFileSystem;
import zonefsj.tests.fixture.ForgedContent;

/**
 * One step of a workload: at most one request that changes the tree, so that between two steps the
 * tree is in no state that a crash must not leave.
 */
sealed interface Step {
  /** Whether everything before it, and itself, is durable when it returns. */
  default boolean isDurable() {
    return false;
  }

  /** A step that a filesystem does. */
  sealed interface Request extends Step {
    /** Does it. */
    void on(ZoneFileSystem fileSystem) throws ErrnoException, IOException;
  }

  /** creat(2) of a new file. */
  record Create(String path) implements Request {
    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      fs.release(
          fs.create(Caller.ROOT, parent(fs, path), name(path), 0644, OpenFlags.READ_WRITE)
              .handle());
    }
  }

  /**
   * pwrite(2), or write(2) with O_APPEND; the bytes come from the seed. One in four looks like
   * frames of the filesystem.
   */
  record Write(String path, long offset, int length, long seed, boolean append, boolean sync)
      implements Request {
    @Override
    public boolean isDurable() {
      return sync;
    }

    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      long handle = open(fs, path, new OpenFlags(true, true, append, false, sync));
      try {
        fs.write(handle, offset, ByteBuffer.wrap(bytes()), false);
      } finally {
        fs.release(handle);
      }
    }

    private byte[] bytes() {
      if ((seed & 3) == 0) {
        return ForgedContent.bytes(CrashDrives.FILESYSTEM, seed, length);
      }
      byte[] bytes = new byte[length];
      new Random(seed).nextBytes(bytes);
      return bytes;
    }
  }

  /** pwrite(2) of zeros from the beginning. */
  record Fill(String path, int length) implements Request {
    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      long handle = open(fs, path, OpenFlags.READ_WRITE);
      try {
        fs.write(handle, 0, ByteBuffer.allocate(length), false);
      } finally {
        fs.release(handle);
      }
    }
  }

  /** truncate(2). */
  record Truncate(String path, long size) implements Request {
    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      fs.setAttributes(Caller.ROOT, resolve(fs, path), AttributeChange.ofSize(size));
    }
  }

  /** fallocate(2) with FALLOC_FL_PUNCH_HOLE. */
  record Punch(String path, long offset, int length) implements Request {
    private static final int PUNCH_AND_KEEP_SIZE = 3;

    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      long handle = open(fs, path, OpenFlags.READ_WRITE);
      try {
        fs.allocate(handle, PUNCH_AND_KEEP_SIZE, offset, length);
      } finally {
        fs.release(handle);
      }
    }
  }

  /** fallocate(2) of a new range, or with FALLOC_FL_ZERO_RANGE. */
  record Allocate(String path, long offset, int length, boolean zero) implements Request {
    private static final int ZERO_RANGE = 16;

    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      long handle = open(fs, path, OpenFlags.READ_WRITE);
      try {
        fs.allocate(handle, zero ? ZERO_RANGE : 0, offset, length);
      } finally {
        fs.release(handle);
      }
    }
  }

  /** utimensat(2). */
  record ChangeTimes(String path, Instant time) implements Request {
    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      fs.setAttributes(Caller.ROOT, resolve(fs, path), AttributeChange.ofTimes(time, time));
    }
  }

  /** chmod(2). */
  record ChangeMode(String path, int mode) implements Request {
    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      fs.setAttributes(Caller.ROOT, resolve(fs, path), AttributeChange.ofMode(mode));
    }
  }

  /** rename(2), renameat2(2). */
  record Rename(String from, String to, RenameMode mode) implements Request {
    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      fs.rename(Caller.ROOT, parent(fs, from), name(from), parent(fs, to), name(to), mode);
    }
  }

  /** unlink(2). */
  record Unlink(String path) implements Request {
    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      fs.unlink(Caller.ROOT, parent(fs, path), name(path));
    }
  }

  /** mkdir(2). */
  record MakeDirectory(String path) implements Request {
    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      fs.makeDirectory(Caller.ROOT, parent(fs, path), name(path), 0755);
    }
  }

  /** rmdir(2). */
  record RemoveDirectory(String path) implements Request {
    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      fs.removeDirectory(Caller.ROOT, parent(fs, path), name(path));
    }
  }

  /** link(2). */
  record Link(String from, String to) implements Request {
    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      fs.link(Caller.ROOT, resolve(fs, from), parent(fs, to), name(to));
    }
  }

  /** symlink(2). */
  record Symlink(String path, String target) implements Request {
    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      fs.makeSymlink(Caller.ROOT, parent(fs, path), name(path), bytes(target));
    }
  }

  /** mkfifo(3). */
  record MakeFifo(String path) implements Request {
    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      fs.makeNode(Caller.ROOT, parent(fs, path), name(path), FileMode.FIFO | 0600, 0);
    }
  }

  /** setxattr(2). */
  record SetXattr(String path, String name, int length) implements Request {
    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      byte[] value = new byte[length];
      new Random(length).nextBytes(value);
      fs.setXattr(Caller.ROOT, resolve(fs, path), bytes(name), value, XattrMode.ANY);
    }
  }

  /** removexattr(2). */
  record RemoveXattr(String path, String name) implements Request {
    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      fs.removeXattr(Caller.ROOT, resolve(fs, path), bytes(name));
    }
  }

  /** setxattr(2) of an ACL that names a user. */
  record SetAcl(String path, boolean forNew, int mode) implements Request {
    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      ByteBuffer value = ByteBuffer.allocate(44).order(ByteOrder.LITTLE_ENDIAN).putInt(2);
      entry(value, 1, mode >> 6, -1);
      entry(value, 2, 5, 1000);
      entry(value, 4, 5, -1);
      entry(value, 16, mode >> 3, -1);
      entry(value, 32, mode, -1);
      String name = forNew ? "system.posix_acl_default" : "system.posix_acl_access";
      fs.setXattr(Caller.ROOT, resolve(fs, path), bytes(name), value.array(), XattrMode.ANY);
    }

    private static void entry(ByteBuffer value, int tag, int rights, int id) {
      value.putShort((short) tag).putShort((short) (rights & 7)).putInt(id);
    }
  }

  /** open(2) with O_TMPFILE, pwrite(2) and linkat(2): only the name changes the tree. */
  record LinkUnnamed(String path, int length) implements Request {
    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      ZoneFileSystem.Created made =
          fs.createUnnamed(Caller.ROOT, parent(fs, path), 0640, OpenFlags.READ_WRITE);
      try {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        fs.write(made.handle(), 0, ByteBuffer.wrap(bytes), false);
        fs.link(Caller.ROOT, made.attributes().inode(), parent(fs, path), name(path));
      } finally {
        fs.release(made.handle());
      }
    }
  }

  /** copy_file_range(2), once, of no more than one call copies; ENODATA if that is nothing. */
  record Copy(String from, long fromOffset, String to, long toOffset, int length, boolean sync)
      implements Request {
    @Override
    public boolean isDurable() {
      return sync;
    }

    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      long source = open(fs, from, OpenFlags.READ);
      try {
        long target = open(fs, to, new OpenFlags(true, true, false, false, sync));
        try {
          if (fs.copy(source, fromOffset, target, toOffset, length) == 0) {
            throw new ErrnoException(Errno.ENODATA, "nothing to copy");
          }
        } finally {
          fs.release(target);
        }
      } finally {
        fs.release(source);
      }
    }
  }

  /** fsync(2). */
  record Fsync(String path) implements Request {
    @Override
    public boolean isDurable() {
      return true;
    }

    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      long handle = open(fs, path, OpenFlags.READ);
      try {
        fs.fsync(handle);
      } finally {
        fs.release(handle);
      }
    }
  }

  /** fsync(2) of a directory. */
  record FsyncDirectory(String path) implements Request {
    @Override
    public boolean isDurable() {
      return true;
    }

    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      long handle = fs.openDirectory(resolve(fs, path));
      try {
        fs.fsync(handle);
      } finally {
        fs.releaseDirectory(handle);
      }
    }
  }

  /** sync(2). */
  record Sync() implements Request {
    @Override
    public boolean isDurable() {
      return true;
    }

    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      fs.sync();
    }
  }

  /** A file is opened, unlinked, written and read: it lives until its handle is closed. */
  record WriteUnlinked(String path, int length) implements Request {
    @Override
    public void on(ZoneFileSystem fs) throws ErrnoException, IOException {
      long handle = open(fs, path, OpenFlags.READ_WRITE);
      try {
        fs.unlink(Caller.ROOT, parent(fs, path), name(path));
        fs.write(handle, 0, ByteBuffer.allocate(length), false);
        fs.fsync(handle);
      } finally {
        fs.release(handle);
      }
    }
  }

  /** The collector frees what it can. */
  record Collect() implements Step {}

  /** The index is stored in zones. */
  record Checkpoint() implements Step {
    @Override
    public boolean isDurable() {
      return true;
    }
  }

  /** The filesystem gives its last zones up, or takes all zones of the drive. */
  record Resize(int zones) implements Step {}

  /** umount(8) and mount(8). */
  record Remount() implements Step {
    @Override
    public boolean isDurable() {
      return true;
    }
  }
}
