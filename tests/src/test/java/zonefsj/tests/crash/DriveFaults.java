// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import java.util.Optional;
import java.util.SplittableRandom;
import zonefsj.device.DeviceException.Reason;
import zonefsj.device.fault.Fault;
import zonefsj.device.fault.FaultPlan;
import zonefsj.device.filter.DeviceOperation;

/**
 * Errors of the drive during a workload, so that the filesystem writes the same again elsewhere:
 * what failed, and may yet be on the drive, must not come back with a crash. For one thread.
 */
final class DriveFaults implements FaultPlan {
  private static final int TEAR_ONE_IN = 60;
  private static final int FAIL_FLUSH_ONE_IN = 40;
  private static final int MOST_TEARS = 3;

  /** What is written again after a failure is not hit as well. */
  private static final int WRITES_BETWEEN = 12;

  private final SplittableRandom random;
  private final boolean flushes;
  private final boolean worn;
  private boolean mounting;
  private int tears;
  private int rest;
  private boolean flushFailed;

  /**
   * @param flushes whether a flush fails, too; it is the last thing that the workload does
   * @param worn whether one superblock zone is dead: the other is spared
   */
  DriveFaults(SplittableRandom random, boolean flushes, boolean worn) {
    this.random = random;
    this.flushes = flushes;
    this.worn = worn;
  }

  /** Whether a mount is under way: it bears a failed write, and refuses after a failed flush. */
  void mounting(boolean now) {
    mounting = now;
  }

  /** Whether a flush has failed: the filesystem takes nothing more. */
  boolean flushFailed() {
    return flushFailed;
  }

  @Override
  public Optional<Fault> faultFor(DeviceOperation operation, int zone, long ordinal) {
    if (worn && zone == 0) {
      return Optional.empty();
    }
    rest -= operation == DeviceOperation.WRITE ? 1 : 0;
    if (operation == DeviceOperation.WRITE
        && tears < MOST_TEARS
        && rest < 0
        && random.nextInt(TEAR_ONE_IN) == 0) {
      tears++;
      rest = WRITES_BETWEEN;
      return Optional.of(new Fault.Tear(random.nextInt(4)));
    }
    if (operation == DeviceOperation.FLUSH
        && flushes
        && !mounting
        && !flushFailed
        && random.nextInt(FAIL_FLUSH_ONE_IN) == 0) {
      flushFailed = true;
      return Optional.of(new Fault.Fail(Reason.FLUSH_FAILED));
    }
    return Optional.empty();
  }
}
