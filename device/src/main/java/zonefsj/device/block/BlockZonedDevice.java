// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;
import zonefsj.device.AccessRules;
import zonefsj.device.DeviceAccess;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.DeviceModel;
import zonefsj.device.MediumPresence;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;
import zonefsj.device.block.NativeFile.Option;

/**
 * A real zoned block device: ZNS, host-managed SMR, or an emulation in the kernel.
 *
 * <p>Reads and writes bypass the page cache. Write pointers are kept in memory from one report at
 * the open, so that a write off the pointer or beyond the capacity never reaches the drive: the
 * kernel would split a long write and write a part of it, or leave the zone in error until it is
 * reported. After any error the zone is reported before the error is classified.
 *
 * <p>A zone never has more than one write request in flight: a long write goes to the kernel in
 * pieces that it does not have to split. No kernel scheduler is therefore needed to keep them in
 * order (before Linux 6.10 only mq-deadline does, which an NVMe drive with several queues does not
 * get by default), and no speed is lost: where the kernel keeps the order, it also sends one
 * request at a time.
 *
 * <p>An open for writing is exclusive: O_EXCL excludes mounts and other devices, flock(2) excludes
 * other zonefs-j processes that only read (and udev, which then does not probe it).
 *
 * <p>Threading: safe for use by several threads; changes of one zone are sequential; different
 * zones and reads do not wait for each other.
 */
public final class BlockZonedDevice implements ZonedDevice, MediumPresence {
  private static final int MAX_APPEND_BYTES = 4 << 20;

  private final NativeFile file;
  private final BlockPresence presence;
  private final DeviceGeometry geometry;
  private final boolean readOnly;
  private final ZoneDescriptor[] shapes;
  private final AtomicLongArray pointers;
  private final Object[] zoneMonitors;
  private volatile boolean closed;

  private BlockZonedDevice(
      NativeFile file,
      BlockPresence presence,
      DeviceGeometry geometry,
      boolean readOnly,
      List<ZoneDescriptor> zones) {
    this.file = file;
    this.presence = presence;
    this.geometry = geometry;
    this.readOnly = readOnly;
    this.shapes = zones.toArray(ZoneDescriptor[]::new);
    this.pointers = new AtomicLongArray(shapes.length);
    this.zoneMonitors = new Object[shapes.length];
    for (int zone = 0; zone < shapes.length; zone++) {
      zoneMonitors[zone] = new Object();
      learn(zone, shapes[zone]);
    }
  }

  /**
   * Opens a block device.
   *
   * @throws BlockDeviceException with a one-line message if it has no zones, is in use, or cannot
   *     be opened
   */
  public static BlockZonedDevice open(Path path, DeviceAccess access) throws IOException {
    boolean readOnly = access == DeviceAccess.READ_ONLY;
    BlockDeviceFacts facts = BlockDeviceFacts.of(path);
    checkUsable(path, facts, access);
    NativeFile file = openFile(path, facts, readOnly);
    BlockZonedDevice device = null;
    try {
      lock(path, file, readOnly);
      DeviceGeometry geometry =
          new DeviceGeometry(
              facts.model(),
              facts.blockSizeBytes(),
              facts.zoneCount(),
              facts.zoneSizeBytes(),
              facts.sizeBytes(),
              facts.maxOpenZones(),
              facts.maxActiveZones(),
              MAX_APPEND_BYTES,
              path.toString());
      List<ZoneDescriptor> zones =
          BlockSystem.current().report(file, 0, geometry.zoneCount(), geometry.zoneSizeBytes());
      device = new BlockZonedDevice(file, BlockPresence.of(path), geometry, readOnly, zones);
      return device;
    } finally {
      if (device == null) {
        file.close();
      }
    }
  }

  /**
   * Checks before the open that the device can be used.
   *
   * @throws BlockDeviceException with a one-line message if not
   */
  static void checkUsable(Path path, BlockDeviceFacts facts, DeviceAccess access)
      throws BlockDeviceException {
    if (facts.partition()) {
      throw new BlockDeviceException(
          path + " is a partition; zonefs-j needs a whole zoned drive: give the drive itself");
    }
    if (facts.model() == DeviceModel.NONE || facts.zoneCount() == 0 || facts.zoneSizeBytes() == 0) {
      throw new BlockDeviceException(
          path
              + " is a conventional drive: it has no zones; 'zonefs-j mkfs' can emulate zones on it");
    }
    if (access == DeviceAccess.READ_WRITE) {
      if (!facts.users().isEmpty()) {
        throw inUse(path, facts, null);
      }
      facts.checkWritable(path);
    }
  }

