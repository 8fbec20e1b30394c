// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.fault;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import zonefsj.device.AccessRules;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.FilterZonedDevice;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZonedDevice;
import zonefsj.device.emulated.ZoneInjection;
import zonefsj.device.filter.DeviceOperation;

/**
 * A drive that injects the faults of a {@link FaultPlan}. Accesses without a fault go to the drive
 * below unchanged.
 *
 * <p>Threading: as the drive below; faults are decided in the order in which accesses begin.
 */
public final class FaultyZonedDevice extends FilterZonedDevice {
  private final FaultPlan plan;
  private final ZoneInjection injection;
  private final Map<DeviceOperation, AtomicLong> begun = new EnumMap<>(DeviceOperation.class);

  /**
   * @param delegate the drive to wrap; owned from now on
   * @param plan decides the faults
   * @param injection makes zones of the drive below read-only or offline, as the emulated drives
   *     can
   */
  public FaultyZonedDevice(ZonedDevice delegate, FaultPlan plan, ZoneInjection injection) {
    super(delegate);
    this.plan = plan;
    this.injection = injection;
    for (DeviceOperation operation : DeviceOperation.values()) {
      begun.put(operation, new AtomicLong());
    }
  }

  /** Number of accesses of a kind that have begun. */
  public long begun(DeviceOperation operation) {
    return counter(operation).get();
  }

  @Override
  public List<ZoneDescriptor> report(int from, int count) throws IOException {
    strike(DeviceOperation.REPORT, from, "report from zone " + from);
    return super.report(from, count);
  }

  @Override
  public void readCopy(int copy, long positionBytes, ByteBuffer destination) throws IOException {
    read(positionBytes, destination, () -> super.readCopy(copy, positionBytes, destination));
  }

  @Override
  public void read(long positionBytes, ByteBuffer destination) throws IOException {
    read(positionBytes, destination, () -> super.read(positionBytes, destination));
  }

  /** A read of the drive below. */
  @FunctionalInterface
  private interface BelowRead {
    void run() throws IOException;
  }

  private void read(long positionBytes, ByteBuffer destination, BelowRead below)
      throws IOException {
    int from = destination.position();
    int length = destination.remaining();
    Optional<Fault> fault =
        strike(DeviceOperation.READ, zoneOf(positionBytes), "read at " + positionBytes);
    below.run();
    if (length > 0 && fault.isPresent() && fault.get() instanceof Fault.FlipBit flip) {
      long bit = flip.bit() % (length * (long) Byte.SIZE);
      int at = from + (int) (bit / Byte.SIZE);
      destination.put(at, (byte) (destination.get(at) ^ (1 << (bit % Byte.SIZE))));
    }
  }

  @Override
  public void write(long positionBytes, ByteBuffer... sources) throws IOException {
    int zone = zoneOf(positionBytes);
    Optional<Fault> fault = strike(DeviceOperation.WRITE, zone, "write at " + positionBytes);
    if (fault.isPresent() && fault.get() instanceof Fault.Tear tear) {
      super.write(positionBytes, firstBlocks(tear.blocks(), sources));
      throw torn(zone, "write at " + positionBytes);
    }
    if (fault.isPresent() && fault.get() instanceof Fault.LoseTail tail) {
      loseTail(zone, tail.blocks());
      throw torn(zone, "write at " + positionBytes);
    }
    super.write(positionBytes, sources);
  }

  /** Writes the zone anew without its last blocks, past the plan. */
  private void loseTail(int zone, int blocks) throws IOException {
    ZoneDescriptor before = super.report(zone, 1).get(0);
    long lostBytes = (long) blocks * geometry().blockSizeBytes();
    ByteBuffer kept =
        ByteBuffer.allocateDirect(Math.toIntExact(Math.max(0, before.writtenBytes() - lostBytes)));
    super.read(before.startBytes(), kept);
    super.reset(zone);
    super.write(before.startBytes(), kept.flip());
  }

  @Override
  public long append(int zone, ByteBuffer... sources) throws IOException {
    Optional<Fault> fault = strike(DeviceOperation.APPEND, zone, "append");
    if (fault.isPresent() && fault.get() instanceof Fault.Tear tear) {
      long position = super.append(zone, firstBlocks(tear.blocks(), sources));
      throw torn(zone, "append at " + position);
    }
    return super.append(zone, sources);
  }

  @Override
  public void flush() throws IOException {
    strike(DeviceOperation.FLUSH, -1, "flush");
    super.flush();
  }

  @Override
  public void open(int zone) throws IOException {
    strike(DeviceOperation.OPEN, zone, "open");
    super.open(zone);
  }

  @Override
  public void close(int zone) throws IOException {
    strike(DeviceOperation.CLOSE, zone, "close");
    super.close(zone);
  }

  @Override
  public void finish(int zone) throws IOException {
    strike(DeviceOperation.FINISH, zone, "finish");
    super.finish(zone);
  }

  @Override
  public void reset(int zone) throws IOException {
    strike(DeviceOperation.RESET, zone, "reset");
    super.reset(zone);
  }

  /** Asks the plan, and performs the part of the fault that comes before the access. */
  private Optional<Fault> strike(DeviceOperation operation, int zone, String what)
      throws IOException {
    Optional<Fault> fault = plan.faultFor(operation, zone, counter(operation).incrementAndGet());
    if (fault.isEmpty()) {
      return fault;
    }
    boolean known = zone >= 0 && zone < geometry().zoneCount();
    if (fault.get() instanceof Fault.Fail fail) {
      throw new DeviceException(
          fail.reason(),
          zone,
          (zone < 0 ? "" : "zone " + zone + ": ") + "injected failure of a " + what);
    } else if (fault.get() instanceof Fault.WearReadOnly && known) {
      injection.setReadOnly(zone);
    } else if (fault.get() instanceof Fault.WearOffline && known) {
      injection.setOffline(zone);
    } else if ((fault.get() instanceof Fault.Tear || fault.get() instanceof Fault.LoseTail)
        && operation != DeviceOperation.WRITE
        && operation != DeviceOperation.APPEND) {
      throw torn(zone, what);
    }
    return fault;
  }

  /** Views of the first blocks of all sources, never of the whole. */
  private ByteBuffer[] firstBlocks(int blocks, ByteBuffer[] sources) {
    int block = geometry().blockSizeBytes();
    long whole = AccessRules.totalBytes(sources);
    long left = Math.max(0, Math.min((long) blocks * block, whole - block));
    ByteBuffer[] first = new ByteBuffer[sources.length];
    for (int i = 0; i < sources.length; i++) {
      int length = (int) Math.min(left, sources[i].remaining());
      first[i] = sources[i].slice(sources[i].position(), length);
      left -= length;
    }
    return first;
  }

  private AtomicLong counter(DeviceOperation operation) {
    return Objects.requireNonNull(begun.get(operation));
  }

  private int zoneOf(long positionBytes) {
    boolean within = positionBytes >= 0 && positionBytes < geometry().capacityBytes();
    return within ? geometry().zoneOf(positionBytes) : -1;
  }

  private static DeviceException torn(int zone, String what) {
    return new DeviceException(
        Reason.MEDIA, zone, "zone " + zone + ": injected failure half way through a " + what);
  }
}
