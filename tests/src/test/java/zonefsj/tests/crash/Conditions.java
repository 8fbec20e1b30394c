// SPDX-License-Identifier: Apache-2.0
package zonefsj.tests.crash;

import org.jspecify.annotations.Nullable;

/**
 * What a workload has against it.
 *
 * @param sabotage what is broken on purpose
 * @param faults errors of the drive, null for none
 */
record Conditions(FaultHook sabotage, @Nullable DriveFaults faults) {}