  @Override
  public DeviceGeometry geometry() {
    return geometry;
  }

  @Override
  public List<ZoneDescriptor> report(int from, int count) throws IOException {
    checkNotClosed();
    AccessRules.checkReport(geometry, from, count);
    if (count == 0) {
      return List.of();
    }
    try {
      return BlockSystem.current().report(file, from, count, geometry.zoneSizeBytes());
    } catch (NativeException | ClosedChannelException | BlockDeviceException e) {
      Reason reason = reason(isShortage(e) ? Reason.HOST_SHORTAGE : Reason.MEDIA);
      String why = reason == Reason.REMOVED ? presence.removed() : e.getMessage();
      throw new DeviceException(reason, from, "zone report failed: " + why, e);
    }
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    checkNotClosed();
    AccessRules.checkRead(geometry, positionBytes, destination.remaining());
    int begin = destination.position();
    try {
      file.read(positionBytes, destination);
    } catch (IOException e) {
      readWhatIsWritten(positionBytes, destination.position(begin), e);
    }
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    checkWritable();
    long length = AccessRules.totalBytes(sources);
    int zone = AccessRules.checkWrite(geometry, positionBytes, length);
    synchronized (zoneMonitors[zone]) {
      store(zone, positionBytes, length, sources);
    }
  }

  @Override
  public long append(int zone, ByteBuffer... sources) throws IOException {
    checkWritable();
    long length = AccessRules.totalBytes(sources);
    AccessRules.checkAppend(geometry, zone, length);
    synchronized (zoneMonitors[zone]) {
      if (shapes[zone].type() == ZoneType.CONVENTIONAL) {
        throw ZoneRefusals.refuse(
            Reason.INVALID_TRANSITION, shapes[zone], "append", "the zone is conventional");
      }
      long position = pointers.get(zone);
      if (position == ZoneErrors.UNKNOWN) {
        ZoneDescriptor now = refresh(zone);
        ZoneRefusals.refuseFailed(now, "append");
        position = now.writePointerBytes();
      }
      store(zone, position, length, sources);
      return position;
    }
  }

  @Override
  public void flush() throws IOException {
    checkNotClosed();
    if (readOnly) {
      return;
    }
    try {
      BlockSystem.current().flush(file);
    } catch (IOException e) {
      String why = isGone() ? presence.removed() : e.getMessage();
      throw new DeviceException(
          closed ? Reason.CLOSED : Reason.FLUSH_FAILED, -1, "flush failed: " + why, e);
    }
  }

  @Override
  public void open(int zone) throws IOException {
    checkWritable();
    AccessRules.checkZone(geometry, zone);
    synchronized (zoneMonitors[zone]) {
      ZoneRefusals.refuseFull(ZoneRequest.OPEN, refresh(zone));
      transition(ZoneRequest.OPEN, zone);
    }
  }

  @Override
  public void close(int zone) throws IOException {
    checkWritable();
    AccessRules.checkZone(geometry, zone);
    synchronized (zoneMonitors[zone]) {
      ZoneDescriptor now = refresh(zone);
      ZoneRefusals.refuseFull(ZoneRequest.CLOSE, now);
      // Drives differ in whether they close an empty zone; the contract requires that it stays
      // empty.
      if (now.condition() != ZoneCondition.EMPTY) {
        transition(ZoneRequest.CLOSE, zone);
      }
    }
  }

  @Override
  public void finish(int zone) throws IOException {
    transition(ZoneRequest.FINISH, zone);
  }

  @Override
  public void reset(int zone) throws IOException {
    transition(ZoneRequest.RESET, zone);
  }

  @Override
  public void close() throws IOException {
    closed = true;
    file.close();
  }

  @Override
  public boolean isPresent() {
    return loss().isEmpty();
  }

  @Override
  public String loss() {
    return presence.loss();
  }

  @Override
  public String toString() {
    return geometry.description();
  }

