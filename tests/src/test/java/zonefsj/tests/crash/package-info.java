// SPDX-License-Identifier: Apache-2.0
/**
 * The drive is cut at every operation that a workload makes it do; what is mounted afterwards must
 * be what some prefix of the workload left, with everything that was acknowledged as durable, and
 * must go on working, also if it is cut again meanwhile.
 *
 * <p>A {@link zonefsj.tests.crash.WorkloadRun} plays steps beside the reference model, a {@link
 * zonefsj.tests.crash.RecordingDevice} notes what reaches the drive, {@link
 * zonefsj.tests.crash.CrashStates} makes the drives that a power loss could leave of it, {@link
 * zonefsj.tests.crash.CrashVerifier} mounts them and compares. {@link
 * zonefsj.tests.crash.CrashUnits} says which workloads there are.
 *
 * <p>The faults of a power loss:
 *
 * <ul>
 *   <li>of what no flush covered, each zone keeps a prefix of its own; conventional zones keep any
 *       of their blocks;
 *   <li>the last write that a zone keeps is torn at any block;
 *   <li>a write pointer has moved and the bytes below it did not arrive: zeros, noise, or what was
 *       there before the zone's last reset;
 *   <li>a reset or a finish did or did not happen;
 *   <li>beyond a write pointer the drive shows what was there before, or what was lost;
 *   <li>before the power loss a write failed in its middle and was done again elsewhere, or a flush
 *       failed;
 *   <li>after it, what was lost is done again;
 *   <li>the index on the host is as new as the drive, older, or lost.
 * </ul>
 *
 * <p>Invariants: a seed determines the workload, the cuts and the states. A state that no drive
 * could leave is not tried. The tester uses the drive by its interface only.
 *
 * <p>Threading: a seed runs on one thread; several may run at once.
 */
@NullMarked
package zonefsj.tests.crash;

import org.jspecify.annotations.NullMarked;
