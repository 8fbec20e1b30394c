package zonefsj.fs.volume;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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
 */
final class OpenFiles {
  /**
   * An open handle.
   *
   * @param inode whose
   * @param flags how it was opened
   * @param byRoot whether root opened it, and nobody else has it: then a write keeps the set-ID
   *     bits
   */
  record Handle(long inode, OpenFlags flags, boolean byRoot) {}

  private final ConcurrentHashMap<Long, Handle> handles = new ConcurrentHashMap<>();
  private final InodeCounts counts = new InodeCounts();
  private final InodeCounts references = new InodeCounts();

  /** Inodes that live without a name. */
  private final Set<Long> unnamed = ConcurrentHashMap.newKeySet();

  /** Those of them that never had a name, and may be given one. */
  private final Set<Long> neverNamed = ConcurrentHashMap.newKeySet();

  private final AtomicLong nextHandle = new AtomicLong(1);
  private final Object ends = new Object();
  private long ended;

  long open(Caller caller, long inode, OpenFlags flags) {
    long number = nextHandle.getAndIncrement();
    handles.put(number, new Handle(inode, flags, caller.uid() == 0));
    counts.add(inode, 1);
    return number;
  }

  Handle get(long number) throws ErrnoException {
    Handle handle = handles.get(number);
    if (handle == null) {
      throw new ErrnoException(Errno.EBADF, "no open handle " + number);
    }
    return handle;
  }

  /** A handle is not only root's any more. */
  void dropPrivilege(long number) throws ErrnoException {
    if (get(number).byRoot()) {
      handles.computeIfPresent(
          number, (same, handle) -> new Handle(handle.inode(), handle.flags(), false));
    }
  }

  /** Gives a handle up. Returns whether that ends the inode: it has no name, and is not in use. */
  boolean close(long number) {
    Handle handle = handles.remove(number);
    return handle != null && counts.add(handle.inode(), -1) == 0 && isOver(handle.inode());
  }

  /** One more reference to an inode. */
  void retain(long inode) {
    references.add(inode, 1);
  }

  /** So many references fewer. Returns as {@link #close}. */
  boolean forget(long inode, long count) {
    return references.add(inode, -count) == 0 && isOver(inode);
  }

  /** No references any more. Returns what may be over with that. */
  List<Long> forgetAll() {
    references.clear();
    return unnamed.stream().filter(this::isOver).toList();
  }

  boolean isInUse(long inode) {
    return counts.get(inode) > 0 || references.get(inode) > 0;
  }

  /** An inode in use has lost its last name. */
  void addUnnamed(long inode) {
    unnamed.add(inode);
  }

  /** An inode in use has no name yet. */
  void addNeverNamed(long inode) {
    neverNamed.add(inode);
    unnamed.add(inode);
  }

  /** Whether an inode without a name may be given one: only one that never had any. */
  boolean isNeverNamed(long inode) {
    return neverNamed.contains(inode);
  }

  /** An inode has a name now, or is gone. */
  void removeUnnamed(long inode) {
    unnamed.remove(inode);
    neverNamed.remove(inode);
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
        if (millis <= 0 || unnamed.isEmpty()) {
          return false;
        }
        ends.wait(millis);
      }
      return true;
    }
  }

  private boolean isOver(long inode) {
    return unnamed.contains(inode) && !isInUse(inode);
  }
}
