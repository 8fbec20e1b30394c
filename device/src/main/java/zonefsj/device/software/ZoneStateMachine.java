// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.software;

import static java.util.Comparator.naturalOrder;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import zonefsj.device.DeviceException;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.ZoneCondition;
import zonefsj.device.ZoneDescriptor;
import zonefsj.device.ZoneType;

/**
 * The conditions of all zones and the limits of open and active ones, by the rules of the NVMe
 * Zoned Namespace Command Set (zone state machine, section 2.1.1.2 of revision 1.1): the only class
 * that decides what a zone allows.
 *
 * <pre>
 *            write        open         close        finish    reset
 * EMPTY      IMPLICIT*    EXPLICIT*    -            FULL      -
 * IMPLICIT   =            EXPLICIT     CLOSED       FULL      EMPTY
 * EXPLICIT   =            -            CLOSED       FULL      EMPTY
 * CLOSED     IMPLICIT*    EXPLICIT*    -            FULL      EMPTY
 * FULL       refused      refused      refused      -         EMPTY
 * no pointer =            refused      refused      refused   refused
 * READ_ONLY  refused      refused      refused      refused   refused
 * OFFLINE    refused      refused      refused      refused   refused
 *
 * -  nothing happens      = stays, or FULL at its capacity
 * *  takes an open zone (and an active one from EMPTY); where the limit of open zones is reached, the
 *    implicitly open zone that was opened first is closed; refused only if all are explicitly open
 * </pre>
 *
 * <p>Threading: states are immutable and read without a lock. A thread that changes a zone holds
 * that zone's own lock (see {@link SoftwareZonedDevice}); meanwhile another thread may only close
 * it, if it is implicitly open. Conditions change under this object's monitor, for a few
 * instructions and without I/O. A write that leaves the condition as it is moves the pointer
 * without it, by compare-and-set.
 */
public final class ZoneStateMachine implements SoftwareZoneStates {
  /** No other zone was closed. */
  public static final int NO_ZONE = -1;

  private final ZoneShapes shapes;
  private final DriveProfile profile;
  private final AtomicReferenceArray<SoftwareZoneState> states;

  /** Implicitly open zones in the order of their opening; kept only if open zones are limited. */
  private final LinkedHashSet<Integer> implicitlyOpen;

  private int openZones;
  private int activeZones;

  /** Start of the search for the next zone to close, if the profile uses it. */
  private int nextToClose;

  /** Creates all zones in their initial state. */
  public ZoneStateMachine(ZoneShapes shapes, DriveProfile profile) {
    this.shapes = shapes;
    this.profile = profile;
    int zones = shapes.zoneCount();
    this.states = new AtomicReferenceArray<>(zones);
    for (int zone = 0; zone < zones; zone++) {
      states.setPlain(zone, initialState(shapes, zone));
    }
    this.implicitlyOpen = new LinkedHashSet<>();
  }

  /**
   * Creates zones from stored states. Impossible combinations are corrected as a drive does at its
   * start: the order in which a crashed host wrote the states is unknown, so more zones may seem
   * open or active than allowed. Open zones are then closed, and the fullest active ones are
   * finished.
   */
  public ZoneStateMachine(ZoneShapes shapes, List<SoftwareZoneState> stored) {
    this.shapes = shapes;
    this.profile = DriveProfile.STANDARD;
    this.states = new AtomicReferenceArray<>(stored.toArray(SoftwareZoneState[]::new));
    this.implicitlyOpen = new LinkedHashSet<>();
    for (int zone = 0; zone < stored.size(); zone++) {
      count(zone, stored.get(zone).condition(), 1);
    }
    mend();
  }

  private ZoneStateMachine(ZoneStateMachine other) {
    this.shapes = other.shapes;
    this.profile = other.profile;
    int zones = shapes.zoneCount();
    this.states = new AtomicReferenceArray<>(zones);
    for (int zone = 0; zone < zones; zone++) {
      states.setPlain(zone, other.states.getPlain(zone));
    }
    this.implicitlyOpen = new LinkedHashSet<>(other.implicitlyOpen);
    this.openZones = other.openZones;
    this.activeZones = other.activeZones;
    this.nextToClose = other.nextToClose;
  }

