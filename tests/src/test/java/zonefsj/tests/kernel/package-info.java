// SPDX-License-Identifier: Apache-2.0
/**
 * The model test through the kernel: the sequences of {@link zonefsj.tests.model}, against the same
 * reference, but by system calls on a real mount.
 *
 * <p>{@link zonefsj.tests.kernel.KernelFileSystem} turns calls of the filesystem's interface into
 * system calls; what the kernel answers before it asks the filesystem is in the reference of {@link
 * zonefsj.tests.model.ModelProfile}. Volume, transport and caller are one process: the clock of the
 * volume is the test's, so times are compared to the nanosecond. {@link
 * zonefsj.tests.kernel.Watchdog} breaks the connection when a call does not return.
 *
 * <p>Invariants: only the kernel is between the caller and the filesystem. Times are compared to
 * the nanosecond, because the clock of the volume is the test's.
 *
 * <p>Threading: one thread makes all calls; {@link zonefsj.tests.kernel.Watchdog} has a thread of
 * its own.
 */
@NullMarked
package zonefsj.tests.kernel;

import org.jspecify.annotations.NullMarked;
