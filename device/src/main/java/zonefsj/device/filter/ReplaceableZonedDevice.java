// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.filter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.DeviceSource;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.Patience;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneJudge;
import zonefsj.device.ZonedDevice;

/**
 * A drive that can be closed and opened again while it is in use: because it has grown, or because
 * it is put together from other parts now. Accesses that come meanwhile wait, and go to the new
 * drive. While the drive is ejected, accesses do not wait, but are refused.
 *
 * <p>Thread-safe. An access costs a shared lock, which is held until it ends.
 */
public final class ReplaceableZonedDevice extends FilterZonedDevice {
  private static final int LONGEST_ACCESS_SECONDS = 20;
  private static final long LEAST_REOPENING_MILLIS = 5000;

  /** Nobody can end it, and what waits for it. */
  private static final long LONGEST_REOPENING_MILLIS = 60_000;

  /** Neither the other drive nor the one before could be opened: all accesses fail from now on. */
  public static final class DriveClosedException extends IOException {
    private static final long serialVersionUID = 1;

    DriveClosedException(Throwable why) {
      super("the drive cannot be opened again: " + why.getMessage(), why);
    }
  }

  private final StampedLock lock = new StampedLock();
  private volatile @Nullable ZoneJudge judge;
  private volatile ZonedDevice current;
  private volatile boolean closed;

  /** Why a flush before a replacement has failed; what it was to cover may be lost. */
  private volatile @Nullable IOException lostFlush;

  /**
   * @param first the drive until it is replaced
   */
  public ReplaceableZonedDevice(ZonedDevice first) {
    super(first);
    this.current = first;
  }

  @Override
  public ZonedDevice delegate() {
    return current;
  }

  @Override
  public void judgeBy(ZoneJudge given) {
    judge = given;
    super.judgeBy(given);
  }

  private void use(ZonedDevice drive) {
    ZoneJudge given = judge;
    if (given != null) {
      drive.judgeBy(given);
    }
    current = drive;
  }

  /**
   * Closes the drive and takes another one, which must have the zones of this one as they are now,
   * and may have more behind them. Explicitly open zones may be closed by that.
   *
   * @param other opens the other drive; it is called when this one is closed
   * @param same opens this drive again, if the other one cannot be used
   * @throws IOException if the other drive cannot be opened or has other zones, or this one waits
   *     for its medium; this drive is then in use again
   * @throws DriveClosedException if it cannot be opened again either
   */
  public void replace(DeviceSource other, DeviceSource same) throws IOException {
    long stamp = awaitAccesses();
    try {
      ZonedDevice before = current;
      Patience patience = Patience.of(before);
      if (patience.isStalled(1)) {
        throw patience.failure();
      }
      long limitMillis = patience.limitMillis();
      flushBefore(before);
      List<ZoneDescriptor> zones = before.report(0, before.geometry().zoneCount());
      try {
        before.close();
        use(openLike(other, before.geometry(), zones, false));
      } catch (IOException | RuntimeException | Error refused) {
        reopen(same, limitMillis, before.geometry(), zones, refused);
        throw refused;
      }
    } finally {
      lock.unlockWrite(stamp);
    }
  }

  /**
   * Flushes and closes the drive. Until {@link #takeBack}, its zones are reported as they are now,
   * and all that needs its medium is refused with {@link Reason#UNAVAILABLE}. Does nothing if it is
   * ejected already.
   *
   * @throws IOException if it cannot be flushed, and is then in use as before; or if it fails to
   *     close, and may then still be in use by this process
   */
  public void eject() throws IOException {
    long stamp = awaitAccesses();
    try {
      ZonedDevice before = current;
      if (before instanceof EjectedDevice) {
        return;
      }
      Patience patience = Patience.of(before);
      if (patience.isStalled(1)) {
        throw patience.failure();
      }
      flushBefore(before);
      List<ZoneDescriptor> zones = before.report(0, before.geometry().zoneCount());
      current = new EjectedDevice(before, zones);
      before.close();
    } finally {
      lock.unlockWrite(stamp);
    }
  }