  /** The state of a zone of a new drive. */
  public static SoftwareZoneState initialState(ZoneShapes shapes, int zone) {
    return shapes.isConventional(zone)
        ? SoftwareZoneState.conventional(shapes.sizeOfBytes(zone))
        : SoftwareZoneState.EMPTY;
  }

  /** An independent copy. The caller prevents changes meanwhile. */
  public synchronized ZoneStateMachine copy() {
    return new ZoneStateMachine(this);
  }

  @Override
  public SoftwareZoneState state(int zone) {
    return states.get(zone);
  }

  /** The report of a zone. */
  public ZoneDescriptor describe(int zone) {
    SoftwareZoneState state = state(zone);
    long startBytes = startBytes(zone);
    return new ZoneDescriptor(
        zone,
        shapes.isConventional(zone) ? ZoneType.CONVENTIONAL : ZoneType.SEQUENTIAL_REQUIRED,
        state.condition(),
        startBytes,
        shapes.sizeOfBytes(zone),
        shapes.capacityOfBytes(zone),
        startBytes + state.pointerBytes());
  }

  /**
   * Decides whether a write may begin, and opens the zone for it.
   *
   * @return the zone that was closed to open this one, or {@link #NO_ZONE}
   */
  public int beginWrite(int zone, long offsetBytes, long lengthBytes) throws DeviceException {
    SoftwareZoneState state = states.get(zone);
    // Changes nothing, so it needs no monitor: the zone may be closed right after it anyway.
    if (state.condition().isOpen()
        && offsetBytes == state.pointerBytes()
        && lengthBytes <= shapes.capacityOfBytes(zone) - offsetBytes) {
      return NO_ZONE;
    }
    return openToWrite(zone, offsetBytes, lengthBytes);
  }

  private synchronized int openToWrite(int zone, long offsetBytes, long lengthBytes)
      throws DeviceException {
    SoftwareZoneState state = states.get(zone);
    switch (state.condition()) {
      case NOT_WRITE_POINTER -> {
        return NO_ZONE;
      }
      case FULL, READ_ONLY, OFFLINE ->
          throw refuseCondition(zone, state, writeOf(zone, offsetBytes, lengthBytes));
      default -> {}
    }
    if (offsetBytes != state.pointerBytes()) {
      throw refuse(
          Reason.NOT_AT_WRITE_POINTER,
          zone,
          state,
          writeOf(zone, offsetBytes, lengthBytes),
          "writes must be at the write pointer");
    }
    if (lengthBytes > shapes.capacityOfBytes(zone) - offsetBytes) {
      throw refuse(
          Reason.BEYOND_CAPACITY,
          zone,
          state,
          writeOf(zone, offsetBytes, lengthBytes),
          "the zone's capacity ends at " + (startBytes(zone) + shapes.capacityOfBytes(zone)));
    }
    if (lengthBytes == 0 || state.condition().isOpen()) {
      return NO_ZONE;
    }
    return becomeOpen(
        zone, state, ZoneCondition.IMPLICIT_OPEN, writeOf(zone, offsetBytes, lengthBytes));
  }

  /** Words for a write; made only where a zone is opened or refused, for they cost 100 ns. */
  private String writeOf(int zone, long offsetBytes, long lengthBytes) {
    return "write of " + lengthBytes + " bytes at " + (startBytes(zone) + offsetBytes);
  }

  /**
   * Moves the pointer after bytes were stored.
   *
   * @return whether there is a new state to save
   */
  public boolean endWrite(int zone, long lengthBytes) {
    SoftwareZoneState state = states.get(zone);
    long pointerBytes = state.pointerBytes() + lengthBytes;
    boolean staysOpen = state.condition().isOpen() && pointerBytes < shapes.capacityOfBytes(zone);
    // It fails if the zone was closed meanwhile.
    if (staysOpen && lengthBytes > 0 && states.compareAndSet(zone, state, state.at(pointerBytes))) {
      return true;
    }
    return endWriteInTurn(zone, lengthBytes);
  }

