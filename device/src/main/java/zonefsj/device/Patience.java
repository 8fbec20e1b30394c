// SPDX-License-Identifier: Apache-2.0
package zonefsj.device;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * For how long a drive, and those on which it stands, have been waiting for their media. Each
 * question walks over these drives: a microsecond. Thread-safe.
 */
public final class Patience {
  /** That of no drive. */
  public static final Patience NONE = new Patience(List.of());

  private final List<ZonedDevice> devices;

  private Patience(List<ZonedDevice> devices) {
    this.devices = devices;
  }

  /** That of a drive and those on which it stands. */
  public static Patience of(ZonedDevice device) {
    return new Patience(List.of(device));
  }

  /** The drive is in use from now on: it waits. */
  public void begin() {
    all().forEach(PatientDevice::beginPatience);
  }

  /** Whether the drive can wait at all. Asked for each commit. */
  public boolean isPossible() {
    return canOneWait(devices);
  }

  private static boolean canOneWait(List<ZonedDevice> devices) {
    for (ZonedDevice each : devices) {
      if ((each instanceof PatientDevice patient && patient.isPatient())
          || canOneWait(StackedDevice.below(each))) {
        return true;
      }
    }
    return false;
  }

  /** Whether some drive has been waiting for a while. */
  public boolean isStalled(long millis) {
    return waiting().stream().anyMatch(each -> each.stalledMillis() >= millis);
  }

  /** Whether nobody is to wait any longer for one of the drives. */
  public boolean isExhausted() {
    return waiting().stream().anyMatch(each -> each.stalledMillis() >= each.limitMillis());
  }

  /** The longest time that a drive which waits lets others wait; 0 if none does. */
  public long limitMillis() {
    return waiting().stream().mapToLong(PatientDevice::limitMillis).max().orElse(0);
  }

  /** What is wrong, for whoever does not wait any longer. */
  public IOException failure() {
    return new IOException(
        "the drive has taken nothing for "
            + waiting().stream().mapToLong(PatientDevice::stalledMillis).max().orElse(0) / 1000
            + " s; what was written is kept, and stored when it does");
  }

  /** Waits no longer than the limits from now on: the drive is going to be closed. */
  public void end() {
    waiting().forEach(PatientDevice::endPatience);
  }

  private List<PatientDevice> waiting() {
    return all().stream().filter(PatientDevice::isPatient).toList();
  }

  private List<PatientDevice> all() {
    List<PatientDevice> found = new ArrayList<>(0);
    Deque<ZonedDevice> left = new ArrayDeque<>(devices);
    while (!left.isEmpty()) {
      ZonedDevice next = left.remove();
      if (next instanceof PatientDevice patient) {
        found.add(patient);
      }
      left.addAll(StackedDevice.below(next));
    }
    return found;
  }
}