  /**
   * Uses an ejected drive again, unless none is ejected or this device is closed. Accesses do not
   * wait for it; one thread at a time may call it.
   *
   * @param seen opens it to be read, so that nothing is written to another drive
   * @param same opens it
   * @return whether it is used again
   * @throws IOException if it cannot be opened, or its zones are not as they were; it stays ejected
   */
  public boolean takeBack(DeviceSource seen, DeviceSource same) throws IOException {
    if (!(current instanceof EjectedDevice ejected)) {
      return false;
    }
    // Otherwise this process may still have it open.
    ejected.close();
    openLike(seen, ejected.geometry(), ejected.zones(), true).close();
    ZonedDevice opened = openLike(same, ejected.geometry(), ejected.zones(), true);
    boolean isUsed = false;
    long stamp = lock.writeLock();
    try {
      if (!closed) {
        use(opened);
        isUsed = true;
      }
    } finally {
      lock.unlockWrite(stamp);
      if (!isUsed) {
        opened.close();
      }
    }
    return isUsed;
  }

  /** Whether the drive is ejected. */
  public boolean isEjected() {
    return current instanceof EjectedDevice;
  }

  /** Whether the drive is ejected, and its medium is no longer where it was. */
  public boolean isPulled() {
    return current instanceof EjectedDevice ejected && ejected.isPulled();
  }

  /** Who writes did not ask for this flush, and learns of its failure at the next one. */
  private void flushBefore(ZonedDevice before) throws IOException {
    try {
      before.flush();
    } catch (IOException failed) {
      lostFlush = failed;
      throw failed;
    }
  }

  /** Waits until no access is running, but not for one that the drive never answers. */
  private long awaitAccesses() throws IOException {
    try {
      long stamp = lock.tryWriteLock(LONGEST_ACCESS_SECONDS, TimeUnit.SECONDS);
      if (stamp == 0) {
        throw new IOException("the drive is busy for long; try again later");
      }
      return stamp;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while accesses of the drive ended", interrupted);
    }
  }

  /**
   * Another process may hold the drive for a moment, to look at it.
   *
   * @param limitMillis how long programs wait for its medium
   */
  private void reopen(
      DeviceSource same,
      long limitMillis,
      DeviceGeometry geometry,
      List<ZoneDescriptor> zones,
      Throwable refused)
      throws IOException {
    long millis = Math.min(LONGEST_REOPENING_MILLIS, Math.max(LEAST_REOPENING_MILLIS, limitMillis));
    long end = System.nanoTime() + 1_000_000 * millis;
    while (true) {
      try {
        use(openLike(same, geometry, zones, true));
        return;
      } catch (IOException | RuntimeException | Error gone) {
        if (System.nanoTime() - end >= 0) {
          gone.addSuppressed(refused);
          throw new DriveClosedException(gone);
        }
      }
      try {
        TimeUnit.SECONDS.sleep(1);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new DriveClosedException(interrupted);
      }
    }
  }

  private static ZonedDevice openLike(
      DeviceSource source, DeviceGeometry geometry, List<ZoneDescriptor> zones, boolean isSame)
      throws IOException {
    ZonedDevice opened = source.open();
    try {
      if (!isSame) {
        checkLimits(opened.geometry(), geometry);
      }
      checkLike(opened, geometry, zones, isSame);
      return opened;
    } catch (IOException | RuntimeException | Error refused) {
      try {
        opened.close();
      } catch (IOException unclosed) {
        refused.addSuppressed(unclosed);
      }
      throw refused;
    }
  }

  /** Who uses the drive counts on its limits. */
  private static void checkLimits(DeviceGeometry now, DeviceGeometry before) throws IOException {
    boolean isLower =
        now.maxActiveZones().orElse(Integer.MAX_VALUE)
                < before.maxActiveZones().orElse(Integer.MAX_VALUE)
            || now.maxOpenZones().orElse(Integer.MAX_VALUE)
                < before.maxOpenZones().orElse(Integer.MAX_VALUE)
            || now.maxAppendBytes() < before.maxAppendBytes();
    if (isLower) {
      throw new IOException(
          "it allows fewer open or active zones, or shorter appends, than the drive in use;"
              + " unmount, and mount the other one");
    }
  }