  private void store(int zone, long position, long length, ByteBuffer[] sources)
      throws IOException {
    if (length == 0) {
      checkNothing(zone, position);
      return;
    }
    ZoneDescriptor shape = shapes[zone];
    if (shape.type() == ZoneType.SEQUENTIAL_REQUIRED) {
      checkPointer(zone, position, length);
    }
    long known = pointers.get(zone);
    int[] begins = positions(sources);
    try {
      OpenZones.with(
          file,
          geometry,
          zone,
          failures -> {
            // The drive may have closed the zone for another one after writing a part.
            long from = failures == 0 ? position : refresh(zone).writePointerBytes();
            skip(sources, begins, from - position);
            file.write(from, sources);
          });
      if (shape.type() != ZoneType.CONVENTIONAL) {
        pointers.set(zone, position + length);
      }
    } catch (IOException e) {
      String what = "write of " + length + " bytes at " + position;
      ZoneDescriptor now = refreshAfter(zone, e);
      Reason reason = ZoneErrors.ofWrite(errno(e), now, position, length, known);
      throw exception(reason, now, what, e);
    }
  }

  /** Checks a write of no bytes, which is not sent to the drive, as the drive would. */
  private void checkNothing(int zone, long position) throws IOException {
    ZoneDescriptor now = refresh(zone);
    ZoneRefusals.refuseFailed(now, "write at " + position);
    if (shapes[zone].type() == ZoneType.SEQUENTIAL_REQUIRED) {
      ZoneRefusals.checkPointer(position, 0, now);
    }
  }

  private static int[] positions(ByteBuffer[] buffers) {
    int[] positions = new int[buffers.length];
    for (int i = 0; i < buffers.length; i++) {
      positions[i] = buffers[i].position();
    }
    return positions;
  }

  private static void skip(ByteBuffer[] buffers, int[] begins, long bytes) {
    long left = bytes;
    for (int i = 0; i < buffers.length; i++) {
      int here = (int) Math.min(left, buffers[i].limit() - begins[i]);
      buffers[i].position(begins[i] + here);
      left -= here;
    }
  }

  /** Refuses a write that the drive would also refuse, but not without side effects. */
  private void checkPointer(int zone, long position, long length) throws IOException {
    ZoneDescriptor shape = shapes[zone];
    long end = shape.startBytes() + shape.capacityBytes();
    if (pointers.get(zone) != position || length > end - position) {
      ZoneRefusals.checkPointer(position, length, refresh(zone));
    }
  }

  private void transition(ZoneRequest request, int zone) throws IOException {
    checkWritable();
    AccessRules.checkZone(geometry, zone);
    synchronized (zoneMonitors[zone]) {
      ZoneDescriptor shape = shapes[zone];
      if (shape.type() == ZoneType.CONVENTIONAL) {
        throw ZoneRefusals.refuse(
            Reason.INVALID_TRANSITION, shape, request.toString(), "the zone is conventional");
      }
      try {
        OpenZones.with(
            file, geometry, zone, failures -> BlockSystem.current().request(file, request, shape));
      } catch (IOException e) {
        ZoneDescriptor now = refreshAfter(zone, e);
        throw exception(ZoneErrors.ofTransition(errno(e), now), now, request.toString(), e);
      }
      switch (request) {
        case RESET -> pointers.set(zone, shape.startBytes());
        case FINISH -> pointers.set(zone, shape.startBytes() + shape.capacityBytes());
        case OPEN, CLOSE -> {}
      }
    }
  }

  /**
   * Reads the written part of each zone, and zeros beyond it: some drives fail reads that cross a
   * write pointer.
   */
  private void readWhatIsWritten(long positionBytes, ByteBuffer destination, IOException failure)
      throws IOException {
    long position = positionBytes;
    int limit = destination.limit();
    while (destination.hasRemaining()) {
      int zone = geometry.zoneOf(position);
      ZoneDescriptor now = refreshForRead(zone, position, failure);
      long zoneEnd = AccessRules.zoneEndBytes(geometry, zone);
      int length = (int) Math.min(destination.remaining(), zoneEnd - position);
      boolean pointed = now.type() != ZoneType.CONVENTIONAL && now.hasWritePointer();
      long readable = pointed ? now.writePointerBytes() - position : length;
      int stored = (int) Math.max(0, Math.min(length, readable));
      try {
        if (now.condition() == ZoneCondition.OFFLINE) {
          throw failure;
        }
        if (stored > 0) {
          file.read(position, destination.limit(destination.position() + stored));
        }
      } catch (IOException e) {
        boolean offline = now.condition() == ZoneCondition.OFFLINE;
        Reason fault = isShortage(e) ? Reason.HOST_SHORTAGE : Reason.MEDIA;
        Reason reason = offline ? Reason.ZONE_OFFLINE : fault;
        throw exception(reason, now, "read at " + position, e);
      }
      destination.limit(limit);
      destination.put(new byte[length - stored]);
      position += length;
    }
  }

