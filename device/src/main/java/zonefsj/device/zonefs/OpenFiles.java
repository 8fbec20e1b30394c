// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.zonefs;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import zonefsj.device.block.NativeFile;

/**
 * Files that stay open after their use, up to a limit: with the mount option {@code explicit-open},
 * an open for writing is one of the drive's open zones. The one that was used longest ago is closed
 * first. Thread-safe; an access waits only if all files that may be open are in use.
 */
final class OpenFiles implements Closeable {
  private final ZoneFiles mount;
  private final boolean writes;
  private final int most;

  /** The one that was used longest ago is the first; guarded by this. */
  private final Map<Path, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

  private boolean closed;

  private static final class Entry {
    final NativeFile file;
    int users;
    boolean leaves;

    Entry(NativeFile file) {
      this.file = file;
    }
  }

  /** Uses an open file. */
  @FunctionalInterface
  interface Use {
    /** Called once, with a file that stays open meanwhile. */
    void of(NativeFile file) throws IOException;
  }

  /**
   * @param writes whether the files are opened for writing
   * @param most limit of files, at least 1
   */
  OpenFiles(ZoneFiles mount, boolean writes, int most) {
    this.mount = mount;
    this.writes = writes;
    this.most = most;
  }

  /** Uses a file, which stays open. */
  void with(Path path, Use use) throws IOException {
    Entry entry = acquire(path);
    try {
      use.of(entry.file);
    } finally {
      release(entry);
    }
  }

  /** Closes a file, if it is open, when nobody uses it any more. */
  synchronized void drop(Path path) throws IOException {
    Entry entry = entries.remove(path);
    if (entry != null) {
      entry.leaves = true;
      closeIfLeft(entry);
    }
  }

  private synchronized Entry acquire(Path path) throws IOException {
    Entry entry = entries.get(path);
    while (entry == null) {
      if (closed) {
        throw new ClosedChannelException();
      }
      if (entries.size() < most || evict()) {
        entry = new Entry(mount.open(path, writes));
        entries.put(path, entry);
      } else {
        await();
        entry = entries.get(path);
      }
    }
    entry.users++;
    return entry;
  }

  private synchronized void release(Entry entry) throws IOException {
    entry.users--;
    notifyAll();
    closeIfLeft(entry);
  }

  private static void closeIfLeft(Entry entry) throws IOException {
    if (entry.leaves && entry.users == 0) {
      entry.file.close();
    }
  }

  @SuppressWarnings("WaitNotInLoop") // the caller looks again
  private synchronized void await() throws InterruptedIOException {
    try {
      wait();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while all files are in use");
    }
  }

  /** Closes the file that was used longest ago and that nobody uses; false if there is none. */
  private synchronized boolean evict() throws IOException {
    for (Iterator<Entry> oldest = entries.values().iterator(); oldest.hasNext(); ) {
      Entry entry = oldest.next();
      if (entry.users == 0) {
        oldest.remove();
        entry.file.close();
        return true;
      }
    }
    return false;
  }

  @Override
  public void close() throws IOException {
    Map<Path, Entry> left;
    synchronized (this) {
      closed = true;
      left = new LinkedHashMap<>(entries);
      entries.clear();
      notifyAll();
    }
    IOException failure = null;
    for (Entry entry : left.values()) {
      try {
        entry.file.close();
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
