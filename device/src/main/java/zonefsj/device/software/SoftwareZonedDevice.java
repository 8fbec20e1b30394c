// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.software;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;
import zonefsj.device.AccessRules;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.DeviceGeometry;
import zonefsj.device.MediumPresence;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneJudge;
import zonefsj.device.ZonedDevice;
import zonefsj.device.block.CloseLock;
import zonefsj.device.block.NativeException;

/**
 * A drive whose zones are kept in software: {@link ZoneStateMachine} decides what a zone allows, a
 * {@link ZoneStorage} stores the bytes. It is as strict as the strictest real drive. Every access
 * that violates the zone rules is refused with a {@link DeviceException} that names zone, write
 * pointer and position, and changes nothing.
 *
 * <p>An access has these steps: check the geometry rules, take the zone's lock, ask the state
 * machine, store the bytes, move the pointer, save the state. The bytes of a write that fails
 * half-way therefore lie beyond the pointer and are never read. Where the storage consists of zones
 * itself, such a write may have moved their write pointers: after a failed change of a zone the
 * storage is asked for its state ({@link ZoneStorage#settle}) before the next report or change.
 *
 * <p>Threading: safe for use by several threads; one write at a time in each zone, different zones
 * do not wait for each other, reads do not wait. Closing waits for writes in progress.
 */
public abstract class SoftwareZonedDevice implements ZonedDevice {
  private static final int ANY_COPY = -1;

  private final DeviceGeometry geometry;
  private final ZoneStateMachine machine;
  private final ZoneStorage storage;
  private final boolean readOnly;

  /** Held during every change of a zone; all of them by operations that exclude changes. */
  private final ZoneLocks zoneLocks;

  /** Held shared by flushes, and exclusively by operations that exclude changes. */
  private final StampedLock flushes = new StampedLock();

  private volatile boolean closed;

  /** Zones whose last change failed in the storage, or that have failed by themselves. */
  private final Set<Integer> doubtful = ConcurrentHashMap.newKeySet();

  /**
   * @param geometry what the drive reports; must agree with the shapes of the machine
   * @param machine the zones, in their present state
   * @param storage owned from now on
   * @param readOnly whether every change is refused
   */
  protected SoftwareZonedDevice(
      DeviceGeometry geometry, ZoneStateMachine machine, ZoneStorage storage, boolean readOnly) {
    this.geometry = geometry;
    this.machine = machine;
    this.storage = storage;
    this.readOnly = readOnly;
    this.zoneLocks = new ZoneLocks(geometry.zoneCount());
  }

  @Override
  public final DeviceGeometry geometry() {
    return geometry;
  }

  @Override
  public final List<ZoneDescriptor> report(int from, int count) throws IOException {
    checkNotClosed();
    AccessRules.checkReport(geometry, from, count);
    if (!readOnly) {
      for (int zone : storage.failedZones(from, count)) {
        ZoneCondition known = machine.state(zone).condition();
        if (known != ZoneCondition.READ_ONLY && known != ZoneCondition.OFFLINE) {
          doubtful.add(zone);
        }
      }
    }
    List<ZoneDescriptor> zones = new ArrayList<>(count);
    for (int zone = from; zone < from + count; zone++) {
      if (!doubtful.isEmpty()) {
        settleDoubtful(zone);
      }
      zones.add(machine.describe(zone));
    }
    return zones;
  }

  @Override
  public final void read(long positionBytes, ByteBuffer destination) throws IOException {
    readFrom(ANY_COPY, positionBytes, destination);
  }

  @Override
  public final int copies() {
    return storage.copies();
  }

  @Override
  public final void readCopy(int copy, long positionBytes, ByteBuffer destination)
      throws IOException {
    Objects.checkIndex(copy, Integer.MAX_VALUE);
    readFrom(copy, positionBytes, destination);
  }

  @Override
  public final void noteWrong(int copy, long positionBytes) {
    if (positionBytes >= 0 && positionBytes < geometry.capacityBytes()) {
      int zone = geometry.zoneOf(positionBytes);
      storage.noteWrong(copy, zone, positionBytes - geometry.zoneStartBytes(zone));
    }
  }

  @Override
  public final void judgeBy(ZoneJudge judge) {
    storage.judgeBy(judge);
  }

  private void readFrom(int copy, long positionBytes, ByteBuffer destination) throws IOException {
    checkNotClosed();
    AccessRules.checkRead(geometry, positionBytes, destination.remaining());
    int limit = destination.limit();
    long position = positionBytes;
    while (destination.hasRemaining()) {
      int zone = geometry.zoneOf(position);
      long offset = position - geometry.zoneStartBytes(zone);
      int length =
          (int)
              Math.min(
                  destination.remaining(), AccessRules.zoneEndBytes(geometry, zone) - position);
      SoftwareZoneState state = machine.state(zone);
      if (state.condition() == ZoneCondition.OFFLINE) {
        throw machine.refuseRead(zone, state, position);
      }
      int stored = (int) Math.max(0, Math.min(length, state.writtenBytes() - offset));
      if (stored > 0) {
        destination.limit(destination.position() + stored);
        try {
          readStored(copy, zone, offset, destination);
        } catch (IOException e) {
          String what = "read of " + stored + " bytes at " + position;
          // That one copy does not answer says nothing of the zone.
          throw copy == ANY_COPY ? failed(zone, what, e) : failure(zone, what, e);
        }
        destination.limit(limit);
      }
      Zeros.put(destination, length - stored);
      position += length;
    }
  }

