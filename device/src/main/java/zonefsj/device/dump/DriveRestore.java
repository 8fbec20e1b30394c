// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.dump;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import zonefsj.device.ByteSize;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.ZoneInjection;

/**
 * Copies a dump to a drive of the same shape. Every zone then has the bytes and the write pointer
 * that it had; an open zone comes back closed. Zones that had failed fail again on an emulated
 * drive; on another one a read-only zone comes back full, and an offline zone empty.
 *
 * <p>While it runs, the first block of the drive is a {@link RestoreMark}: the first zone is
 * written last. For one thread.
 */
public final class DriveRestore {
  private final ZonedDevice dump;
  private final ZonedDevice drive;
  private final List<ZoneDescriptor> wanted;
  private final List<ZoneDescriptor> there;
  private final ByteBuffer buffer;
  private long doneBytes;
  private long totalBytes;

  private DriveRestore(
      ZonedDevice dump,
      ZonedDevice drive,
      List<ZoneDescriptor> wanted,
      List<ZoneDescriptor> there) {
    this.dump = dump;
    this.drive = drive;
    this.wanted = wanted;
    this.there = there;
    this.buffer = DriveDump.buffer(drive);
  }

  /**
   * Prepares a restore, and writes nothing.
   *
   * @param dump a drive that a dump has made, or any other
   * @param drive to write to
   * @throws DriveCopyException if the drive has another shape, or cannot have the content of a zone
   */
  public static DriveRestore of(ZonedDevice dump, ZonedDevice drive) throws IOException {
    checkShapes(dump.geometry(), drive.geometry());
    int zones = dump.geometry().zoneCount();
    DriveRestore restore =
        new DriveRestore(dump, drive, dump.report(0, zones), drive.report(0, zones));
    restore.checkZones();
    return restore;
  }

  private static void checkShapes(DeviceGeometry dump, DeviceGeometry drive)
      throws DriveCopyException {
    checkSame("blocks of", dump.blockSizeBytes(), drive.blockSizeBytes());
    checkSame("zones of", dump.zoneSizeBytes(), drive.zoneSizeBytes());
    if (dump.zoneCount() != drive.zoneCount()) {
      throw otherShape(dump.zoneCount() + " zones", String.valueOf(drive.zoneCount()));
    }
    checkSame("a size of", dump.capacityBytes(), drive.capacityBytes());
  }

  private static void checkSame(String what, long dump, long drive) throws DriveCopyException {
    if (dump != drive) {
      throw otherShape(what + " " + ByteSize.format(dump), ByteSize.format(drive));
    }
  }

  private static DriveCopyException otherShape(String dump, String drive) {
    return new DriveCopyException(
        "the dump has "
            + dump
            + ", the drive "
            + drive
            + ": a dump is restored to a drive of the same shape; mount the dump itself, and copy the"
            + " files",
        null);
  }

  private void checkZones() throws DriveCopyException {
    for (int zone = 0; zone < wanted.size(); zone++) {
      ZoneDescriptor old = wanted.get(zone);
      ZoneDescriptor now = there.get(zone);
      if (old.type() != now.type()) {
        throw otherShape("zone " + zone + " as " + word(old.type()), "as " + word(now.type()));
      }
      if (old.capacityBytes() != now.capacityBytes()) {
        throw otherShape(
            "zone " + zone + " with a capacity of " + ByteSize.format(old.capacityBytes()),
            "of " + ByteSize.format(now.capacityBytes()));
      }
      String lack =
          zone == 0
              ? "a restore begins with it"
              : hasContent(old) ? "the dump has content for it" : "what it holds cannot be removed";
      boolean isUsable =
          now.condition() == ZoneCondition.OFFLINE
              ? zone > 0 && !hasContent(old)
              : !now.hasFailed();
      if (!isUsable) {
        throw new DriveCopyException(
            "zone "
                + zone
                + " of "
                + drive.geometry().description()
                + " is "
                + word(now.condition())
                + ", and "
                + lack
                + ": give another drive",
            null);
      }
    }
    int active = active(wanted);
    OptionalInt limit = drive.geometry().maxActiveZones();
    if (limit.isPresent() && active > limit.getAsInt()) {
      throw otherShape(active + " active zones", "at most " + limit.getAsInt());
    }
  }

  private static int active(List<ZoneDescriptor> zones) {
    return (int) zones.stream().filter(zone -> zone.condition().isActive()).count();
  }

