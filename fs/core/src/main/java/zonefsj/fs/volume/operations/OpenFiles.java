// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;

/**
 * References that keep an inode alive without a name: open handles, and the kernel's references by
 * number. Thread-safe; handles of one inode are opened and closed under its lock, so that an unlink
 * sees whether the file is open.
 *
 * <p>All state is in tables of numbers. An open file takes three entries: its handle, the use of
 * its inode, and the kernel's references to it. These take 64 to 129 bytes, at most 192 after many
 * were closed. Handles are limited so that they take a third of the heap; then opening fails with
 * ENFILE.
 */
public final class OpenFiles {
  /** Heap for each handle that may be open: 670,000 in 256 MiB. */
  private static final int HEAP_BYTES_A_HANDLE = 384;

  // The number of a handle: its flags in the low bits, a serial number above them.
  private static final int READ = 1;
  private static final int WRITE = 2;
  private static final int APPEND = 4;
  private static final int TRUNCATE = 8;
  private static final int SYNC = 16;
  private static final int WHICH_SHIFT = 5;

  // The use of an inode: its bits, and the number of its handles above them.
  /** The inode has no name. */
  private static final int UNNAMED = 1;

  /** The inode never had a name, and may get one. */
  private static final int NEVER_NAMED = 2;

  private static final int HANDLE = 4;

  /**
   * An open handle.
   *
   * @param inode of the open file
   * @param flags how it was opened
   */
  record Handle(long inode, OpenFlags flags) {}

  /** The inode of each handle. */
  private final NumberTable handles = new NumberTable();

  private final NumberTable uses = new NumberTable();
  private final NumberTable references = new NumberTable();
  private final long mostHandles;
  private final AtomicLong nextHandle = new AtomicLong(1);
  private final AtomicLong openHandles = new AtomicLong();
  private final AtomicLong unnamed = new AtomicLong();
  private final Object ends = new Object();
  private long ended;

  /** Allows as many handles as the heap has room for. */
  public OpenFiles() {
    this(Runtime.getRuntime().maxMemory() / HEAP_BYTES_A_HANDLE);
  }

  /**
   * @param mostHandles limit of open handles; concurrent opens may exceed it by one for each thread
   */
  OpenFiles(long mostHandles) {
    this.mostHandles = mostHandles;
  }

  /** Throws if too many handles are open. Called before anything is changed. */
  void checkRoom() throws ErrnoException {
    if (openHandles.get() >= mostHandles) {
      throw new ErrnoException(
          Errno.ENFILE, mostHandles + " files are open: the daemon's heap takes no more");
    }
  }

  /** Opens a handle. The caller has called {@link #checkRoom}. */
  long open(long inode, OpenFlags flags) {
    long number = nextHandle.getAndIncrement() << WHICH_SHIFT | bits(flags);
    handles.update(number, none -> inode);
    openHandles.incrementAndGet();
    uses.add(inode, HANDLE);
    return number;
  }

  /** No handle so far has a greater number. */
  long newestHandle() {
    return nextHandle.get() << WHICH_SHIFT;
  }

  private static int bits(OpenFlags flags) {
    return (flags.read() ? READ : 0)
        | (flags.write() ? WRITE : 0)
        | (flags.append() ? APPEND : 0)
        | (flags.truncate() ? TRUNCATE : 0)
        | (flags.sync() ? SYNC : 0);
  }

  Handle get(long number) throws ErrnoException {
    long inode = handles.get(number);
    if (inode == 0) {
      throw new ErrnoException(Errno.EBADF, "no open handle " + number);
    }
    OpenFlags flags =
        new OpenFlags(
            (number & READ) != 0,
            (number & WRITE) != 0,
            (number & APPEND) != 0,
            (number & TRUNCATE) != 0,
            (number & SYNC) != 0);
    return new Handle(inode, flags);
  }

  /**
   * Closes a handle. Returns whether the inode must be deleted: it has no name and is not in use.
   */
  boolean close(long number) {
    long[] inode = {0};
    handles.update(
        number,
        present -> {
          inode[0] = present;
          return 0;
        });
    if (inode[0] == 0) {
      return false;
    }
    openHandles.decrementAndGet();
    return uses.add(inode[0], -HANDLE) < HANDLE && isOver(inode[0]);
  }

  /** Adds a reference to an inode. */
  void retain(long inode) {
    references.add(inode, 1);
  }

  /** Removes references. Returns as {@link #close}. */
  boolean forget(long inode, long count) {
    return references.add(inode, -count) == 0 && isOver(inode);
  }

  /** Receives inodes. */
  @FunctionalInterface
  public interface Inodes {
    /** Receives an inode number. */
    void accept(long inode) throws ErrnoException, IOException;
  }

  /** Removes all references. Passes on the inodes that may have to be deleted, stripe by stripe. */
  void forgetAll(Inodes over) throws ErrnoException, IOException {
    references.clear();
    for (int stripe = 0; stripe < NumberTable.STRIPES; stripe++) {
      for (long inode : uses.keys(stripe, use -> (use & UNNAMED) != 0 && use < HANDLE)) {
        over.accept(inode);
      }
    }
  }

  boolean isInUse(long inode) {
    return uses.get(inode) >= HANDLE || references.get(inode) > 0;
  }

  /** Notes that an inode has no name any more, but is in use or will be deleted later. */
  void addUnnamed(long inode) {
    addUnnamed(inode, UNNAMED);
  }

  /** Notes that an inode in use has no name yet. */
  void addNeverNamed(long inode) {
    addUnnamed(inode, UNNAMED | NEVER_NAMED);
  }

  private void addUnnamed(long inode, int bits) {
    uses.update(
        inode,
        use -> {
          if ((use & UNNAMED) == 0) {
            unnamed.incrementAndGet();
          }
          return use | bits;
        });
  }

  /** Whether an inode without a name may get one: only if it never had any. */
  boolean isNeverNamed(long inode) {
    return (uses.get(inode) & NEVER_NAMED) != 0;
  }

  /** Notes that an inode has a name now, or is deleted. */
  void removeUnnamed(long inode) {
    uses.update(
        inode,
        use -> {
          if ((use & UNNAMED) != 0) {
            unnamed.decrementAndGet();
          }
          return use & ~(UNNAMED | NEVER_NAMED);
        });
    synchronized (ends) {
      ended++;
      ends.notifyAll();
    }
  }

  /** Number of inodes that ceased to be unnamed. */
  long ended() {
    synchronized (ends) {
      return ended;
    }
  }

  /**
   * Waits until an unnamed inode ends.
   *
   * @param seen an earlier result of {@link #ended}
   * @return whether one ended since; false if there is none, or none ended in time
   */
  boolean awaitEnd(long seen, Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    synchronized (ends) {
      while (ended == seen) {
        long millis = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (millis <= 0 || unnamed.get() == 0) {
          return false;
        }
        ends.wait(millis);
      }
      return true;
    }
  }

  /** Memory of the tables, on the heap and outside it. */
  long memoryBytes() {
    return handles.memoryBytes() + uses.memoryBytes() + references.memoryBytes();
  }

  private boolean isOver(long inode) {
    return (uses.get(inode) & UNNAMED) != 0 && !isInUse(inode);
  }
}
