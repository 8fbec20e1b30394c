// SPDX-License-Identifier: Apache-2.0
package zonefsj.device.fault;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.filter.DeviceOperation;

/**
 * Faults that a test specifies: the n-th access of a kind from now on. Thread-safe; lines can be
 * added at any time. A line counts accesses from its addition and is removed when it applies. If
 * several apply to one access, the line added first takes effect, and the others are removed too.
 * Lines of {@link #failFrom} stay.
 */
public final class FaultScript implements FaultPlan {
  private static final int ANY_ZONE = -2;

  private final List<Line> lines = new ArrayList<>();

  private static final class Line {
    final DeviceOperation operation;
    final int zone;
    final Fault fault;
    final boolean forEver;
    long left;

    Line(DeviceOperation operation, int zone, long left, Fault fault, boolean forEver) {
      this.operation = operation;
      this.zone = zone;
      this.left = left;
      this.fault = fault;
      this.forEver = forEver;
    }
  }

  /** The n-th access of a kind from now on, n from 1, gets {@code fault}. */
  public FaultScript on(DeviceOperation operation, long nth, Fault fault) {
    return add(new Line(operation, ANY_ZONE, nth, fault, false));
  }

  /** The n-th access of a kind to one zone from now on, n from 1, gets {@code fault}. */
  public FaultScript onZone(int zone, DeviceOperation operation, long nth, Fault fault) {
    return add(new Line(operation, zone, nth, fault, false));
  }

  /** The n-th access of a kind from now on, n from 1, fails. */
  public FaultScript fail(DeviceOperation operation, long nth, Reason reason) {
    return on(operation, nth, new Fault.Fail(reason));
  }

  /** The n-th access of a kind from now on, and every later one, fails. */
  public FaultScript failFrom(DeviceOperation operation, long nth, Reason reason) {
    return add(new Line(operation, ANY_ZONE, nth, new Fault.Fail(reason), true));
  }

  /** Whether every line has met the access that it waited for. */
  public synchronized boolean isEmpty() {
    return lines.isEmpty();
  }

  /** Removes all lines. */
  public synchronized void clear() {
    lines.clear();
  }

  @Override
  public synchronized Optional<Fault> faultFor(DeviceOperation operation, int zone, long ordinal) {
    Fault fault = null;
    for (Iterator<Line> i = lines.iterator(); i.hasNext(); ) {
      Line line = i.next();
      if (line.operation != operation || (line.zone != ANY_ZONE && line.zone != zone)) {
        continue;
      }
      line.left--;
      if (line.left <= 0) {
        fault = fault == null ? line.fault : fault;
        if (!line.forEver) {
          i.remove();
        }
      }
    }
    return Optional.ofNullable(fault);
  }

  private synchronized FaultScript add(Line line) {
    lines.add(line);
    return this;
  }
}