  private void readStored(int copy, int zone, long offsetBytes, ByteBuffer destination)
      throws IOException {
    if (copy == ANY_COPY) {
      storage.read(zone, offsetBytes, destination);
    } else {
      storage.readCopy(copy, zone, offsetBytes, destination);
    }
  }

  @Override
  public final void write(long positionBytes, ByteBuffer... sources) throws IOException {
    checkMayChange();
    long length = AccessRules.totalBytes(sources);
    int zone = AccessRules.checkWrite(geometry, positionBytes, length);
    zoneLocks.lock(zone);
    try {
      checkNotClosed();
      settle(zone);
      store(zone, positionBytes - geometry.zoneStartBytes(zone), length, sources);
    } finally {
      zoneLocks.release(zone);
    }
  }

  @Override
  public final long append(int zone, ByteBuffer... sources) throws IOException {
    checkMayChange();
    long length = AccessRules.totalBytes(sources);
    AccessRules.checkAppend(geometry, zone, length);
    zoneLocks.lock(zone);
    try {
      checkNotClosed();
      settle(zone);
      long offset = machine.appendOffsetBytes(zone, length);
      store(zone, offset, length, sources);
      return geometry.zoneStartBytes(zone) + offset;
    } finally {
      zoneLocks.release(zone);
    }
  }

  @Override
  public final void flush() throws IOException {
    checkNotClosed();
    if (readOnly) {
      return;
    }
    long stamp = flushes.readLock();
    try {
      checkNotClosed();
      flushStorage();
    } finally {
      flushes.unlockRead(stamp);
    }
  }

  private void flushStorage() throws DeviceException {
    try {
      storage.flush(machine);
    } catch (IOException e) {
      throw new DeviceException(
          Reason.FLUSH_FAILED, -1, geometry.description() + ": flush failed: " + e.getMessage(), e);
    }
  }

  @Override
  public final void open(int zone) throws IOException {
    transition(
        zone,
        () -> {
          saveClosed(machine.open(zone));
          save(zone);
        });
  }

  @Override
  public final void close(int zone) throws IOException {
    transition(
        zone,
        () -> {
          machine.close(zone);
          save(zone);
        });
  }

  @Override
  public final void finish(int zone) throws IOException {
    transition(
        zone,
        () -> {
          if (machine.mayFinish(zone)) {
            try {
              storage.finish(zone);
            } catch (IOException e) {
              throw failed(zone, "the finish", e);
            }
          }
          saveClosed(machine.finish(zone));
          save(zone);
        });
  }

  @Override
  public final void reset(int zone) throws IOException {
    transition(
        zone,
        () -> {
          Emptier emptier = new Emptier(zone);
          try {
            storage.reset(zone, machine, emptier);
          } catch (IOException e) {
            throw emptier.refusal == null ? failed(zone, "the reset", e) : emptier.refusal;
          }
        });
  }

  @Override
  public void close() throws IOException {
    long deadline = System.nanoTime() + CloseLock.TIMEOUT.toNanos();
    long stamp = CloseLock.await(flushes, geometry.description());
    try {
      zoneLocks.lockAll(deadline, geometry.description());
      try {
        if (!closed) {
          closed = true;
          storage.close();
        }
      } finally {
        zoneLocks.unlockAll();
      }
    } finally {
      flushes.unlockWrite(stamp);
    }
  }

  @Override
  public final String toString() {
    return geometry.description();
  }

  /**
   * Runs a step while nothing else changes a zone.
   *
   * @throws IOException of the step; the zone is then examined as after any failed change
   */
  protected final void whileUnchanged(int zone, Step step) throws IOException {
    zoneLocks.lock(zone);
    try {
      checkNotClosed();
      settle(zone);
      try {
        step.run();
      } catch (IOException e) {
        throw failed(zone, "an access of its parts", e);
      }
    } finally {
      zoneLocks.release(zone);
    }
  }

  /** The state of a zone. */
  protected final SoftwareZoneState stateOf(int zone) {
    return machine.state(zone);
  }

  /** Runs {@code copier} while nothing changes the drive. */
  protected final <T> T whileStill(Copier<T> copier) throws DeviceException {
    // Flushes first: what waits for them must not hold up the changes of all zones.
    long stamp = flushes.writeLock();
    try {
      zoneLocks.lockAll();
      try {
        checkNotClosed();
        return copier.copy(machine.copy());
      } finally {
        zoneLocks.unlockAll();
      }
    } finally {
      flushes.unlockWrite(stamp);
    }
  }

