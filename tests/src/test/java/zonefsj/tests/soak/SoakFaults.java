// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.soak;

import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.fault.Fault;
import zonefsj.device.fault.FaultPlan;
import zonefsj.device.filter.DeviceOperation;

/**
 * A drive on which writes and finishes fail now and then, alone and in pairs, and that takes its
 * time. What it took it keeps; no zone dies of it.
 *
 * <p>The second write that fails costs what is left of its zone until the zone is collected. So in
 * long zones fewer fail: one in four zones, or a drive of twenty zones would hold much less than it
 * says.
 */
final class SoakFaults implements FaultPlan {
  /** A drive that works. */
  static final FaultPlan NONE = (operation, zone, ordinal) -> Optional.empty();

  private static final int FAILS_ONE_IN = 400;

  /** A quarter of what a write takes, about: so one fails in four zones that are written. */
  private static final long BYTES_PER_CHANCE = 8 << 10;

  /** After a failed write the finish of the zone fails, too, so often. */
  private static final int PAIR_ONE_IN = 3;

  private final SplittableRandom random;
  private final long zoneBytes;
  private final long latencyNanos;
  private int pairZone = -1;

  /**
   * A plan.
   *
   * @param zoneBytes capacity of a zone
   * @param latencyNanos of each write and flush
   */
  SoakFaults(long seed, long zoneBytes, long latencyNanos) {
    random = new SplittableRandom(seed);
    this.zoneBytes = zoneBytes;
    this.latencyNanos = latencyNanos;
  }

  @Override
  public Optional<Fault> faultFor(DeviceOperation operation, int zone, long ordinal) {
    boolean writes = operation == DeviceOperation.WRITE || operation == DeviceOperation.APPEND;
    if (latencyNanos > 0 && (writes || operation == DeviceOperation.FLUSH)) {
      LockSupport.parkNanos(latencyNanos);
    }
    return decide(operation, zone, writes);
  }

  private synchronized Optional<Fault> decide(DeviceOperation operation, int zone, boolean writes) {
    boolean second =
        zone == pairZone
            && (operation == DeviceOperation.FINISH || operation == DeviceOperation.CLOSE);
    if (second) {
      pairZone = -1;
      return Optional.of(new Fault.Fail(Reason.MEDIA));
    }
    if (writes && random.nextLong(Math.max(FAILS_ONE_IN, zoneBytes / BYTES_PER_CHANCE)) == 0) {
      if (random.nextInt(PAIR_ONE_IN) == 0) {
        pairZone = zone;
      }
      return Optional.of(
          random.nextBoolean() ? new Fault.Fail(Reason.MEDIA) : new Fault.Tear(random.nextInt(8)));
    }
    if (operation == DeviceOperation.FINISH && random.nextInt(FAILS_ONE_IN) == 0) {
      return Optional.of(new Fault.Fail(Reason.MEDIA));
    }
    return Optional.empty();
  }
}
