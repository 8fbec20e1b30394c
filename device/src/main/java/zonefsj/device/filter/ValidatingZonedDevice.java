// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.filter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import zonefsj.device.AccessRules;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;
import zonefsj.device.ZonedDevice;

/**
 * Checks every <i>must</i> of {@link ZonedDevice} on both sides.
 *
 * <p>Mistakes of the caller that follow from the geometry are refused here, as the drive would. The
 * drive must refuse those that depend on a zone's state; if it does not, a {@link
 * ContractViolationException} is thrown. The same exception reports impossible answers: buffers
 * that did not move, a write pointer that differs from the accesses so far, more open or active
 * zones than the drive allows, a refused access that changed its zone.
 *
 * <p>Costs one zone report for each zone at its first change, and one for each reset, finish and
 * refused access. Threading: as the drive below; concurrent changes of one zone are not checked
 * against each other.
 */
public final class ValidatingZonedDevice extends FilterZonedDevice {
  private final DeviceGeometry geometry;
  private final AtomicReferenceArray<@Nullable ZoneShadow> shadows;

  /** Counts started changes, to detect whether a full report saw an unchanged drive. */
  private final AtomicLong changesBegun = new AtomicLong();

  private final AtomicLong changesEnded = new AtomicLong();

  private volatile boolean closed;

  /**
   * @param delegate the drive to check; owned from now on
   */
  public ValidatingZonedDevice(ZonedDevice delegate) {
    super(delegate);
    this.geometry = delegate.geometry();
    this.shadows = new AtomicReferenceArray<>(geometry.zoneCount());
    demand(
        geometry.blockSizeBytes() >= 512 && Integer.bitCount(geometry.blockSizeBytes()) == 1,
        () -> "impossible block size " + geometry.blockSizeBytes());
    demand(
        geometry.zoneSizeBytes() % geometry.blockSizeBytes() == 0
            && (geometry.capacityBytes() - 1) / geometry.zoneSizeBytes() + 1
                == geometry.zoneCount(),
        () -> "zone size, zone count and size do not fit together: " + geometry);
    demand(
        geometry.maxOpenZones().orElse(1) > 0 && geometry.maxActiveZones().orElse(1) > 0,
        () -> "a limit of no zones: " + geometry);
  }

  @Override
  public DeviceGeometry geometry() {
    demand(super.geometry().equals(geometry), () -> "the geometry has changed");
    return geometry;
  }

  @Override
  public List<ZoneDescriptor> report(int from, int count) throws IOException {
    checkNotClosed();
    AccessRules.checkReport(geometry, from, count);
    ZoneShadow.@Nullable Known[] known = new ZoneShadow.@Nullable Known[count];
    for (int i = 0; i < count; i++) {
      ZoneShadow shadow = shadows.get(from + i);
      known[i] = shadow == null ? null : shadow.peek();
    }
    long ended = changesEnded.get();
    boolean still = changesBegun.get() == ended;
    List<ZoneDescriptor> zones = super.report(from, count);
    still &= changesBegun.get() == ended;
    demand(zones.size() == count, () -> "a report of " + count + " zones has " + zones.size());
    for (int i = 0; i < count; i++) {
      checkDescriptor(from + i, zones.get(i));
      compare(zones.get(i), known[i]);
    }
    if (still && count == geometry.zoneCount()) {
      checkLimits(zones);
    }
    return zones;
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    checkNotClosed();
    AccessRules.checkRead(geometry, positionBytes, destination.remaining());
    int limit = destination.limit();
    super.read(positionBytes, destination);
    demand(
        destination.position() == limit && destination.limit() == limit,
        () -> "a read did not fill its buffer to the limit");
  }

  @Override
  public int copies() {
    int copies = super.copies();
    demand(copies > 0, () -> "a drive of " + copies + " copies");
    return copies;
  }

