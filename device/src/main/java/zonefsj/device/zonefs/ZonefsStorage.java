// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.zonefs;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import zonefsj.device.AccessRules;
import zonefsj.device.ZoneCondition;
import zonefsj.device.block.NativeException;
import zonefsj.device.block.NativeFile;
import zonefsj.device.software.SoftwareZoneState;
import zonefsj.device.software.SoftwareZoneStates;
import zonefsj.device.software.Zeros;
import zonefsj.device.software.ZoneStorage;

/** Zones that are files of zonefs. The kernel keeps their write pointers. */
final class ZonefsStorage implements ZoneStorage {
  private static final int MOST_READERS = 64;
  private static final int MOST_WRITERS = 64;
  private static final String WRITTEN_ALL_THE_SAME =
      "; the bytes are written all the same: some kernels of Linux 6.1 fail every direct write to"
          + " zonefs, newer ones do not";

  private final ZoneFiles mount;
  private final List<ZoneFile> files;
  private final Closeable owner;
  private final OpenFiles readers;
  private final OpenFiles writers;

  /** Zones whose files have become shorter. */
  private final Set<Integer> wereReset = ConcurrentHashMap.newKeySet();

  /** Number of changes that have ended, and the zone of the last one. */
  private final AtomicLong changes = new AtomicLong();

  private volatile int lastChanged;

  /** How many of them a flush has covered; changed under this object's monitor. */
  private long flushedChanges;

  /**
   * @param owner keeps others from the mount; owned from now on
   */
  ZonefsStorage(ZoneFiles mount, List<ZoneFile> files, Closeable owner) {
    this.mount = mount;
    this.files = files;
    this.owner = owner;
    this.readers = new OpenFiles(mount, false, MOST_READERS);
    this.writers =
        new OpenFiles(
            mount, true, Math.min(MOST_WRITERS, mount.maxOpenZones().orElse(MOST_WRITERS)));
  }

  @Override
  public void read(int zone, long offsetBytes, ByteBuffer destination) throws IOException {
    ZoneFile file = files.get(zone);
    try {
      readers.with(
          file.path(), opened -> opened.read(file.offsetBytes() + offsetBytes, destination));
    } catch (EOFException e) {
      if (!wereReset.contains(zone)) {
        throw e;
      }
      // A reset has overtaken the read.
      Zeros.put(destination, destination.remaining());
    }
  }

  @Override
  public void write(int zone, long offsetBytes, ByteBuffer[] sources) throws IOException {
    ZoneFile file = files.get(zone);
    long length = AccessRules.totalBytes(sources);
    try {
      change(zone, opened -> opened.write(file.offsetBytes() + offsetBytes, sources));
      // From now on, what a read does not find is an error again.
      wereReset.remove(zone);
    } catch (NativeException e) {
      boolean isThere =
          !file.isConventional()
              && length > 0
              && mount.facts(file.path()).sizeBytes() == offsetBytes + length;
      throw isThere ? new ZonefsException(e.getMessage() + WRITTEN_ALL_THE_SAME, e) : e;
    }
  }

  @Override
  public void finish(int zone) throws IOException {
    truncate(zone, files.get(zone).capacityBytes());
  }

  @Override
  public void reset(int zone, SoftwareZoneStates states, Emptying emptying) throws IOException {
    ZoneCondition condition = states.state(zone).condition();
    // Asked first: a zone that refuses must keep its content. One that is empty needs nothing.
    if (condition.isActive() || condition == ZoneCondition.FULL) {
      wereReset.add(zone);
      truncate(zone, 0);
    }
    emptying.run();
  }

  /**
   * Resets or finishes a zone. With the mount option {@code explicit-open}, the kernel opens the
   * zone of a file that was made empty again, so the file is closed.
   */
  private void truncate(int zone, long sizeBytes) throws IOException {
    try {
      change(zone, file -> file.truncate(sizeBytes));
    } finally {
      writers.drop(files.get(zone).path());
    }
  }

  private void change(int zone, OpenFiles.Use use) throws IOException {
    boolean changed = false;
    try {
      writers.with(files.get(zone).path(), use);
      changed = true;
    } finally {
      lastChanged = zone;
      changes.incrementAndGet();
      if (!changed) {
        // An empty zone must not stay open by a write that failed.
        writers.drop(files.get(zone).path());
      }
    }
  }

  @Override
  public void saveState(int zone, SoftwareZoneStates states) {
    // The file has the state already.
  }

  @Override
  public SoftwareZoneState settle(int zone, SoftwareZoneState known) throws IOException {
    ZoneFile file = files.get(zone);
    SoftwareZoneState found = file.state(mount.facts(file.path()));
    boolean staysOpen = found.condition() == ZoneCondition.CLOSED && known.condition().isActive();
    return staysOpen ? found.as(known.condition()) : found;
  }

  /**
   * Flushes the drive: the kernel does that for a sync of any file, since no write of this class is
   * left in its page cache. It refuses a sync of a zone that has failed; then another one serves.
   */
  @Override
  public synchronized void flush(SoftwareZoneStates states) throws IOException {
    long covered = changes.get();
    if (covered == flushedChanges) {
      return;
    }
    NativeException refusal = null;
    for (int tried = 0; tried < files.size(); tried++) {
      int zone = (lastChanged + tried) % files.size();
      try {
        readers.with(files.get(zone).path(), NativeFile::sync);
        flushedChanges = covered;
        return;
      } catch (NativeException e) {
        if (!e.isForbidden()) {
          throw e;
        }
        refusal = e;
      }
    }
    throw refusal == null ? new IOException("there are no files of zones") : refusal;
  }

  @Override
  public void close() throws IOException {
    try (owner;
        readers) {
      writers.close();
    }
  }
}