  /**
   * @param isSame whether it is the drive of before, of which an attempt with another one may have
   *     finished zones
   */
  private static void checkLike(
      ZonedDevice opened, DeviceGeometry geometry, List<ZoneDescriptor> zones, boolean isSame)
      throws IOException {
    DeviceGeometry now = opened.geometry();
    if (now.zoneSizeBytes() != geometry.zoneSizeBytes()
        || now.blockSizeBytes() != geometry.blockSizeBytes()) {
      throw new IOException(
          "its zones have "
              + now.zoneSizeBytes()
              + " bytes in blocks of "
              + now.blockSizeBytes()
              + ", those in use "
              + geometry.zoneSizeBytes()
              + " in blocks of "
              + geometry.blockSizeBytes());
    }
    if (now.zoneCount() < zones.size()) {
      throw new IOException(
          "it has " + now.zoneCount() + " zones, and " + zones.size() + " are in use");
    }
    for (ZoneDescriptor zone : opened.report(0, zones.size())) {
      ZoneDescriptor before = zones.get(zone.index());
      if (zone.type() == before.type() && zone.hasFailed()) {
        // Those that watch the zones learn of it; its data are moved, or lost, as without this.
        continue;
      }
      boolean isEmpty = zone.writtenBytes() == 0 && before.writtenBytes() == 0;
      boolean wasFinished =
          isSame && before.condition().isActive() && zone.condition() == ZoneCondition.FULL;
      boolean isAlike =
          zone.type() == before.type()
              && zone.writtenBytes() == before.writtenBytes()
              && (isEmpty || zone.capacityBytes() == before.capacityBytes());
      if (!isAlike && !wasFinished) {
        throw new IOException(
            "zone "
                + zone.index()
                + " is another: "
                + zone.writtenBytes()
                + " bytes of "
                + zone.capacityBytes()
                + " are written, and were "
                + before.writtenBytes()
                + " of "
                + before.capacityBytes());
      }
    }
  }

  @Override
  public List<ZoneDescriptor> report(int from, int count) throws IOException {
    long stamp = lock.readLock();
    try {
      return super.report(from, count);
    } finally {
      lock.unlockRead(stamp);
    }
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    long stamp = lock.readLock();
    try {
      delegate().read(positionBytes, destination);
    } finally {
      lock.unlockRead(stamp);
    }
  }

  @Override
  public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
    long stamp = lock.readLock();
    try {
      super.readCopy(copy, positionBytes, destination);
    } finally {
      lock.unlockRead(stamp);
    }
  }

  @Override
  public void noteWrong(int copy, long positionBytes) {
    long stamp = lock.readLock();
    try {
      super.noteWrong(copy, positionBytes);
    } finally {
      lock.unlockRead(stamp);
    }
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    long stamp = lock.readLock();
    try {
      delegate().write(positionBytes, sources);
    } finally {
      lock.unlockRead(stamp);
    }
  }

  @Override
  public long append(int zone, ByteBuffer... sources) throws IOException {
    long stamp = lock.readLock();
    try {
      return delegate().append(zone, sources);
    } finally {
      lock.unlockRead(stamp);
    }
  }

  @Override
  public void flush() throws IOException {
    long stamp = lock.readLock();
    try {
      IOException lost = lostFlush;
      if (lost != null) {
        throw new DeviceException(
            Reason.FLUSH_FAILED, -1, current + ": an earlier flush has failed", lost);
      }
      super.flush();
    } finally {
      lock.unlockRead(stamp);
    }
  }

  @Override
  public void open(int zone) throws IOException {
    long stamp = lock.readLock();
    try {
      super.open(zone);
    } finally {
      lock.unlockRead(stamp);
    }
  }

  @Override
  public void close(int zone) throws IOException {
    long stamp = lock.readLock();
    try {
      super.close(zone);
    } finally {
      lock.unlockRead(stamp);
    }
  }

  @Override
  public void finish(int zone) throws IOException {
    long stamp = lock.readLock();
    try {
      super.finish(zone);
    } finally {
      lock.unlockRead(stamp);
    }
  }

  @Override
  public void reset(int zone) throws IOException {
    long stamp = lock.readLock();
    try {
      super.reset(zone);
    } finally {
      lock.unlockRead(stamp);
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    // Not while it is being replaced: the new drive would stay open. But beside accesses, because
    // the drive below knows how to end those that never do.
    long stamp = lock.readLock();
    try {
      super.close();
    } finally {
      lock.unlockRead(stamp);
    }
  }
}
