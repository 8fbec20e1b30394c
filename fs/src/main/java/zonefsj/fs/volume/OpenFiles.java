package zonefsj.fs.volume;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import zonefsj.fs.Caller;
import zonefsj.fs.Errno;
import zonefsj.fs.ErrnoException;
import zonefsj.fs.OpenFlags;

/**
 * Open handles, and how many each inode has. Thread-safe; counts of one inode change under its
 * lock, so that an unlink sees whether the file is open.
 */
final class OpenFiles {
  /**
   * An open handle.
   *
   * @param inode whose
   * @param flags how it was opened
   * @param byRoot whether root opened it: then a write keeps the set-ID bits
   */
  record Handle(long inode, OpenFlags flags, boolean byRoot) {}

  private final ConcurrentHashMap<Long, Handle> handles = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Long, Integer> counts = new ConcurrentHashMap<>();
  private final AtomicLong nextHandle = new AtomicLong(1);

  long open(Caller caller, long inode, OpenFlags flags) {
    long number = nextHandle.getAndIncrement();
    handles.put(number, new Handle(inode, flags, caller.uid() == 0));
    counts.merge(inode, 1, Integer::sum);
    return number;
  }

  Handle get(long number) throws ErrnoException {
    Handle handle = handles.get(number);
    if (handle == null) {
      throw new ErrnoException(Errno.EBADF, "no open handle " + number);
    }
    return handle;
  }

  /** Gives a handle up. Returns whether it was the inode's last. */
  boolean close(long number) {
    Handle handle = handles.remove(number);
    return handle != null
        && counts.computeIfPresent(handle.inode(), (inode, n) -> n == 1 ? null : n - 1) == null;
  }

  boolean isOpen(long inode) {
    return counts.containsKey(inode);
  }
}