  private synchronized boolean endWriteInTurn(int zone, long lengthBytes) {
    SoftwareZoneState state = states.get(zone);
    if (state.condition() == ZoneCondition.NOT_WRITE_POINTER) {
      // Set the same state again: a thread that reads it afterwards sees the stored bytes.
      states.set(zone, state);
      return false;
    }
    if (lengthBytes == 0) {
      return false;
    }
    long pointerBytes = state.pointerBytes() + lengthBytes;
    SoftwareZoneState moved = state.at(pointerBytes);
    boolean isFull = pointerBytes == shapes.capacityOfBytes(zone);
    change(zone, state, isFull ? moved.as(ZoneCondition.FULL) : moved);
    return true;
  }

  /** The offset of an append; the caller prevents other writes to the zone. */
  public long appendOffsetBytes(int zone, long lengthBytes) throws DeviceException {
    SoftwareZoneState state = states.get(zone);
    if (state.condition() == ZoneCondition.NOT_WRITE_POINTER) {
      throw refuseCondition(zone, state, "append of " + lengthBytes + " bytes");
    }
    return state.pointerBytes();
  }

  /**
   * Opens a zone explicitly.
   *
   * @return the zone that was closed to open this one, or {@link #NO_ZONE}
   */
  public synchronized int open(int zone) throws DeviceException {
    SoftwareZoneState state = states.get(zone);
    return switch (state.condition()) {
      case EXPLICIT_OPEN -> NO_ZONE;
      case IMPLICIT_OPEN -> {
        change(zone, state, state.as(ZoneCondition.EXPLICIT_OPEN));
        yield NO_ZONE;
      }
      case EMPTY, CLOSED -> becomeOpen(zone, state, ZoneCondition.EXPLICIT_OPEN, "open");
      case NOT_WRITE_POINTER, FULL, READ_ONLY, OFFLINE ->
          throw refuseCondition(zone, state, "open");
    };
  }

  /** Closes an open zone; see {@link zonefsj.device.ZonedDevice#close(int)}. */
  public synchronized void close(int zone) throws DeviceException {
    SoftwareZoneState state = states.get(zone);
    switch (state.condition()) {
      case EMPTY, CLOSED -> {}
      case IMPLICIT_OPEN, EXPLICIT_OPEN -> {
        boolean empties = profile.emptiesUnwritten() && state.pointerBytes() == 0;
        change(zone, state, state.as(empties ? ZoneCondition.EMPTY : ZoneCondition.CLOSED));
      }
      case NOT_WRITE_POINTER, FULL, READ_ONLY, OFFLINE ->
          throw refuseCondition(zone, state, "close");
    }
  }

  /**
   * Decides whether a zone may be finished; changes nothing.
   *
   * @return false if it is full already
   */
  public synchronized boolean mayFinish(int zone) throws DeviceException {
    SoftwareZoneState state = states.get(zone);
    return switch (state.condition()) {
      case EMPTY, CLOSED, IMPLICIT_OPEN, EXPLICIT_OPEN -> true;
      case FULL -> false;
      case NOT_WRITE_POINTER, READ_ONLY, OFFLINE -> throw refuseCondition(zone, state, "finish");
    };
  }

  /**
   * Makes a zone full.
   *
   * @return the zone that was closed to finish this one, or {@link #NO_ZONE}
   */
  public synchronized int finish(int zone) throws DeviceException {
    SoftwareZoneState state = states.get(zone);
    return switch (state.condition()) {
      case EMPTY, CLOSED -> {
        int closed = profile.finishTakesRoom() ? makeRoom(zone, state, "finish") : NO_ZONE;
        change(zone, state, finished(zone, state));
        yield closed;
      }
      case IMPLICIT_OPEN, EXPLICIT_OPEN -> {
        change(zone, state, finished(zone, state));
        yield NO_ZONE;
      }
      case FULL -> NO_ZONE;
      case NOT_WRITE_POINTER, READ_ONLY, OFFLINE -> throw refuseCondition(zone, state, "finish");
    };
  }