  private static boolean hasContent(ZoneDescriptor zone) {
    return DriveDump.contentBytes(zone) > 0 || zone.condition().isActive();
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** A sequential zone of the drive that is not empty, whose content {@link #run} discards. */
  public OptionalInt zoneInUse() {
    return there.stream().filter(DriveRestore::isInUse).mapToInt(ZoneDescriptor::index).findFirst();
  }

  private static boolean isInUse(ZoneDescriptor zone) {
    return zone.hasWritePointer() && zone.condition() != ZoneCondition.EMPTY;
  }

  /**
   * Resets the drive and writes the dump to it, durably.
   *
   * @return number of bytes that were copied
   * @throws IOException if a zone of either cannot be read or written; the drive then has the mark
   */
  public long run(CopyListener listener) throws IOException {
    totalBytes = wanted.stream().mapToLong(DriveDump::contentBytes).sum();
    for (ZoneDescriptor zone : there) {
      // The mark needs an active zone, and the first one.
      if (zone.condition().isActive() || (zone.index() == 0 && isInUse(zone))) {
        drive.reset(zone.index());
      }
    }
    mark();
    boolean isMarked = true;
    try {
      for (ZoneDescriptor zone : there) {
        if (zone.index() > 0 && zone.condition() == ZoneCondition.FULL) {
          drive.reset(zone.index());
          listener.copied(0, totalBytes);
        }
      }
      for (int zone : order()) {
        if (zone == 0) {
          // What the mark stands for is durable before it goes.
          drive.flush();
          isMarked = false;
          unmark();
        }
        copy(wanted.get(zone), listener);
      }
      drive.flush();
    } catch (IOException | RuntimeException failure) {
      if (!isMarked) {
        markAgain(failure);
      }
      throw failure;
    }
    return doneBytes;
  }

  /** Gives the drive back the mark; active zones give way to it, and are lost. */
  private void markAgain(Exception failure) {
    try {
      unmark();
      for (ZoneDescriptor zone : wanted) {
        if (zone.condition().isActive()) {
          drive.reset(zone.index());
        }
      }
      mark();
    } catch (IOException lost) {
      failure.addSuppressed(lost);
    }
  }

  /**
   * The zones from the last to the first; those that stay active after the others, so that there is
   * always room for one more active zone. The first zone is last, except that an active one comes
   * behind it if it needs the only room.
   */
  private List<Integer> order() {
    List<Integer> passive = new ArrayList<>();
    List<Integer> active = new ArrayList<>();
    for (int zone = wanted.size() - 1; zone > 0; zone--) {
      (wanted.get(zone).condition().isActive() ? active : passive).add(zone);
    }
    List<Integer> order = new ArrayList<>(passive);
    order.addAll(active);
    ZoneDescriptor first = wanted.get(0);
    boolean needsRoom =
        first.type() != ZoneType.CONVENTIONAL
            && !first.condition().isActive()
            && active.size() == drive.geometry().maxActiveZones().orElse(-1);
    order.add(needsRoom ? order.size() - 1 : order.size(), 0);
    return order;
  }

  private void mark() throws IOException {
    ZoneDescriptor first = there.get(0);
    drive.write(0, RestoreMark.block(drive.geometry().blockSizeBytes()));
    if (first.type() != ZoneType.CONVENTIONAL) {
      // It would take one of the active zones.
      drive.finish(0);
    }
    drive.flush();
  }

  private void unmark() throws IOException {
    if (there.get(0).type() != ZoneType.CONVENTIONAL) {
      drive.reset(0);
    } else if (DriveDump.contentBytes(wanted.get(0)) == 0) {
      // Nothing is copied over it.
      drive.write(0, ByteBuffer.allocateDirect(drive.geometry().blockSizeBytes()));
    }
  }

  private void copy(ZoneDescriptor zone, CopyListener listener) throws IOException {
    long content = DriveDump.contentBytes(zone);
    // The mark goes last, where that is possible.
    boolean keepsMark = zone.index() == 0 && zone.type() == ZoneType.CONVENTIONAL && content > 0;
    long first = keepsMark ? drive.geometry().blockSizeBytes() : 0;
    copy(zone.startBytes() + first, content - first, listener);
    if (keepsMark) {
      drive.flush();
      copy(zone.startBytes(), first, listener);
    }
    switch (zone.condition()) {
      case IMPLICIT_OPEN, EXPLICIT_OPEN, CLOSED -> {
        if (content == 0) {
          drive.open(zone.index());
        }
        drive.close(zone.index());
      }
      case READ_ONLY, OFFLINE -> fail(zone, listener);
      case NOT_WRITE_POINTER, EMPTY, FULL -> {}
    }
  }

  private void copy(long fromBytes, long lengthBytes, CopyListener listener) throws IOException {
    for (long done = 0; done < lengthBytes; done += DriveDump.CHUNK_BYTES) {
      int length = (int) Math.min(DriveDump.CHUNK_BYTES, lengthBytes - done);
      dump.read(fromBytes + done, buffer.clear().limit(length));
      drive.write(fromBytes + done, buffer.flip());
      doneBytes += length;
      listener.copied(doneBytes, totalBytes);
    }
  }

  private void fail(ZoneDescriptor zone, CopyListener listener) throws IOException {
    boolean isOffline = zone.condition() == ZoneCondition.OFFLINE;
    if (drive instanceof ZoneInjection emulated) {
      if (isOffline) {
        emulated.setOffline(zone.index());
      } else {
        emulated.setReadOnly(zone.index());
      }
    } else if (!there.get(zone.index()).hasFailed()) {
      boolean isPlain = zone.type() == ZoneType.CONVENTIONAL;
      listener.differs(
          zone.index(),
          isOffline
              ? "it was offline, and is "
                  + (isPlain ? "usable" : "empty")
                  + " now: what it held is lost"
              : "it was read-only, and is " + (isPlain ? "writable" : "full") + " now");
    }
  }
}
