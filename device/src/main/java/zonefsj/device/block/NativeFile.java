// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.locks.StampedLock;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * An open file or block device: positional reads and writes, {@code fdatasync}, {@code flock},
 * holes.
 *
 * <p>Locks are those of flock(2): they belong to this open file description. They therefore also
 * exclude a second open by the same process, and closing another one does not release them.
 *
 * <p>Threading: safe for use by several threads; accesses do not wait for each other. {@link
 * #close} waits for accesses in flight, so that none of them reaches another file with the same
 * descriptor number; for a minute, see {@link CloseLock}.
 */
public final class NativeFile implements Closeable {
  /** More than struct statfs has, which begins with the type. */
  private static final int STATFS_BYTES = 256;

  /** Options of an open. */
  public enum Option {
    /** Open for writing, too. */
    WRITE,
    /** Create the file; fail if it exists. */
    CREATE_NEW,
    /** A file that is created may be read and changed by its owner only. */
    PRIVATE,
    /** Bypass the page cache: memory and positions must be aligned, which this class ensures. */
    DIRECT,
    /** On a block device: fail if it is mounted or otherwise in use. */
    EXCLUSIVE,
    /** Do not wait for somebody who writes, if it is a pipe. */
    NO_WAIT
  }

  private static final int FILE_MODE = 0640;
  private static final int PRIVATE_FILE_MODE = 0600;
  private static final int DRIVE_LOCK_TRIES = 20;
  private static final long DRIVE_LOCK_PAUSE_MILLIS = 100;

  /** Copying a shorter source is cheaper than a system call for it. */
  private static final int MIN_STRAIGHT_BYTES = 32 << 10;

  private final Path path;
  private final int alignmentBytes;
  private final int maxWriteBytes;
  private final StampedLock uses = new StampedLock();
  private final TransientRetry retry = new TransientRetry();

  /** Of its own: what reads met says little of a write, and a failed write costs more. */
  private final TransientRetry writeRetry = new TransientRetry();

  private int fd;

  private NativeFile(Path path, int fd, int alignmentBytes, int maxWriteBytes) {
    this.path = path;
    this.fd = fd;
    this.alignmentBytes = alignmentBytes;
    this.maxWriteBytes = maxWriteBytes;
  }

  /**
   * Opens a file.
   *
   * @throws NativeException with the system's error number
   */
  public static NativeFile open(Path path, Set<Option> options) throws NativeException {
    return open(path, options, Integer.MAX_VALUE);
  }

  /**
   * Opens a file with a limit on the length of each write call; longer writes become several calls
   * in sequence.
   *
   * @throws NativeException with the system's error number
   */
  static NativeFile open(Path path, Set<Option> options, int maxWriteBytes) throws NativeException {
    int flags =
        BlockLibc.O_CLOEXEC
            | (options.contains(Option.WRITE) ? BlockLibc.O_RDWR : BlockLibc.O_RDONLY);
    if (options.contains(Option.CREATE_NEW)) {
      flags |= BlockLibc.O_CREAT | BlockLibc.O_EXCL;
    }
    if (options.contains(Option.EXCLUSIVE)) {
      flags |= BlockLibc.O_EXCL;
    }
    if (options.contains(Option.NO_WAIT)) {
      flags |= BlockLibc.O_NONBLOCK;
    }
    boolean direct = options.contains(Option.DIRECT);
    if (direct) {
      flags |= BlockLibc.directFlag();
    }
    int mode = options.contains(Option.PRIVATE) ? PRIVATE_FILE_MODE : FILE_MODE;
    while (true) {
      int fd = BlockLibc.open(path.toString(), BlockSystem.current().openFlags(flags), mode);
      if (fd >= 0) {
        return new NativeFile(path, fd, direct ? AlignedBuffers.ALIGNMENT_BYTES : 1, maxWriteBytes);
      }
      int errno = Native.getLastError();
      if (errno != BlockLibc.EINTR) {
        throw new NativeException("open " + path, errno);
      }
    }
  }

  /** The path that was opened. */
  Path path() {
    return path;
  }

  /**
   * Fills {@code destination}.
   *
   * @throws EOFException if the file ends earlier
   */
  public void read(long offsetBytes, ByteBuffer destination) throws IOException {
    if (isStraight(destination)) {
      readFully(offsetBytes, destination);
      return;
    }
    ByteBuffer staging = AlignedBuffers.acquire();
    try {
      long offset = offsetBytes;
      while (destination.hasRemaining()) {
        staging.clear().limit(Math.min(destination.remaining(), staging.capacity()));
        readFully(offset, staging);
        offset += staging.flip().remaining();
        destination.put(staging);
      }
    } finally {
      AlignedBuffers.release(staging);
    }
  }

  /**
   * Writes all remaining bytes of all sources, in order and contiguously. Not atomic: bytes written
   * before an error stay written.
   */
  public void write(long offsetBytes, ByteBuffer... sources) throws IOException {
    long offset = offsetBytes;
    ByteBuffer staging = null;
    try {
      for (ByteBuffer source : sources) {
        boolean nothingStaged = staging == null || staging.position() == 0;
        if (nothingStaged && isWorthStraight(source, sources.length)) {
          offset += writeFully(offset, source);
          continue;
        }
        while (source.hasRemaining()) {
          if (staging == null) {
            staging = AlignedBuffers.acquire();
          }
          copy(source, staging);
          if (!staging.hasRemaining()) {
            offset += writeFully(offset, staging.flip());
            staging.clear();
          }
        }
      }
      if (staging != null && staging.position() > 0) {
        writeFully(offset, staging.flip());
      }
    } finally {
      if (staging != null) {
        AlignedBuffers.release(staging);
      }
    }
  }

  /**
   * Writes with one system call, which is not repeated if the host has no memory for it.
   *
   * @param direct aligned, if the file bypasses the page cache; its position does not move
   * @return number of bytes written, which can be fewer than remain
   */
  public int writeOnce(long offsetBytes, ByteBuffer direct) throws IOException {
    long address = Pointer.nativeValue(Native.getDirectBufferPointer(direct)) + direct.position();
    int length = direct.remaining();
    try {
      return (int) call("pwrite", number -> BlockLibc.pwrite(number, address, length, offsetBytes));
    } finally {
      Reference.reachabilityFence(direct);
    }
  }

  /**
   * Type of the filesystem that has the file, a number of linux/magic.h; 0 on another system. Asks
   * the open file: its name may lead elsewhere, or to a filesystem that does not answer.
   */
  public long filesystemType() throws IOException {
    if (BlockSystem.current() != BlockSystem.LINUX) {
      // The structure is another one, and longer.
      return 0;
    }
    try (Memory facts = new Memory(STATFS_BYTES)) {
      call("fstatfs", number -> BlockLibc.fstatfs(number, facts));
      return facts.getNativeLong(0).longValue();
    }
  }

  /**
   * Position of the first byte, at or after an offset in bytes, for which the host has allocated
   * space and which is no space that was only reserved; {@link Long#MAX_VALUE} if there is none.
   * Where the host does not tell, it is the offset itself.
   */
  public long dataFromBytes(long offsetBytes) throws IOException {
    try {
      return call("lseek", number -> BlockLibc.lseek(number, offsetBytes, BlockLibc.SEEK_DATA));
    } catch (NativeException e) {
      if (e.errno() == BlockLibc.ENXIO) {
        return Long.MAX_VALUE;
      }
      throw e;
    }
  }

  /** Makes everything written before durable, as fdatasync(2) does. */
  public void sync() throws IOException {
    call("fdatasync", BlockLibc::fdatasync);
  }

  /** Sets the size; added space is a hole. */
  public void truncate(long sizeBytes) throws IOException {
    call("ftruncate", number -> BlockLibc.ftruncate(number, sizeBytes));
  }

  /** Whether no name leads to the file any more: what is written to it ends with the last close. */
  public boolean isUnlinked() throws IOException {
    return withDescriptor(opened -> Files.getAttribute(opened, "unix:nlink").equals(0));
  }

  /**
   * Looks at this open file by a path that leads to it, whatever its name leads to by now. The file
   * is not closed meanwhile.
   */
  public <T> T withDescriptor(Look<T> look) throws IOException {
    long stamp = uses.readLock();
    try {
      if (fd < 0) {
        throw new ClosedChannelException();
      }
      return look.at(Path.of("/proc/self/fd/" + fd));
    } finally {
      uses.unlockRead(stamp);
    }
  }

  /** The size in bytes, also for block devices. */
  public long sizeBytes() throws IOException {
    return call("lseek", number -> BlockLibc.lseek(number, 0, BlockLibc.SEEK_END));
  }

  /**
   * Locks the file until it is closed, without waiting.
   *
   * @param shared whether other holders may have a shared lock, too
   * @return false if another open file description has a conflicting lock
   */
  public boolean tryLock(boolean shared) throws IOException {
    int operation = (shared ? BlockLibc.LOCK_SH : BlockLibc.LOCK_EX) | BlockLibc.LOCK_NB;
    try {
      call("flock", number -> BlockLibc.flock(number, operation));
      return true;
    } catch (NativeException e) {
      if (e.errno() == BlockLibc.EWOULDBLOCK) {
        return false;
      }
      throw e;
    }
  }

  /**
   * As {@link #tryLock}, for a drive: udev briefly locks a drive whenever it appears or changes, so
   * this waits up to two seconds.
   *
   * @throws InterruptedIOException if the thread is interrupted meanwhile
   */
  public boolean tryLockDrive(boolean shared) throws IOException {
    for (int tries = 1; !tryLock(shared); tries++) {
      if (tries == DRIVE_LOCK_TRIES) {
        return false;
      }
      try {
        Thread.sleep(DRIVE_LOCK_PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException(path + ": interrupted while waiting for its lock");
      }
    }
    return true;
  }

  /**
   * Releases a range to the host's filesystem; it then reads as zeros.
   *
   * @return whether the host's filesystem supports this; if not, nothing changed
   */
  public boolean punchHole(long offsetBytes, long lengthBytes) throws IOException {
    if (BlockSystem.current() != BlockSystem.LINUX) {
      return false;
    }
    int mode = BlockLibc.FALLOC_FL_PUNCH_HOLE | BlockLibc.FALLOC_FL_KEEP_SIZE;
    try {
      call("fallocate", number -> LinuxLibc.fallocate(number, mode, offsetBytes, lengthBytes));
      return true;
    } catch (NativeException e) {
      if (e.errno() == BlockLibc.EOPNOTSUPP || e.errno() == BlockLibc.ENOSYS) {
        return false;
      }
      throw e;
    }
  }

  /** Calls ioctl(2) with a direct buffer as argument. */
  void ioctl(String name, long request, ByteBuffer argument) throws IOException {
    Pointer pointer = Native.getDirectBufferPointer(argument);
    try {
      retriedCall(name, retry, number -> BlockLibc.ioctl(number, request, pointer));
    } finally {
      Reference.reachabilityFence(argument);
    }
  }

  @Override
  public void close() throws IOException {
    close(number -> 0);
  }

  /**
   * Closes the file, and sets its size when no access can change it any more.
   *
   * @throws IOException if one of both failed; the file is closed all the same
   */
  public void closeTruncated(long sizeBytes) throws IOException {
    close(number -> BlockLibc.ftruncate(number, sizeBytes));
  }

  private void close(SystemCall last) throws IOException {
    retry.end();
    writeRetry.end();
    long stamp = CloseLock.await(uses, path);
    try {
      if (fd >= 0) {
        int number = fd;
        fd = -1;
        long result = TransientRetry.uninterrupted(() -> last.apply(number));
        if (BlockLibc.close(number) != 0) {
          throw new NativeException("close " + path, Native.getLastError());
        }
        if (result < 0) {
          throw new NativeException("ftruncate " + path, (int) -result);
        }
      }
    } finally {
      uses.unlockWrite(stamp);
    }
  }

  private boolean isStraight(ByteBuffer buffer) {
    return buffer.isDirect()
        && (alignmentBytes == 1
            || (buffer.remaining() % alignmentBytes == 0
                && buffer.alignmentOffset(buffer.position(), alignmentBytes) == 0));
  }

  private boolean isWorthStraight(ByteBuffer source, int sources) {
    return isStraight(source) && (sources == 1 || source.remaining() >= MIN_STRAIGHT_BYTES);
  }

  private void readFully(long offsetBytes, ByteBuffer direct) throws IOException {
    long offset = offsetBytes;
    while (direct.hasRemaining()) {
      int count = transfer("pread", retry, BlockLibc::pread, offset, direct, direct.remaining());
      if (count == 0) {
        throw new EOFException(path + " ends at " + offset + " in the middle of a read");
      }
      offset += count;
    }
  }

  private int writeFully(long offsetBytes, ByteBuffer direct) throws IOException {
    int total = direct.remaining();
    long offset = offsetBytes;
    while (direct.hasRemaining()) {
      int length = Math.min(direct.remaining(), maxWriteBytes);
      int count = transfer("pwrite", writeRetry, BlockLibc::pwrite, offset, direct, length);
      if (count == 0) {
        throw new NativeException("pwrite " + path + " took nothing", BlockLibc.EIO);
      }
      offset += count;
    }
    return total;
  }

  /** Transfers the bytes of one system call and advances the buffer's position. */
  private int transfer(
      String name,
      TransientRetry withRetry,
      Transfer transfer,
      long offsetBytes,
      ByteBuffer direct,
      int length)
      throws IOException {
    long address = Pointer.nativeValue(Native.getDirectBufferPointer(direct)) + direct.position();
    try {
      int count =
          (int)
              retriedCall(
                  name, withRetry, number -> transfer.apply(number, address, length, offsetBytes));
      direct.position(direct.position() + count);
      return count;
    } finally {
      Reference.reachabilityFence(direct);
    }
  }

  private long call(String name, SystemCall systemCall) throws IOException {
    return call(name, systemCall, TransientRetry::uninterrupted);
  }

  /** As {@link #call}, for a call that may be repeated when the host had no memory for it. */
  private long retriedCall(String name, TransientRetry withRetry, SystemCall systemCall)
      throws IOException {
    return call(name, systemCall, call -> withRetry.call(() -> name + " " + path, call));
  }

  private long call(String name, SystemCall systemCall, ToLongFunction<LongSupplier> repeated)
      throws IOException {
    long stamp = uses.readLock();
    try {
      if (fd < 0) {
        throw new ClosedChannelException();
      }
      long result = repeated.applyAsLong(() -> systemCall.apply(fd));
      if (result < 0) {
        throw new NativeException(name + " " + path, (int) -result);
      }
      return result;
    } finally {
      uses.unlockRead(stamp);
    }
  }

  private static void copy(ByteBuffer source, ByteBuffer staging) {
    int limit = source.limit();
    source.limit(source.position() + Math.min(source.remaining(), staging.remaining()));
    staging.put(source);
    source.limit(limit);
  }

  /** What is done with the path of an open file. */
  @FunctionalInterface
  public interface Look<T> {
    /** Looks at the file. */
    T at(Path opened) throws IOException;
  }

  /** A system call on the descriptor; a negative result is a failure. */
  @FunctionalInterface
  private interface SystemCall {
    long apply(int fd);
  }

  /** pread or pwrite. */
  @FunctionalInterface
  private interface Transfer {
    long apply(int fd, long address, long count, long offset);
  }
}