  /**
   * Makes a zone empty.
   *
   * @return whether it was not empty before
   */
  public synchronized boolean reset(int zone) throws DeviceException {
    SoftwareZoneState state = states.get(zone);
    return switch (state.condition()) {
      case EMPTY -> false;
      case IMPLICIT_OPEN, EXPLICIT_OPEN, CLOSED, FULL -> {
        change(zone, state, new SoftwareZoneState(ZoneCondition.EMPTY, 0, 0, state.resets() + 1));
        yield true;
      }
      case NOT_WRITE_POINTER, READ_ONLY, OFFLINE -> throw refuseCondition(zone, state, "reset");
    };
  }

  /** Sets the state that a zone was found to have. One that has changed counts as reset. */
  public synchronized void settle(int zone, SoftwareZoneState found) {
    SoftwareZoneState known = states.get(zone);
    if (!found.equals(known)) {
      change(
          zone,
          known,
          new SoftwareZoneState(
              found.condition(), found.pointerBytes(), found.writtenBytes(), known.resets() + 1));
    }
  }

  /** Makes a zone READ_ONLY or OFFLINE. */
  public synchronized void wear(int zone, ZoneCondition condition) throws DeviceException {
    SoftwareZoneState state = states.get(zone);
    if (state.condition() == ZoneCondition.OFFLINE && condition != ZoneCondition.OFFLINE) {
      throw refuseCondition(zone, state, "making it " + name(condition));
    }
    change(zone, state, state.as(condition));
  }

  /** Refuses an access to an offline zone. */
  public DeviceException refuseRead(int zone, SoftwareZoneState state, long positionBytes) {
    return refuseCondition(zone, state, "read at " + positionBytes);
  }

  private int becomeOpen(int zone, SoftwareZoneState state, ZoneCondition condition, String what)
      throws DeviceException {
    int closed = makeRoom(zone, state, what);
    change(zone, state, state.as(condition));
    return closed;
  }

  /** Ensures that one more zone can be open, and active if it is empty. */
  private int makeRoom(int zone, SoftwareZoneState state, String what) throws DeviceException {
    boolean activeFull = activeZones >= shapes.maxActiveZones().orElse(Integer.MAX_VALUE);
    boolean openFull = openZones >= shapes.maxOpenZones().orElse(Integer.MAX_VALUE);
    boolean tooManyActive = state.condition() == ZoneCondition.EMPTY && activeFull;
    boolean evicts =
        openFull && !implicitlyOpen.isEmpty() && (!tooManyActive || profile.evictsBeforeRefusal());
    int closed = NO_ZONE;
    if (evicts) {
      closed = takeZoneToClose(activeFull);
      // Its lock is not held: its pointer may be moved meanwhile.
      states.updateAndGet(closed, other -> other.as(ZoneCondition.CLOSED));
      count(closed, ZoneCondition.IMPLICIT_OPEN, -1);
      count(closed, ZoneCondition.CLOSED, 1);
    }
    if (tooManyActive) {
      throw refuse(
          Reason.TOO_MANY_ACTIVE,
          zone,
          state,
          what,
          activeZones + " zones are active and the drive allows no more");
    }
    if (openFull && !evicts) {
      throw refuse(
          Reason.TOO_MANY_OPEN,
          zone,
          state,
          what,
          openZones + " zones are explicitly open and the drive allows no more");
    }
    return closed;
  }