  @Override
  public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
    checkNotClosed();
    AccessRules.checkRead(geometry, positionBytes, destination.remaining());
    int limit = destination.limit();
    super.readCopy(copy, positionBytes, destination);
    demand(
        destination.position() == limit && destination.limit() == limit,
        () -> "a read of a copy did not fill its buffer to the limit");
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    checkNotClosed();
    long length = totalBytes(sources);
    int zone = AccessRules.checkWrite(geometry, positionBytes, length);
    ZoneShadow shadow = shadow(zone);
    change(
        zone,
        shadow,
        known -> {
          super.write(positionBytes, sources);
          checkStored(zone, shadow, known, positionBytes, length, sources);
          return length == 0 ? known.pointerBytes() : positionBytes + length;
        });
  }

  @Override
  public long append(int zone, ByteBuffer... sources) throws IOException {
    checkNotClosed();
    long length = totalBytes(sources);
    AccessRules.checkAppend(geometry, zone, length);
    ZoneShadow shadow = shadow(zone);
    long[] position = new long[1];
    change(
        zone,
        shadow,
        known -> {
          position[0] = super.append(zone, sources);
          demand(
              shadow.isSequential(), () -> "zone " + zone + " is conventional and took an append");
          demand(
              position[0] % geometry.blockSizeBytes() == 0 && position[0] >= shadow.startBytes(),
              () -> "an append to zone " + zone + " went to " + position[0]);
          checkStored(zone, shadow, known, position[0], length, sources);
          return length == 0 ? known.pointerBytes() : position[0] + length;
        });
    return position[0];
  }

  @Override
  public void flush() throws IOException {
    checkNotClosed();
    super.flush();
  }

  @Override
  public void open(int zone) throws IOException {
    ZoneShadow shadow = begin(zone);
    change(
        zone,
        shadow,
        known -> {
          super.open(zone);
          checkTransition(zone, shadow);
          return known.pointerBytes();
        });
  }

  @Override
  public void close(int zone) throws IOException {
    ZoneShadow shadow = begin(zone);
    change(
        zone,
        shadow,
        known -> {
          super.close(zone);
          checkTransition(zone, shadow);
          return known.pointerBytes();
        });
  }

  @Override
  public void finish(int zone) throws IOException {
    ZoneShadow shadow = begin(zone);
    boolean alone =
        change(
            zone,
            shadow,
            known -> {
              super.finish(zone);
              checkTransition(zone, shadow);
              return shadow.writableEndBytes();
            });
    if (alone) {
      report(zone, 1);
    }
  }

  @Override
  public void reset(int zone) throws IOException {
    ZoneShadow shadow = begin(zone);
    boolean alone =
        change(
            zone,
            shadow,
            known -> {
              super.reset(zone);
              checkTransition(zone, shadow);
              return shadow.startBytes();
            });
    if (alone) {
      report(zone, 1);
    }
  }

  @Override
  public void close() throws IOException {
    closed = true;
    super.close();
  }

  private ZoneShadow begin(int zone) throws IOException {
    checkNotClosed();
    AccessRules.checkZone(geometry, zone);
    return shadow(zone);
  }

  /** Runs one change of a zone; returns whether no other change of it ran meanwhile. */
  private boolean change(int zone, ZoneShadow shadow, Change change) throws IOException {
    changesBegun.incrementAndGet();
    ZoneShadow.Known known = shadow.begin();
    long pointer = ZoneShadow.UNKNOWN;
    DeviceException refusal = null;
    boolean alone;
    try {
      pointer = change.run(known);
    } catch (DeviceException e) {
      refusal = e;
      pointer = isRefusal(e.reason()) ? known.pointerBytes() : ZoneShadow.UNKNOWN;
    } finally {
      alone = shadow.end(known, pointer);
      changesEnded.incrementAndGet();
    }
    if (refusal != null) {
      if (alone && pointer != ZoneShadow.UNKNOWN && !closed) {
        // Compare the pointer with its value before the refused access.
        report(zone, 1);
      }
      throw refusal;
    }
    return alone;
  }

  private void checkStored(
      int zone,
      ZoneShadow shadow,
      ZoneShadow.Known known,
      long positionBytes,
      long lengthBytes,
      ByteBuffer[] sources) {
    for (ByteBuffer source : sources) {
      demand(
          !source.hasRemaining(),
          () -> "a write to zone " + zone + " did not take all of a source");
    }
    demand(
        positionBytes + lengthBytes <= shadow.writableEndBytes(),
        () -> "zone " + zone + " took a write beyond its capacity, at " + positionBytes);
    demand(
        !shadow.isSequential()
            || !known.isPointerKnown()
            || !shadow.isExclusive(known)
            || (positionBytes == known.pointerBytes()
                && (lengthBytes == 0 || positionBytes < shadow.writableEndBytes())),
        () ->
            "zone "
                + zone
                + " took a write at "
                + positionBytes
                + " while its write pointer was at "
                + known.pointerBytes());
  }

  private static void checkTransition(int zone, ZoneShadow shadow) {
    demand(
        shadow.isSequential(), () -> "zone " + zone + " is not sequential and took a transition");
  }

  private ZoneShadow shadow(int zone) throws IOException {
    ZoneShadow shadow = shadows.get(zone);
    if (shadow != null) {
      return shadow;
    }
    ZoneDescriptor descriptor = super.report(zone, 1).get(0);
    checkDescriptor(zone, descriptor);
    ZoneShadow made = new ZoneShadow(descriptor);
    ZoneShadow.Known known = made.peek();
    if (shadows.compareAndSet(zone, null, made)) {
      if (descriptor.hasWritePointer()) {
        made.learn(known, descriptor.writePointerBytes());
      }
      return made;
    }
    return Objects.requireNonNull(shadows.get(zone));
  }

  private void compare(ZoneDescriptor zone, ZoneShadow.@Nullable Known known) {
    ZoneShadow shadow = shadows.get(zone.index());
    if (shadow == null || known == null) {
      return;
    }
    demand(
        shadow.isSameZone(zone), () -> "zone " + zone.index() + " has changed its shape: " + zone);
    if (!zone.hasWritePointer()) {
      shadow.learn(known, ZoneShadow.UNKNOWN);
      return;
    }
    boolean quiet = shadow.learn(known, zone.writePointerBytes());
    // A drive may finish a zone by itself, so a full zone is always valid.
    demand(
        !quiet
            || !known.isPointerKnown()
            || zone.condition() == ZoneCondition.FULL
            || zone.writePointerBytes() == known.pointerBytes(),
        () ->
            "zone "
                + zone.index()
                + " reports its write pointer at "
                + zone.writePointerBytes()
                + ", but the accesses so far moved it to "
                + known.pointerBytes());
  }

  private void checkDescriptor(int index, ZoneDescriptor zone) {
    demand(zone.index() == index, () -> "zone " + index + " is reported as zone " + zone.index());
    demand(
        zone.startBytes() == geometry.zoneStartBytes(index)
            && zone.sizeBytes() == AccessRules.zoneSizeBytes(geometry, index)
            && zone.capacityBytes() > 0
            && zone.capacityBytes() <= zone.sizeBytes(),
        () -> "a zone is reported where none can be: " + zone);
    boolean failed =
        zone.condition() == ZoneCondition.READ_ONLY || zone.condition() == ZoneCondition.OFFLINE;
    demand(
        failed
            || (zone.type() == ZoneType.CONVENTIONAL)
                == (zone.condition() == ZoneCondition.NOT_WRITE_POINTER),
        () -> "type and condition do not fit together: " + zone);
    if (zone.hasWritePointer()) {
      long end = zone.startBytes() + zone.capacityBytes();
      long pointer = zone.writePointerBytes();
      demand(
          pointer >= zone.startBytes()
              && pointer <= end
              && pointer % geometry.blockSizeBytes() == 0
              && (zone.condition() != ZoneCondition.EMPTY || pointer == zone.startBytes())
              && (zone.condition() != ZoneCondition.FULL || pointer == end),
          () -> "write pointer and condition do not fit together: " + zone);
    }
  }

  private void checkLimits(List<ZoneDescriptor> zones) {
    long open = zones.stream().filter(zone -> zone.condition().isOpen()).count();
    long active = zones.stream().filter(zone -> zone.condition().isActive()).count();
    demand(
        open <= geometry.maxOpenZones().orElse(Integer.MAX_VALUE)
            && active <= geometry.maxActiveZones().orElse(Integer.MAX_VALUE),
        () ->
            open
                + " open and "
                + active
                + " active zones are more than the drive has: "
                + geometry);
  }

  private void checkNotClosed() throws DeviceException {
    if (closed) {
      throw new DeviceException(Reason.CLOSED, -1, geometry.description() + " is closed");
    }
  }

  @SuppressWarnings("ReferenceEquality") // the same buffer is the mistake, not an equal one
  private static long totalBytes(ByteBuffer[] sources) {
    for (int i = 1; i < sources.length; i++) {
      for (int j = 0; j < i; j++) {
        if (sources[i] == sources[j]) {
          throw new IllegalArgumentException("one buffer is given twice as a source of one write");
        }
      }
    }
    return AccessRules.totalBytes(sources);
  }

  private static boolean isRefusal(Reason reason) {
    return switch (reason) {
      case NOT_AT_WRITE_POINTER,
          BEYOND_CAPACITY,
          UNALIGNED,
          TOO_MANY_OPEN,
          TOO_MANY_ACTIVE,
          ZONE_FULL,
          INVALID_TRANSITION,
          DEVICE_READ_ONLY ->
          true;
      case ZONE_READ_ONLY,
          ZONE_OFFLINE,
          MEDIA,
          REMOVED,
          HOST_SHORTAGE,
          UNAVAILABLE,
          FENCED,
          LAYER_FULL,
          FLUSH_FAILED,
          CLOSED ->
          false;
    };
  }

  private static void demand(boolean condition, Supplier<String> words) {
    if (!condition) {
      throw new ContractViolationException(words.get());
    }
  }

  /** One change of a zone; returns the pointer after it. */
  @FunctionalInterface
  private interface Change {
    long run(ZoneShadow.Known known) throws IOException;
  }
}
