// SPDX-License-Identifier: Apache-2.0
package zonefsj.fs.volume.operations;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;

/**
 * What keeps an inode alive that has no name: open handles, and references by number. Thread-safe;
 * handles of one inode are opened and closed under its lock, so that an unlink sees whether the
 * file is open.
 *
 * <p>All in tables of numbers: an open file takes three entries, one for its handle, one for its
 * inode being in use, one for the kernel's references to it: 64 to 129 bytes, 192 at most after
 * many were closed. Handles are as many as take a third of the heap that way; then opening answers
 * ENFILE.
 */
public final class OpenFiles {
  /** Heap for each handle that may be open: 670,000 in 256 MiB. */
  private static final int HEAP_BYTES_A_HANDLE = 384;

  // The number of a handle: how it was opened, and which one it is above that.
  private static final int READ = 1;
  private static final int WRITE = 2;
  private static final int APPEND = 4;
  private static final int TRUNCATE = 8;
  private static final int SYNC = 16;
  private static final int BY_ROOT = 32;
  private static final int WHICH_SHIFT = 6;

  // An inode: its bits, and the number of its handles above them.
  /** It lives without a name. */
  private static final int UNNAMED = 1;

  /** It never had one, and may be given one. */
  private static final int NEVER_NAMED = 2;

  private static final int HANDLE = 4;

  /**
   * An open handle.
   *
   * @param inode whose
   * @param flags how it was opened
   * @param byRoot whether root opened it, and nobody else has it: then a write keeps the set-ID
   *     bits
   */
  record Handle(long inode, OpenFlags flags, boolean byRoot) {}

  /** The inode of each handle. */
  private final NumberTable handles = new NumberTable();

  /** Handles that root opened, and others have, too. */
  private final NumberTable shared = new NumberTable();

  private final NumberTable uses = new NumberTable();
  private final NumberTable references = new NumberTable();
  private final long mostHandles;
  private final AtomicLong nextHandle = new AtomicLong(1);
  private final AtomicLong openHandles = new AtomicLong();
  private final AtomicLong unnamed = new AtomicLong();
  private final Object ends = new Object();
  private long ended;

  /** As many handles as the heap has room for. */
  public OpenFiles() {
    this(Runtime.getRuntime().maxMemory() / HEAP_BYTES_A_HANDLE);
  }

  /**
   * @param mostHandles how many may be open, and as many more as threads open some at once
   */
  OpenFiles(long mostHandles) {
    this.mostHandles = mostHandles;
  }

  /** Refuses when too many are open. Called before anything is changed. */
  void checkRoom() throws ErrnoException {
    if (openHandles.get() >= mostHandles) {
      throw new ErrnoException(
          Errno.ENFILE, mostHandles + " files are open: the daemon's heap takes no more");
    }
  }

  /** Opens a handle. The caller has asked {@link #checkRoom}. */
  long open(Caller caller, long inode, OpenFlags flags) {
    long number =
        nextHandle.getAndIncrement() << WHICH_SHIFT
            | bits(flags)
            | (caller.uid() == 0 ? BY_ROOT : 0);
    handles.update(number, none -> inode);
    openHandles.incrementAndGet();
    uses.add(inode, HANDLE);
    return number;
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
    return new Handle(inode, flags, (number & BY_ROOT) != 0 && shared.get(number) == 0);
  }

  /** A handle is not only root's any more. */
  void dropPrivilege(long number) throws ErrnoException {
    if (get(number).byRoot()) {
      shared.update(number, present -> 1);
      if (handles.get(number) == 0) {
        // It was closed meanwhile.
        shared.update(number, present -> 0);
      }
    }
  }

  /** Gives a handle up. Returns whether that ends the inode: it has no name, and is not in use. */
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
    shared.update(number, present -> 0);
    openHandles.decrementAndGet();
    return uses.add(inode[0], -HANDLE) < HANDLE && isOver(inode[0]);
  }

  /** One more reference to an inode. */
  void retain(long inode) {
    references.add(inode, 1);
  }

  /** So many references fewer. Returns as {@link #close}. */
  boolean forget(long inode, long count) {
    return references.add(inode, -count) == 0 && isOver(inode);
  }

  /** Takes inodes. */
  @FunctionalInterface
  interface Inodes {
    void accept(long inode) throws ErrnoException, IOException;
  }

  /** No references any more. Tells what may be over with that, some at a time. */
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

  /** An inode in use has lost its last name. */
  void addUnnamed(long inode) {
    addUnnamed(inode, UNNAMED);
  }

  /** An inode in use has no name yet. */
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

  /** Whether an inode without a name may be given one: only one that never had any. */
  boolean isNeverNamed(long inode) {
    return (uses.get(inode) & NEVER_NAMED) != 0;
  }

  /** An inode has a name now, or is gone. */
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

  /** How many inodes stopped to live without a name. */
  long ended() {
    synchronized (ends) {
      return ended;
    }
  }

  /**
   * Waits for an inode that lives without a name to end.
   *
   * @param seen what {@link #ended} told before
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

  /** Heap that all this takes. */
  long memoryBytes() {
    return handles.memoryBytes()
        + shared.memoryBytes()
        + uses.memoryBytes()
        + references.memoryBytes();
  }

  private boolean isOver(long inode) {
    return (uses.get(inode) & UNNAMED) != 0 && !isInUse(inode);
  }
}