  private int takeZoneToClose(boolean activeFull) {
    if (profile.eviction() == DriveProfile.Eviction.OLDEST) {
      return implicitlyOpen.iterator().next();
    }
    int lowest = Collections.min(implicitlyOpen);
    boolean byHost = profile.hostEvictsWhenActiveFull() && activeFull;
    if (byHost || profile.eviction() == DriveProfile.Eviction.LOWEST) {
      return lowest;
    }
    int next =
        implicitlyOpen.stream()
            .filter(zone -> zone >= nextToClose)
            .min(naturalOrder())
            .orElse(lowest);
    nextToClose = next + 1;
    return next;
  }

  /** Changes a zone whose lock is held. */
  private void change(int zone, SoftwareZoneState from, SoftwareZoneState to) {
    if (from.condition() != to.condition()) {
      count(zone, from.condition(), -1);
      count(zone, to.condition(), 1);
    }
    states.set(zone, to);
  }

  private void count(int zone, ZoneCondition condition, int step) {
    if (condition.isOpen()) {
      openZones += step;
    }
    if (condition.isActive()) {
      activeZones += step;
    }
    if (condition == ZoneCondition.IMPLICIT_OPEN && shapes.maxOpenZones().isPresent()) {
      if (step > 0) {
        implicitlyOpen.add(zone);
      } else {
        implicitlyOpen.remove(zone);
      }
    }
  }

  private void mend() {
    if (openZones > shapes.maxOpenZones().orElse(Integer.MAX_VALUE)) {
      for (int zone = 0; zone < states.length(); zone++) {
        SoftwareZoneState state = states.get(zone);
        if (state.condition().isOpen()) {
          change(zone, state, state.as(ZoneCondition.CLOSED));
        }
      }
    }
    int excess = activeZones - shapes.maxActiveZones().orElse(Integer.MAX_VALUE);
    if (excess <= 0) {
      return;
    }
    List<Integer> active = new ArrayList<>();
    for (int zone = 0; zone < states.length(); zone++) {
      if (states.get(zone).condition().isActive()) {
        active.add(zone);
      }
    }
    active.sort(
        Comparator.comparingLong(
            zone -> shapes.capacityOfBytes(zone) - states.get(zone).pointerBytes()));
    for (int zone : active.subList(0, excess)) {
      SoftwareZoneState state = states.get(zone);
      change(zone, state, finished(zone, state));
    }
  }

  private SoftwareZoneState finished(int zone, SoftwareZoneState state) {
    return new SoftwareZoneState(
        ZoneCondition.FULL, shapes.capacityOfBytes(zone), state.writtenBytes(), state.resets());
  }

  private DeviceException refuseCondition(int zone, SoftwareZoneState state, String what) {
    return switch (state.condition()) {
      case FULL -> refuse(Reason.ZONE_FULL, zone, state, what, "the zone is full");
      case READ_ONLY -> refuse(Reason.ZONE_READ_ONLY, zone, state, what, "the zone is read-only");
      case OFFLINE -> refuse(Reason.ZONE_OFFLINE, zone, state, what, "the zone is offline");
      default ->
          refuse(
              Reason.INVALID_TRANSITION,
              zone,
              state,
              what,
              "a " + name(state.condition()) + " zone does not know it");
    };
  }

  private DeviceException refuse(
      Reason reason, int zone, SoftwareZoneState state, String what, String why) {
    return new DeviceException(
        reason,
        zone,
        "zone "
            + zone
            + " ("
            + name(state.condition())
            + ", write pointer at "
            + (startBytes(zone) + state.pointerBytes())
            + "): "
            + what
            + " refused: "
            + why);
  }

  private static String name(ZoneCondition condition) {
    return switch (condition) {
      case NOT_WRITE_POINTER -> "conventional";
      case EMPTY -> "empty";
      case IMPLICIT_OPEN -> "implicitly open";
      case EXPLICIT_OPEN -> "explicitly open";
      case CLOSED -> "closed";
      case FULL -> "full";
      case READ_ONLY -> "read-only";
      case OFFLINE -> "offline";
    };
  }

  private long startBytes(int zone) {
    return zone * shapes.zoneSizeBytes();
  }
}