  /** Asks the storage for the state of a zone whose last change failed; with the zone's lock. */
  private void settle(int zone) throws IOException {
    if (doubtful.isEmpty() || !doubtful.contains(zone)) {
      return;
    }
    SoftwareZoneState known = machine.state(zone);
    SoftwareZoneState state;
    try {
      state = storage.settle(zone, known);
    } catch (IOException e) {
      throw failed(zone, "finding the zone's state after a failure", e);
    }
    // Meanwhile another zone may have closed this one, which is no change to undo.
    if (!state.isLike(known)) {
      machine.settle(zone, state);
    }
    doubtful.remove(zone);
  }

  private void settleDoubtful(int zone) throws IOException {
    if (!doubtful.contains(zone)) {
      return;
    }
    zoneLocks.lock(zone);
    try {
      checkNotClosed();
      settle(zone);
    } finally {
      zoneLocks.release(zone);
    }
  }

  private void store(int zone, long offset, long length, ByteBuffer[] sources) throws IOException {
    saveClosed(machine.beginWrite(zone, offset, length));
    try {
      storage.write(zone, offset, sources);
    } catch (IOException e) {
      throw failed(
          zone, "write of " + length + " bytes at " + (geometry.zoneStartBytes(zone) + offset), e);
    }
    if (machine.endWrite(zone, length)) {
      save(zone);
    }
  }

  /**
   * Makes a zone READ_ONLY or OFFLINE.
   *
   * @throws DeviceException if an offline zone would become read-only
   */
  protected final void wear(int zone, ZoneCondition condition) throws IOException {
    transition(zone, () -> wearHeld(zone, condition));
  }

  /** As {@link #wear}, within {@link #whileUnchanged}. */
  protected final void wearHeld(int zone, ZoneCondition condition) throws IOException {
    machine.wear(zone, condition);
    save(zone);
  }

  private void transition(int zone, Step step) throws IOException {
    checkMayChange();
    AccessRules.checkZone(geometry, zone);
    zoneLocks.lock(zone);
    try {
      checkNotClosed();
      settle(zone);
      step.run();
    } finally {
      zoneLocks.release(zone);
    }
  }

  private void saveClosed(int zone) throws IOException {
    if (zone != ZoneStateMachine.NO_ZONE) {
      save(zone);
    }
  }

  private void save(int zone) throws IOException {
    try {
      storage.saveState(zone, machine);
    } catch (IOException e) {
      throw failed(zone, "remembering the zone's state", e);
    }
  }

  private void checkMayChange() throws DeviceException {
    checkNotClosed();
    if (readOnly) {
      throw new DeviceException(
          Reason.DEVICE_READ_ONLY, -1, geometry.description() + " was opened read-only");
    }
  }

  private void checkNotClosed() throws DeviceException {
    if (closed) {
      throw new DeviceException(Reason.CLOSED, -1, geometry.description() + " is closed");
    }
  }

  /** A failure after which the storage is asked for the state of the zone. */
  private DeviceException failed(int zone, String what, IOException cause) {
    doubtful.add(zone);
    return failure(zone, what, cause);
  }

  private DeviceException failure(int zone, String what, IOException cause) {
    Reason reason = closed ? Reason.CLOSED : isLost() ? Reason.REMOVED : reason(cause);
    return new DeviceException(
        reason,
        zone,
        "zone "
            + zone
            + " (write pointer at "
            + (geometry.zoneStartBytes(zone) + machine.state(zone).pointerBytes())
            + "): "
            + what
            + " failed: "
            + cause.getMessage(),
        cause);
  }

  private boolean isLost() {
    return this instanceof MediumPresence medium && !medium.loss().isEmpty();
  }

  private static Reason reason(IOException cause) {
    if (cause instanceof DeviceException below) {
      return switch (below.reason()) {
        case ZONE_READ_ONLY,
            ZONE_OFFLINE,
            REMOVED,
            HOST_SHORTAGE,
            UNAVAILABLE,
            FENCED,
            LAYER_FULL,
            FLUSH_FAILED ->
            below.reason();
        // Refusals: this drive has allowed the access, so the storage is not as it should be.
        default -> Reason.MEDIA;
      };
    }
    boolean isShortage = cause instanceof NativeException told && told.isShortage();
    return isShortage ? Reason.HOST_SHORTAGE : Reason.MEDIA;
  }

  /** Empties a zone in the state machine, and remembers its refusal. */
  private final class Emptier implements ZoneStorage.Emptying {
    private final int zone;
    private @Nullable DeviceException refusal;

    Emptier(int zone) {
      this.zone = zone;
    }

    @Override
    public boolean run() throws DeviceException {
      try {
        return machine.reset(zone);
      } catch (DeviceException refused) {
        refusal = refused;
        throw refused;
      }
    }
  }

  /** What is done with a zone while its lock is held. */
  @FunctionalInterface
  protected interface Step {
    /** Runs with the lock. */
    void run() throws IOException;
  }

  /** Derives a result from a copy of all states. */
  @FunctionalInterface
  protected interface Copier<T> {
    /** Called while nothing changes the drive. */
    T copy(ZoneStateMachine states);
  }
}
