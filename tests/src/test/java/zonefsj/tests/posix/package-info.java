// SPDX-License-Identifier: Apache-2.0
/**
 * Real system calls on a real mount.
 *
 * <p>{@link zonefsj.tests.posix.MountedFixture} mounts what {@link
 * zonefsj.tests.posix.PosixSubject} makes, in this process. The system calls are made by child
 * processes only ({@link zonefsj.tests.posix.Shell}), each with a timeout: a virtual machine that
 * waits for itself cannot be helped.
 *
 * <p>Invariants: only child processes touch the mount, each with a timeout. Without /dev/fuse the
 * tests fail; none is skipped.
 *
 * <p>Threading: one thread for each test; the transport and the volume have theirs in the same
 * process.
 */
@NullMarked
package zonefsj.tests.posix;

import org.jspecify.annotations.NullMarked;