  private ZoneDescriptor refresh(int zone) throws IOException {
    ZoneDescriptor now = report(zone, 1).get(0);
    learn(zone, now);
    return now;
  }

  /** Reports a zone after an error; if the report fails too, the first error counts. */
  private ZoneDescriptor refreshAfter(int zone, IOException failure) {
    try {
      return refresh(zone);
    } catch (IOException e) {
      failure.addSuppressed(e);
      pointers.set(zone, ZoneErrors.UNKNOWN);
      return shapes[zone];
    }
  }

  /** As above, but without a report nobody knows which part of the zone reads as zeros. */
  private ZoneDescriptor refreshForRead(int zone, long position, IOException failure)
      throws IOException {
    try {
      return refresh(zone);
    } catch (IOException e) {
      failure.addSuppressed(e);
      Reason reason = isShortage(failure) ? Reason.HOST_SHORTAGE : Reason.MEDIA;
      throw exception(reason, shapes[zone], "read at " + position, failure);
    }
  }

  private DeviceException exception(
      Reason reason, ZoneDescriptor zone, String what, IOException why) {
    Reason told = reason(reason);
    return told == Reason.REMOVED
        ? new DeviceException(told, zone.index(), what + " failed: " + presence.removed(), why)
        : ZoneErrors.exception(told, zone, what, why);
  }

  /** The reason of a failure, if neither a close nor the end of the drive explains it. */
  private Reason reason(Reason otherwise) {
    if (closed) {
      return Reason.CLOSED;
    }
    return isGone() ? Reason.REMOVED : otherwise;
  }

  /** A drive that the kernel has given up has no size, before it disappears from sysfs. */
  private boolean isGone() {
    try {
      return file.sizeBytes() == 0 || !isPresent();
    } catch (IOException unknown) {
      return !isPresent();
    }
  }

  private void learn(int zone, ZoneDescriptor now) {
    pointers.set(zone, now.hasWritePointer() ? now.writePointerBytes() : ZoneErrors.UNKNOWN);
  }

  private void checkNotClosed() throws DeviceException {
    if (closed) {
      throw new DeviceException(Reason.CLOSED, -1, geometry.description() + " is closed");
    }
  }

  private void checkWritable() throws DeviceException {
    checkNotClosed();
    if (readOnly) {
      throw new DeviceException(
          Reason.DEVICE_READ_ONLY, -1, geometry.description() + " was opened read-only");
    }
  }

  private static boolean isShortage(IOException e) {
    return e instanceof NativeException told && told.isShortage();
  }

  private static int errno(IOException e) {
    return e instanceof NativeException told ? told.errno() : BlockLibc.EIO;
  }

  private static NativeFile openFile(Path path, BlockDeviceFacts facts, boolean readOnly)
      throws BlockDeviceException {
    try {
      return NativeFile.open(
          path,
          readOnly
              ? EnumSet.of(Option.DIRECT)
              : EnumSet.of(Option.DIRECT, Option.WRITE, Option.EXCLUSIVE),
          facts.maxRequestBytes());
    } catch (NativeException e) {
      if (e.errno() == BlockLibc.EBUSY) {
        throw inUse(path, facts, e);
      }
      throw new BlockDeviceException(
          path
              + ": the drive cannot be opened ("
              + e.getMessage()
              + "); it may take root, or membership in the group 'disk'",
          e);
    }
  }

  private static void lock(Path path, NativeFile file, boolean readOnly) throws IOException {
    if (!file.tryLockDrive(readOnly)) {
      throw new BlockDeviceException(
          path + " is in use: another zonefs-j has it open; unmount it or wait for the other one");
    }
  }

  private static BlockDeviceException inUse(
      Path path, BlockDeviceFacts facts, @Nullable Throwable cause) {
    String users =
        facts.users().isEmpty() ? "by another program" : String.join(", ", facts.users());
    return new BlockDeviceException(path + " is in use (" + users + "); unmount it first", cause);
  }
}
