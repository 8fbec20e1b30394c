// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import org.jspecify.annotations.Nullable;
import zonefsj.fs.VolumeOptions;

/**
 * What a workload has against it.
 *
 * @param sabotage what is broken on purpose
 * @param faults errors of the drive, null for none
 * @param dirtyBytes memory for what is not on the drive
 */
record Conditions(FaultHook sabotage, @Nullable DriveFaults faults, long dirtyBytes) {
  /** With as much memory as a mount has. */
  Conditions(FaultHook sabotage, @Nullable DriveFaults faults) {
    this(sabotage, faults, VolumeOptions.DEFAULT.dirtyBytes());
  }
}
