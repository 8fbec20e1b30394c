/**
 * The drive is cut at every operation that a workload makes it do; what is mounted afterwards must
 * be what some prefix of the workload left, with everything that was acknowledged as durable.
 *
 * <p>A {@link zonefsj.tests.crash.RecordingDevice} notes what reaches the drive, {@link
 * zonefsj.tests.crash.CrashStates} makes the drives that a power loss could leave of it, {@link
 * zonefsj.tests.crash.CrashVerifier} mounts them and compares. Everything follows from one seed and
 * runs on one thread.
 */
@NullMarked
package zonefsj.tests.crash;

import org.jspecify.annotations.NullMarked;
