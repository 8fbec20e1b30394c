// SPDX-License-Identifier: Apache-2.0
/**
 * Real system calls on a real mount.
 *
 * <p>{@link zonefsj.tests.posix.MountedFixture} mounts what {@link
 * zonefsj.tests.posix.PosixSubject} makes, in this process. The system calls are made by child
 * processes only ({@link zonefsj.tests.posix.Shell}), each with a timeout: a virtual machine that
 * waits for itself cannot be helped. Without /dev/fuse the tests fail; they are not skipped.
 */
@NullMarked
package zonefsj.tests.posix;

import org.jspecify.annotations.NullMarked;
